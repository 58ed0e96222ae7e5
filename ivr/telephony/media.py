"""Voices in: fetched from the account's own media, never from the address a webhook names."""

import hashlib
import ipaddress
import re
import socket
import time
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from ivr.telephony.accounts import Account

SID = re.compile(r"[A-Za-z0-9_-]{8,64}")
LARGEST = 200 * 1024 * 1024
CHUNK = 64 * 1024
REDIRECTS = 3
CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5, 15, 40  # shorter in all than the lease on a fetch
PLAIN = {"Accept-Encoding": "identity"}  # sound is packed already, and a little that unpacks to much is a trap
SUFFIXES = {"audio/mpeg": ".mp3", "audio/mp3": ".mp3"}


class NotYet(Exception):
    """The audio could not be had now; try again later."""


@dataclass(frozen=True)
class Fetched:
    """What came: the digest of the bytes as received, and the file name's ending for their type."""

    sha256: str
    suffix: str


def sid_of(url: str) -> str | None:
    """Read the recording's sid off its address: the last part, without an ending."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    last = path.rsplit("/", 1)[-1].split(".", 1)[0]
    return last if SID.fullmatch(last) else None


def fetch(account: Account, sid: str, into: BinaryIO) -> Fetched:
    """Stream a recording to where it is kept. Raises NotYet, and then what was written is worth nothing."""
    if not SID.fullmatch(sid):
        raise NotYet("the sid is not one")
    url = f"{account.api_url}/2010-04-01/Accounts/{account.sid}/Recordings/{sid}.wav"
    try:
        return _follow(account, url, into)
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:  # ValueError: an address that is none
        raise NotYet(f"{type(error).__name__}") from error


def _follow(account: Account, url: str, into: BinaryIO) -> Fetched:
    """Follow redirects only to listed public hosts, and take the credentials nowhere but to the account's own."""
    auth: tuple[str, str] | None = (account.sid, account.token)
    wait, deadline = (CONNECT_SECONDS, READ_SECONDS), time.monotonic() + WHOLE_SECONDS
    for _ in range(REDIRECTS + 1):
        with requests.get(url, auth=auth, headers=PLAIN, stream=True, allow_redirects=False, timeout=wait) as answer:
            if answer.is_redirect:
                url, auth = _allowed(account, urljoin(url, answer.headers["Location"])), None
                continue
            if answer.status_code != requests.codes.ok:
                raise NotYet(f"status {answer.status_code}")
            return _save(answer, into, deadline)
    raise NotYet("too many redirects")


def _allowed(account: Account, url: str) -> str:
    """Refuse a host that is not listed, or that leads to a private address.

    A name that changes between this look and the request gains nothing: the certificate must still be the host's.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" or host not in account.media_hosts:
        raise NotYet(f"redirected to {host!r}, which is not listed")
    for *_, address in socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM):
        if not ipaddress.ip_address(address[0]).is_global:
            raise NotYet(f"redirected to {host!r}, which is no public address")
    return url


def _save(answer: requests.Response, into: BinaryIO, deadline: float) -> Fetched:
    """Write the body down; a server that gives it drop by drop is left after a while."""
    digest, size = hashlib.sha256(), 0
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise NotYet("packed, though it was asked for plain")
    promised = answer.headers.get("Content-Length")
    while chunk := answer.raw.read1(CHUNK, decode_content=False):  # what has come, however little
        size += len(chunk)
        if size > LARGEST:
            raise NotYet("larger than any recording of ours")
        if time.monotonic() > deadline:
            raise NotYet("too slow")
        digest.update(chunk)
        into.write(chunk)
    if promised and int(promised) != size:
        raise NotYet("the audio broke off")
    kind = answer.headers.get("Content-Type", "").split(";")[0]
    return Fetched(digest.hexdigest(), SUFFIXES.get(kind, ".wav"))

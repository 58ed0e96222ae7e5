"""Asking the hotline what to do: signed forms, as Twilio sends them, with its rules for trying again.

The rules may follow an address behind a #: rc (tries again), rp (on ct, rt, 4xx, 5xx or all), ct, rt, tt (milliseconds
to connect, to read, and in all). https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

import asyncio
import base64
import hashlib
import hmac
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
from yarl import URL

log = logging.getLogger(__name__)

LARGEST: Final = 64 * 1024  # Twilio's own limit of a document
PAUSE_SECONDS = 0.25
IDLE_SECONDS = 2.0  # a connection that nobody used for so long is ours to close, before the other side does
OK_BELOW = 300


class Failed(Exception):
    """The hotline did not answer as it should; `code` is Twilio's number for that."""

    def __init__(self, url: str, why: str, code: int = 11200) -> None:
        super().__init__(f"{url.partition('#')[0]}: {why}")
        self.url, self.code = url, code


@dataclass(frozen=True)
class Patience:
    """When to ask again, and how long to wait."""

    tries: int = 1
    on: frozenset[str] = frozenset({"ct"})
    connect: float = 5.0
    read: float = 15.0
    whole: float = 15.0


def patience(rules: str) -> Patience:
    """Read Twilio's connection overrides: "rc=5&rp=ct,5xx&tt=15000". Raises ValueError."""
    given = dict(parse_qsl(rules, strict_parsing=True)) if rules else {}
    known = Patience()
    unknown = set(given) - {"rc", "rp", "ct", "rt", "tt", "e"}
    if unknown:
        raise ValueError(f"unknown connection rules: {', '.join(sorted(unknown))}")
    on = frozenset(given.get("rp", "ct").split(","))
    return Patience(
        1 + int(given.get("rc", known.tries - 1)),
        frozenset({"ct", "rt", "4xx", "5xx"}) if "all" in on else on,
        int(given.get("ct", 1000 * known.connect)) / 1000,
        int(given.get("rt", 1000 * known.read)) / 1000,
        int(given.get("tt", 1000 * known.whole)) / 1000,
    )


def sign(token: str, url: str, form: Mapping[str, str]) -> str:
    """Sign as Twilio does: base64(HMAC-SHA1(token, url + sorted keys and values)).

    https://www.twilio.com/docs/usage/security#validating-requests
    """
    words = url + "".join(f"{key}{form[key]}" for key in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), words.encode(), hashlib.sha1).digest()).decode()


class Webhooks:
    """Posts to the hotline, and to nobody else."""

    def __init__(self, base_url: str, token: str, rules: str, fallback_url: str = "") -> None:
        self._bases = tuple(f"{url.rstrip('/')}/" for url in (base_url, fallback_url) if url)
        self._token, self._patience = token, patience(rules)
        self._http: aiohttp.ClientSession | None = None

    def ours(self, url: str) -> bool:
        """Say whether an address is the hotline's; no other is ever asked, told or played."""
        return url.startswith(self._bases) and ".." not in url and len(url.split()) == 1

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def ask(self, url: str, method: str, form: Mapping[str, str]) -> tuple[str, str]:
        """Give the answer's text and the address it came from. Raises Failed."""
        plain, _, rules = url.partition("#")
        if not self.ours(plain):
            raise Failed(url, "is not the hotline's", 11205)
        try:
            how = patience(rules) if rules else self._patience
        except ValueError as error:
            raise Failed(url, str(error), 11100) from error
        return await self._patiently(plain, method, form, how)

    async def _patiently(self, url: str, method: str, form: Mapping[str, str], how: Patience) -> tuple[str, str]:
        deadline, tries = time.monotonic() + how.whole, 0
        while True:
            tries += 1
            try:
                return await self._once(url, method, form, how, deadline)
            except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError, ConnectionError) as error:
                kind, why = "ct", f"no connection: {error}"
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                kind, why = "rt", f"no answer: {type(error).__name__}"
            except _Status as error:
                kind, why = f"{error.status // 100}xx", str(error)
            if tries >= how.tries or kind not in how.on or time.monotonic() + PAUSE_SECONDS * tries > deadline:
                raise Failed(url, why)
            log.warning("asking again: %s", why, extra={"url": url})
            await asyncio.sleep(PAUSE_SECONDS * tries)

    async def _once(
        self, url: str, method: str, form: Mapping[str, str], how: Patience, deadline: float
    ) -> tuple[str, str]:
        if self._http is None:
            connector = aiohttp.TCPConnector(limit=400, keepalive_timeout=IDLE_SECONDS)
            self._http = aiohttp.ClientSession(connector=connector)
        left = max(0.1, deadline - time.monotonic())
        timeout = aiohttp.ClientTimeout(total=left, sock_connect=how.connect, sock_read=how.read)
        asked, body = url, dict(form)
        if method == "GET":
            asked, body = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(form)}", {}
        headers = {"X-Twilio-Signature": sign(self._token, asked, body), "User-Agent": "hotline-137-gateway"}
        where = URL(asked, encoded=True)  # as it is signed: not a letter is written otherwise on the way
        async with self._http.request(
            method, where, data=body or None, headers=headers, timeout=timeout, allow_redirects=False
        ) as answer:
            if answer.status >= OK_BELOW:
                raise _Status(answer.status)
            text = bytearray()
            async for part in answer.content.iter_any():
                text += part
                if len(text) > LARGEST:
                    raise _Status(answer.status, "a document that is too large")
            return text.decode("utf-8", errors="replace"), url


class _Status(Exception):
    def __init__(self, status: int, why: str = "") -> None:
        super().__init__(why or f"status {status}")
        self.status = status

"""Signatures of webhooks, checked and made: each provider's way, chosen by the settings and never by the request."""

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator

FRESH: Final = timedelta(minutes=5)
TWILIO_HEADER: Final = "X-Twilio-Signature"
SIGNALWIRE_HEADER: Final = "X-SignalWire-Signature"  # X-Twilio-Signature is its other name there
TELNYX_HEADER, TELNYX_TIME = "telnyx-signature-ed25519", "telnyx-timestamp"


@dataclass(frozen=True)
class Letter:
    """What came: the address it was sent to, its headers ("" for one that is not there), the form, and its bytes."""

    url: str
    header: Callable[[str], str]
    form: Mapping[str, str]
    body: bytes


def authentic(scheme: str, key: str, letter: Letter, now: datetime) -> bool:
    """Say whether the holder of the key sent this letter; an unknown scheme or an empty key believes nobody."""
    judge = SCHEMES.get(scheme)
    return judge is not None and bool(key) and judge(key, letter, now)


def genuine(token: str, url: str, form: Mapping[str, str], signature: str, algorithm: str = HMAC_SHA1) -> bool:
    """Say whether the holder of the token signed this form for this address."""
    if not token or not signature:
        return False
    validator, fields = RequestValidator(token), dict(form)
    as_it_is = str(validator.compute_signature(url, fields, algorithm))  # what follows tries the port in three ways
    return hmac.compare_digest(as_it_is.encode(), signature.encode()) or bool(
        validator.validate(url, fields, signature, algorithm)
    )


def sign(token: str, url: str, form: Mapping[str, str], algorithm: str = HMAC_SHA1) -> str:
    """Sign as Twilio does: base64(HMAC-SHA1(token, url + sorted keys and values))."""
    return str(RequestValidator(token).compute_signature(url, dict(form), algorithm))


def _sha1(key: str, letter: Letter, _: datetime) -> bool:
    return genuine(key, letter.url, letter.form, letter.header(TWILIO_HEADER))


def _sha256(key: str, letter: Letter, _: datetime) -> bool:
    return genuine(key, letter.url, letter.form, letter.header(TWILIO_HEADER), HMAC_SHA256)


def _signalwire(key: str, letter: Letter, _: datetime) -> bool:
    given = letter.header(SIGNALWIRE_HEADER) or letter.header(TWILIO_HEADER)
    return genuine(key, letter.url, letter.form, given)


def _telnyx(key: str, letter: Letter, now: datetime) -> bool:
    """Check Ed25519 over `timestamp|body`; the address is not signed, so an old letter is refused."""
    stamp = letter.header(TELNYX_TIME)
    if not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(now.timestamp() - int(stamp)) > FRESH.total_seconds():
        return False
    signature = base64.b64decode(letter.header(TELNYX_HEADER), validate=True)
    try:
        known = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        known.verify(signature, stamp.encode() + b"|" + letter.body)
    except InvalidSignature:
        return False
    return True


SCHEMES: Final[Mapping[str, Callable[[str, Letter, datetime], bool]]] = {
    "twilio": _sha1,
    "twilio_sha256": _sha256,
    "somleng": _sha1,
    "signalwire": _signalwire,
    "telnyx": _telnyx,
}

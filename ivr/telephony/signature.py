"""X-Twilio-Signature, checked and made."""

from collections.abc import Mapping

from twilio.request_validator import RequestValidator


def genuine(token: str, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Say whether the holder of the token signed this form for this address."""
    if not token or not signature:
        return False
    return bool(RequestValidator(token).validate(url, dict(form), signature))


def sign(token: str, url: str, form: Mapping[str, str]) -> str:
    """Sign as Twilio does: base64(HMAC-SHA1(token, url + sorted keys and values))."""
    return str(RequestValidator(token).compute_signature(url, dict(form)))

"""A webhook's form, judged before it is read: no key twice, every field that we read of its own pattern."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

MIME_TYPE: Final = "application/x-www-form-urlencoded"
MOST_FIELDS: Final = 100

KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,127}")
SID = r"[A-Za-z0-9:._-]{8,128}"  # CA and 32 digits, a UUID, Telnyx' "v3:9X2v…"
VISIBLE = r"[^\x00-\x20\x7f-\x9f\ud800-\udfff]"
WITHHELD = r"[A-Za-z][A-Za-z _-]{0,31}"  # anonymous, Restricted; or nothing at all
PARTY = rf"[+*#0-9]{{0,40}}|{WITHHELD}|(?:sips?|client|user|tel):{VISIBLE}{{1,240}}"
STATUS = r"[a-z-]{0,32}"
SECONDS = r"[0-9]{0,6}(\.[0-9]{1,6})?"

READ: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "AccountSid": r"[A-Za-z0-9._-]{1,64}",
        "CallSid": SID,
        "From": PARTY,
        "To": PARTY,
        "CallStatus": STATUS,
        "CallDuration": SECONDS,
        "AnsweredBy": r"[a-z_]{0,40}",
        "Digits": r"[0-9*#A-DwW+]{0,32}|hangup",
        "RecordingSid": r"([A-Za-z0-9_-]{8,64})?",
        "RecordingUrl": r"(https?://[!-~]{1,2000})?",
        "RecordingStatus": STATUS,
        "RecordingDuration": rf"-1|{SECONDS}",
        "DialCallStatus": STATUS,
        "DialCallDuration": SECONDS,
    }.items()
}
REQUIRED: Final = ("AccountSid", "CallSid")

# A signature does not cover where a key ends and its value begins: what was moved over such a border is found here.
MOVED_KEY = re.compile(rf"(?:{'|'.join(set(READ) - {'From', 'To'})}).+|(?:From|To)[0-9].*")
MOVED_VALUE = re.compile(r"(?:Account|Call|Recording)Sid[A-Z]|(?:Call|Recording)Status[a-z]|Digits[0-9*#]")


class BadForm(ValueError):
    """Not a form that a telephone of ours would send; the message says which field, and nothing of what it held."""


def read(given: Iterable[tuple[str, list[str]]]) -> dict[str, str]:
    """Give a form's fields. Raises BadForm."""
    fields: dict[str, str] = {}
    for key, values in given:
        if not KEY.fullmatch(key) or len(values) != 1:
            raise BadForm("a key that is none, or that came twice")
        _judge(key, values[0])
        fields[key] = values[0]
    if len(fields) > MOST_FIELDS:
        raise BadForm("too many fields")
    for key in REQUIRED:
        if key not in fields:
            raise BadForm(f"no {key}")
    return fields


def _judge(key: str, value: str) -> None:
    """Judge one field. Raises BadForm."""
    pattern = READ.get(key)
    if pattern is not None and not pattern.fullmatch(value):
        raise BadForm(f"{key} is not one")
    if pattern is None and MOVED_KEY.fullmatch(key):
        raise BadForm("a field that begins as one of ours")
    if pattern is None and MOVED_VALUE.search(value):
        raise BadForm("a value that holds a field of ours")

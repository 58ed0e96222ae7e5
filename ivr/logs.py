"""The log: one line of JSON a record, whatever is in it; no whole telephone number, tracking code or secret."""

import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

LONGEST: Final = 8000
SHORTEST_SECRET: Final = 8
# Nine digits or more that stand alone, however a plus is written: a number, or a code that is enough to follow up.
DIGIT = "[0-9\u06f0-\u06f9\u0660-\u0669]"
NUMBER = re.compile(rf"(?<![0-9A-Za-z])((?:\+|%2[Bb])?{DIGIT}{{4}}){DIGIT}{{3,20}}({DIGIT}{{2}})(?![0-9A-Za-z])")
OWN: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_hidden: set[str] = set()


class Json(logging.Formatter):
    """Writes a record as one line of ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": clean(record.getMessage()),
        }
        for name, value in record.__dict__.items():
            if name not in OWN:
                said[clean(name)] = (
                    value if value is None or isinstance(value, bool | int | float) else clean(str(value))
                )
        if record.exc_info:
            said["error"] = clean(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=True)


def prepare(level: int = logging.INFO) -> None:
    """Send every record of this process to standard error, in this form."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json())
    logging.basicConfig(level=level, handlers=[handler])


def hide(secrets: Iterable[str]) -> None:
    """Never write these down."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            _hidden.update({secret, quote(secret, safe="")})


def clean(text: str) -> str:
    """Hide the middle of telephone numbers, and secrets whole."""
    for secret in _hidden:
        text = text.replace(secret, "[secret]")
    return NUMBER.sub(r"\1…\2", text[:LONGEST])

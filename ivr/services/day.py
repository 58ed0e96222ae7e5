"""Running the day: what may not be done, and the note of what was."""

from datetime import datetime

from db.models import Deed
from db.session import Session


class DayError(ValueError):
    """Not allowed; `reason` names the words for it in the labels."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def note(session: Session, now: datetime, author: str, kind: str, subject: str = "", text: str = "") -> None:
    """Write down who did what; nobody can change it afterwards."""
    session.add(Deed(at=now, author=author, kind=kind, subject=subject[:128], text=text))
    session.flush()


def check_window(now: datetime, starts_at: datetime | None, ends_at: datetime | None) -> tuple[datetime, datetime]:
    """Insist on a time that ends after it begins, and not before now. Raises DayError."""
    if starts_at is None or ends_at is None or not starts_at < ends_at or ends_at <= now:
        raise DayError("bad_window")
    return starts_at, ends_at

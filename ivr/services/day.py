"""Running the day: what may not be done, and the note of what was."""

from datetime import datetime

from db.session import Session
from ivr.services import audit
from ivr.services.errors import Refused


class DayError(Refused):
    """Not allowed with running the day."""


def note(session: Session, now: datetime, author: str, kind: str, subject: str = "", text: str = "") -> None:
    """Write down who did what in the audit log; nobody can change it afterwards."""
    audit.write(session, audit.Deed(author, session.info.get("address", ""), now), kind, subject, text)


def check_window(now: datetime, starts_at: datetime | None, ends_at: datetime | None) -> tuple[datetime, datetime]:
    """Insist on a time that ends after it begins, and not before now. Raises DayError."""
    if starts_at is None or ends_at is None or not starts_at < ends_at or ends_at <= now:
        raise DayError("bad_window")
    return starts_at, ends_at

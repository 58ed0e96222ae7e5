"""Numbers that abused the line: for a time they can only leave a message, and hear the emergency numbers."""

from datetime import datetime

from db.models import CallerLimit
from db.queries import day as rows
from db.session import Session
from ivr.services import day
from ivr.services.day import DayError
from ivr.services.desk import Desk
from ivr.services.history import Author

REASONS = ("insult", "threat", "prank", "other")


def facts(session: Session, caller: str | None, now: datetime) -> dict[str, str]:
    """Say whether this caller may only leave a message."""
    return {"message_only": "yes"} if caller and rows.limited(session, caller, now) else {}


def limit(
    session: Session,
    desk: Desk,
    now: datetime,
    author: Author,
    number: str,
    reason: str,
    note: str,
    ends_at: datetime | None,
) -> CallerLimit:
    """Keep a number to messages until a moment. Raises DayError."""
    if reason not in REASONS:
        raise DayError("no_reason")
    found = desk.plan.parse(number) or desk.plan.keyed(number)
    if found is None:
        raise DayError("bad_number")
    starts_at, until = day.check_window(now, now, ends_at)
    if rows.limited(session, found, now):
        raise DayError("limited_already")
    one = CallerLimit(
        number=found, reason=reason, note=note.strip(), starts_at=starts_at, ends_at=until, author=author.name
    )
    session.add(one)
    day.note(session, now, author.name, "caller_limited", found, f"{reason} {until.isoformat()} {note.strip()}".strip())
    return one


def lift(session: Session, now: datetime, author: Author, limit_id: int) -> None:
    """Let a number have the whole menu again. Raises DayError if it has it already."""
    one = session.get(CallerLimit, limit_id, with_for_update=True)
    if one is None or one.ends_at <= now:
        raise DayError("limit_over")
    one.ends_at, one.lifted_by = now, author.name
    day.note(session, now, author.name, "caller_freed", one.number)

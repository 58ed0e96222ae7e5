"""Days marked by hand, past or expected: rain and snow move a city's calls more than any calendar."""

from datetime import date, datetime

from db.models import MarkedDay, User
from db.queries.figures import marked
from db.session import Session
from ivr.services.errors import Refused
from ivr.services.figures import days

KINDS = ("rain", "snow", "event", "outage")
LONGEST_NOTE = 200


class BadMark(Refused):
    """Not a day or not a kind; `reason` names the words for it in the labels."""


def mark(session: Session, user: User, now: datetime, written: str, kind: str, note: str) -> date:
    """Mark a Jalali day. Raises BadMark, and then nothing is changed."""
    if kind not in KINDS:
        raise BadMark("unknown_mark")
    day = _day(written)
    marked.put(session, MarkedDay(day=day, kind=kind, note=note.strip()[:LONGEST_NOTE], author=user.name, at=now))
    return day


def unmark(session: Session, written: str) -> None:
    """Take a mark away. Raises BadMark."""
    marked.remove(session, _day(written))


def known(session: Session, first: date, last: date) -> list[MarkedDay]:
    """List the marked days of a stretch, newest first."""
    return marked.between(session, first, last)


def _day(written: str) -> date:
    try:
        return days.jalali(written)
    except ValueError:
        raise BadMark("bad_day") from None

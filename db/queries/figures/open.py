"""How things stand at this moment: what waits, what is late."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Call, Callback, Ticket
from db.queries.callbacks import WAITING

_FOR_PEOPLE = (Callback.state.in_(WAITING), Callback.machine.is_(False))


def waiting(session: Session) -> tuple[int, datetime | None]:
    """Count those who wait for a person, and say since when the first one does."""
    query = select(func.count(Callback.id), func.min(Callback.requested_at)).where(*_FOR_PEOPLE)
    n, oldest = session.execute(query).one()
    return n, oldest


def past_promise(session: Session, now: datetime) -> int:
    """Count those who wait longer than they were promised."""
    promised = (Callback.call_id.is_not(None), Callback.promised_at < now)
    return session.scalars(select(func.count(Callback.id)).where(*_FOR_PEOPLE, *promised)).one()


def overdue(session: Session, now: datetime) -> int:
    late = (Ticket.closed_at.is_(None), Ticket.clock_left.is_(None), Ticket.due_at < now)
    return session.scalars(select(func.count(Ticket.id)).where(*late)).one()


def calls_between(session: Session, start: datetime, end: datetime) -> int:
    inbound = (Call.direction == "inbound", Call.started_at >= start, Call.started_at < end)
    return session.scalars(select(func.count(Call.id)).where(*inbound)).one()


def tickets_between(session: Session, start: datetime, end: datetime) -> int:
    return session.scalars(select(func.count(Ticket.id)).where(Ticket.opened_at >= start, Ticket.opened_at < end)).one()


def tickets_by_place(session: Session, start: datetime, end: datetime) -> dict[tuple[str, str], int]:
    """Count reports of a stretch of time by district and subject."""
    query = select(Ticket.district, Ticket.category, func.count(Ticket.id)).where(
        Ticket.opened_at >= start, Ticket.opened_at < end
    )
    found: dict[tuple[str, str], int] = {}
    for district, category, n in session.execute(query.group_by(Ticket.district, Ticket.category)):
        place = (district, category.partition(".")[0])
        found[place] = found.get(place, 0) + n
    return found

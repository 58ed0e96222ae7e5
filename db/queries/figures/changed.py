"""Moments whose days have to be summed up anew."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from db.models import Attempt, Call, Callback, FigureLook, Ticket


def last_look(session: Session) -> datetime | None:
    return session.scalar(select(FigureLook.at).where(FigureLook.id == 1))


def looked(session: Session, now: datetime) -> None:
    session.merge(FigureLook(id=1, at=now))


def moments(session: Session, since: datetime) -> Iterator[datetime]:
    """Give the moments that sums hang on of all rows that changed since then; a row's place is its ticket's."""
    ticket = Ticket.changed_at >= since
    call = or_(Call.started_at >= since, Call.ended_at >= since)
    callback = Callback.changed_at >= since
    attempt = or_(Attempt.created_at >= since, Attempt.ended_at >= since, Attempt.wrapped_at >= since)
    queries: tuple[Select[Any], ...] = (
        select(Ticket.opened_at).where(ticket),
        select(Call.started_at).join(Ticket, Ticket.call_id == Call.id).where(ticket),
        select(Callback.requested_at).join(Ticket, Callback.ticket_id == Ticket.id).where(ticket),
        select(Call.started_at).where(call),
        select(Callback.requested_at).where(callback),
        select(Attempt.created_at).join(Callback, Attempt.callback_id == Callback.id).where(callback),
        select(Attempt.created_at).where(attempt),
    )
    for query in queries:
        yield from session.scalars(query)


def first_moment(session: Session) -> datetime | None:
    """Say when the oldest row that counts began."""
    oldest = (func.min(Call.started_at), func.min(Ticket.opened_at), func.min(Callback.requested_at))
    found = [moment for one in oldest if (moment := session.scalar(select(one))) is not None]
    return min(found, default=None)

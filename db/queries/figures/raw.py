"""The rows of one stretch of time, narrow: what daily sums are made from."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlalchemy.orm import Session

from db.models import Attempt, Call, Callback, Ticket, User

Rows = Iterator[Row[Any]]


def calls(session: Session, start: datetime, end: datetime) -> Rows:
    """Give who called in, when, what came of it, and the place: its first ticket's, else the call's own."""
    query = (
        select(
            Call.started_at,
            Call.caller,
            Call.disposition,
            func.coalesce(Ticket.district, Call.district).label("district"),
            func.coalesce(Ticket.category, Call.category).label("category"),
            Ticket.unit,
            Ticket.holder,
        )
        .outerjoin(Ticket, and_(Ticket.call_id == Call.id, Ticket.draft_no == 1))
        .where(Call.direction == "inbound", *_within(Call.started_at, start, end))
    )
    return iter(session.execute(query.order_by(Call.started_at, Call.id)))


def earlier_calls(session: Session, start: datetime, end: datetime, back: timedelta) -> Rows:
    """Give when those who called in this stretch had called in before."""
    inbound = Call.direction == "inbound"
    those = select(Call.caller).where(inbound, Call.caller.is_not(None), *_within(Call.started_at, start, end))
    query = select(Call.caller, Call.started_at).where(
        inbound, Call.caller.in_(those), *_within(Call.started_at, start - back, start)
    )
    return iter(session.execute(query))


def tickets(session: Session, start: datetime, end: datetime) -> Rows:
    return iter(session.execute(_tickets().where(*_within(Ticket.opened_at, start, end))))


def _tickets() -> Select[*tuple[Any, ...]]:
    return select(
        Ticket.opened_at,
        Ticket.district,
        Ticket.category,
        Ticket.unit,
        Ticket.holder,
        Ticket.priority,
        Ticket.state,
        Ticket.due_at,
        Ticket.closed_at,
        Ticket.first_answered_at,
        Ticket.answered_at,
        Ticket.rejections,
    )


def overdue_tickets(session: Session, start: datetime, end: datetime, now: datetime) -> Rows:
    """Give tickets opened in this stretch whose promise has passed while nobody has answered or decided."""
    late = (Ticket.closed_at.is_(None), Ticket.first_answered_at.is_(None), Ticket.clock_left.is_(None))
    query = _tickets().where(*late, Ticket.due_at < now, *_within(Ticket.opened_at, start, end))
    return iter(session.execute(query))


def callbacks(session: Session, start: datetime, end: datetime) -> Rows:
    """Give what was asked for in this stretch, and when it was first tried."""
    first = (
        select(func.min(Attempt.created_at)).where(Attempt.callback_id == Callback.id).scalar_subquery().label("first")
    )
    return iter(session.execute(_callbacks(first).where(*_within(Callback.requested_at, start, end))))


def _callbacks(*more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    return select(
        Callback.requested_at,
        Callback.promised_at,
        Callback.closed_at,
        Callback.type,
        Callback.state,
        Callback.machine,
        Callback.call_id,
        Callback.disposition,
        Callback.outcome,
        Callback.tries,
        Ticket.district,
        Ticket.category,
        Ticket.unit,
        Ticket.holder,
        *more,
    ).outerjoin(Ticket, Callback.ticket_id == Ticket.id)


def late_callbacks(session: Session, start: datetime, end: datetime, now: datetime) -> Rows:
    """Give what was promised in this stretch, is due by now, and was never tried."""
    untried = (Callback.closed_at.is_(None), Callback.call_id.is_not(None), Callback.tries == 0)
    query = _callbacks().where(*untried, Callback.promised_at < now, *_within(Callback.requested_at, start, end))
    return iter(session.execute(query))


def attempts(session: Session, start: datetime, end: datetime) -> Rows:
    """Give the tries that operators made in this stretch."""
    query = (
        select(User.name, Attempt.created_at, Attempt.ended_at, Attempt.wrapped_at, Attempt.seconds)
        .join(User, Attempt.user_id == User.id)
        .where(*_within(Attempt.created_at, start, end))
    )
    return iter(session.execute(query))


def _within(column: Any, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return column >= start, column < end

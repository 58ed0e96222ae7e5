"""Tickets: by code, by caller, as a list."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, selectinload

from db.models import Call, Ticket
from db.queries import words

# Said once: to build a statement costs as much as to carry it out.
_OF_CALL = select(Ticket).where(Ticket.call_id == bindparam("call_id")).order_by(Ticket.id)


@dataclass(frozen=True)
class Filter:
    """What a list of tickets is narrowed to; None is everything. `before` is the last id of the page before."""

    district: str | None = None
    category: str | None = None
    state: str | None = None
    code: str | None = None
    caller: str | None = None
    before: int | None = None
    holder: str | None = None
    text: str | None = None
    overdue_at: datetime | None = None
    waits_for_place: bool | None = None
    opened_from: datetime | None = None
    opened_until: datetime | None = None


def by_code(session: Session, code: str, *, lock: bool = False) -> Ticket | None:
    query = select(Ticket).where(Ticket.code == code)
    return session.scalar(query.with_for_update() if lock else query)


def get(session: Session, ticket_id: int, *, lock: bool = False) -> Ticket | None:
    query = select(Ticket).where(Ticket.id == ticket_id)
    return session.scalar(query.with_for_update(of=Ticket) if lock else query)


def by_ending(session: Session, caller: str, ending: str) -> Ticket | None:
    """Find the newest ticket of this caller whose code ends so."""
    query = select(Ticket).where(Ticket.caller == caller, Ticket.code.endswith(ending, autoescape=True))
    return session.scalar(query.order_by(Ticket.id.desc()).limit(1))


def owing_feedback(session: Session, now: datetime, limit: int) -> list[Ticket]:
    """List tickets with an answer that some citizen is still to be told of, longest due first, locked."""
    query = select(Ticket).where(Ticket.feedback_due_at <= now)
    order = query.order_by(Ticket.feedback_due_at).limit(limit)
    return list(session.scalars(order.with_for_update(skip_locked=True, of=Ticket)))


def alike(session: Session, ticket: Ticket, open_states: tuple[str, ...], since: datetime, limit: int) -> list[Ticket]:
    """List other open tickets since a moment that may be about the same: of the same caller, or subject and district.

    A subject is the same if its first level is.
    """
    first = ticket.category.split(".", maxsplit=1)[0]
    same_subject = or_(Ticket.category == first, Ticket.category.startswith(f"{first}.", autoescape=True))
    same: list[ColumnElement[bool]] = [
        (Ticket.district == ticket.district) & (Ticket.district != "unknown") & same_subject
    ]
    if ticket.caller:
        same.append(Ticket.caller == ticket.caller)
    query = select(Ticket).where(
        Ticket.id != ticket.id, Ticket.state.in_(open_states), Ticket.opened_at >= since, or_(*same)
    )
    return list(session.scalars(query.order_by(Ticket.id.desc()).limit(limit)))


def lock_both(session: Session, one: int, other: int) -> None:
    """Lock two tickets, always in the same order, so that no two joiners wait for each other."""
    session.execute(select(Ticket.id).where(Ticket.id.in_((one, other))).order_by(Ticket.id).with_for_update())


def of_call(session: Session, call: Call) -> list[Ticket]:
    return list(session.scalars(_OF_CALL, {"call_id": call.id}))


def of_caller(session: Session, caller: str, limit: int) -> list[Ticket]:
    query = select(Ticket).where(Ticket.caller == caller).order_by(Ticket.id.desc())
    return list(session.scalars(query.limit(limit)))


def page(session: Session, wanted: Filter, size: int) -> list[Ticket]:
    """List a page of tickets, newest first, by keyset."""
    query = _narrow(session, select(Ticket), wanted)
    if wanted.before is not None:
        query = query.where(Ticket.id < wanted.before)
    return list(session.scalars(query.order_by(Ticket.id.desc()).limit(size)))


def count(session: Session, wanted: Filter, most: int) -> int:
    """Count tickets, up to so many; whatever page of them is looked at."""
    found = _narrow(session, select(Ticket.id), replace(wanted, before=None)).order_by(Ticket.id.desc()).limit(most)
    return int(session.scalars(select(func.count()).select_from(found.subquery())).one())


def _narrow(session: Session, query: Select[Any], wanted: Filter) -> Select[Any]:
    if wanted.district:
        query = query.where(Ticket.district == wanted.district)
    if wanted.category:
        query = query.where(
            or_(Ticket.category == wanted.category, Ticket.category.startswith(f"{wanted.category}.", autoescape=True))
        )
    exact: tuple[tuple[Any, object], ...] = (
        (Ticket.state, wanted.state),
        (Ticket.code, wanted.code),
        (Ticket.caller, wanted.caller),
        (Ticket.waits_for_place, wanted.waits_for_place),
    )
    for column, value in exact:
        if value:
            query = query.where(column == value)
    if wanted.holder is not None:
        query = query.where(Ticket.holder == wanted.holder)
    if wanted.opened_from is not None:
        query = query.where(Ticket.opened_at >= wanted.opened_from)
    if wanted.opened_until is not None:
        query = query.where(Ticket.opened_at < wanted.opened_until)
    if wanted.overdue_at is not None:
        query = query.where(Ticket.closed_at.is_(None), Ticket.clock_left.is_(None), Ticket.due_at < wanted.overdue_at)
    return query.where(words.of_tickets(session, wanted.text, wanted.before)) if wanted.text else query


def every(session: Session) -> Iterator[Ticket]:
    """Stream all tickets with their recordings, oldest first."""
    query = select(Ticket).options(selectinload(Ticket.recordings), selectinload(Ticket.call))
    return iter(session.scalars(query.order_by(Ticket.id).execution_options(yield_per=200)))

"""Calls whose turns may go to their month's archive: nothing that hangs on them is open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, not_, or_, select, text, tuple_, update
from sqlalchemy.orm import Session, aliased

from db.dumping import plain
from db.models import Attempt, Call, Callback, Recording, Ticket, Turn, TurnArchive
from db.models.calls import NAMED
from db.queries.citizens import QUIETLY, Names, calls

NAMELESS = text(f"NOT ({NAMED.text})")
Place = tuple[datetime, int]


def oldest_end(session: Session) -> datetime | None:
    return session.scalar(select(Call.ended_at).where(Call.ended_at.is_not(None)).order_by(Call.ended_at).limit(1))


def after(session: Session, since: datetime, until: datetime, place: Place | None, limit: int) -> list[Place]:
    """List calls that ended in a stretch of time and are in no archive, in the order of their ends, from a place on."""
    query = select(Call.ended_at, Call.id).where(Call.ended_at >= since, Call.ended_at < until)
    if place is not None:
        query = query.where(tuple_(Call.ended_at, Call.id) > place)
    found = session.execute(query.where(Call.archived.is_(None)).order_by(Call.ended_at, Call.id).limit(limit))
    return [(ended_at, call_id) for ended_at, call_id in found if ended_at is not None]


def ripe(session: Session, ids: Sequence[int], *, nameless: bool, lock: bool = False) -> set[int]:
    """Of these calls, give those that are over with all that hangs on them; `nameless`: and whose number is gone."""
    query = select(Call.id).where(
        Call.id.in_(ids), Call.archived.is_(None), Call.ended_at.is_not(None), exists().where(Turn.call_id == Call.id)
    )
    query = query.where(not_(or_(*_open())))
    if nameless:
        query = query.where(NAMELESS)
    return set(session.scalars(query.order_by(Call.id).with_for_update(of=Call) if lock else query))


def _open() -> tuple[ColumnElement[bool], ...]:
    """Say what keeps a call from being over: tickets, voices to be fetched, and calls that are still to be made."""
    voice, main = Recording.call_id == Call.id, aliased(Ticket)
    return (
        exists().where(Ticket.call_id == Call.id, Ticket.closed_at.is_(None)),
        exists().where(Ticket.call_id == Call.id, Ticket.duplicate_of == main.id, main.closed_at.is_(None)),
        exists().where(voice, Recording.ticket_id == Ticket.id, Ticket.closed_at.is_(None)),
        exists().where(voice, Recording.state == "pending"),
        exists().where(Callback.call_id == Call.id, Callback.closed_at.is_(None)),
        exists().where(Ticket.call_id == Call.id, Callback.ticket_id == Ticket.id, Callback.closed_at.is_(None)),
        exists().where(
            Attempt.id == Call.attempt_id, and_(Callback.id == Attempt.callback_id, Callback.closed_at.is_(None))
        ),
    )


def turns(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Give all columns of these calls' turns, as JSON can hold them, call by call."""
    table = Turn.metadata.tables[Turn.__tablename__]
    query = select(table).where(table.c.call_id.in_(ids)).order_by(table.c.call_id, table.c.n)
    return [{name: plain(value) for name, value in row.items()} for row in session.execute(query).mappings()]


def let_go(session: Session, ids: Sequence[int], month: str) -> None:
    """Delete these calls' turns, and say on each where they are."""
    session.execute(delete(Turn).where(Turn.call_id.in_(ids)), execution_options=QUIETLY)
    session.execute(update(Call).where(Call.id.in_(ids)).values(archived=month), execution_options=QUIETLY)


def held(session: Session, ids: Sequence[int], month: str) -> dict[int, bool]:
    """Of these calls, give those whose turns are in this month's archive alone, each with whether it names somebody."""
    query = select(Call.id, NAMED).where(Call.id.in_(ids), Call.archived == month)
    return {call_id: bool(named) for call_id, named in session.execute(query)}


def of_month(session: Session, month: str, *, lock: bool = False) -> TurnArchive | None:
    query = select(TurnArchive).where(TurnArchive.month == month)
    return session.scalar(query.with_for_update() if lock else query)


def months(session: Session) -> list[TurnArchive]:
    return list(session.scalars(select(TurnArchive).order_by(TurnArchive.month)))


def theirs(session: Session, names: Names) -> set[int]:
    """Give all calls with a citizen."""
    return set(session.scalars(calls(names)))


def call(session: Session, written: str) -> Call | None:
    """Find a call by its sid, or by the code of a ticket that it opened."""
    opened = select(Ticket.call_id).where(Ticket.code == written)
    return session.scalar(select(Call).where(or_(Call.sid == written, Call.id.in_(opened))).limit(1))

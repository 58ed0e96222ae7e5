"""The callback queue: who is next, who holds what, what lies fallow."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from db.models import Attempt, Callback
from db.session import insert_once

WAITING = ("queued", "due_again")
HELD = ("claimed", "dialling", "talking", "wrap_up")
OF_ANSWERS = ("feedback", "result")
_FOR_PEOPLE = (Callback.state.in_(WAITING), Callback.machine.is_(False))


def open_for(session: Session, number: str, *, lock: bool = False) -> Callback | None:
    query = select(Callback).where(Callback.number == number, Callback.closed_at.is_(None))
    return session.scalar(query.with_for_update() if lock else query)


def insert(session: Session, callback: Callback) -> bool:
    """Queue it unless the number waits already; say whether it was queued."""
    return insert_once(session, callback)


def add(session: Session, callback: Callback) -> tuple[Callback, bool]:
    """Queue it unless the number waits already; give back the open one, and whether it is new."""
    new = insert_once(session, callback)
    if new:
        return callback, True
    query = select(Callback).where(Callback.number == callback.number, Callback.closed_at.is_(None))
    return session.scalars(query.with_for_update()).one(), False


def get(session: Session, callback_id: int, *, lock: bool = False) -> Callback | None:
    query = select(Callback).where(Callback.id == callback_id)
    return session.scalar(query.with_for_update(of=Callback) if lock else query)


def ahead_of(session: Session, callback: Callback) -> int:
    """Count those who wait for a person and stand before it."""
    earlier = or_(
        Callback.rank_at < callback.rank_at,
        and_(Callback.rank_at == callback.rank_at, Callback.id < callback.id),
    )
    query = select(func.count(Callback.id)).where(*_FOR_PEOPLE, earlier)
    return session.scalars(query).one()


def requested_since(session: Session, number: str, moment: datetime) -> int:
    query = select(func.count(Callback.id)).where(Callback.number == number, Callback.requested_at >= moment)
    return session.scalars(query).one()


def spent_since(session: Session, moment: datetime) -> tuple[int, int]:
    """Say how often the hotline dialled since a moment, and for how many seconds citizens were talked to."""
    query = select(func.count(Attempt.id), func.coalesce(func.sum(Attempt.seconds), 0))
    dials, seconds = session.execute(query.where(Attempt.created_at >= moment)).one()
    return dials, int(seconds or 0)


def claim_next(
    session: Session, user_id: int, now: datetime, until: datetime, windows: tuple[str, ...]
) -> Callback | None:
    """Take the one whose place is first, of those who want to be called in one of these windows; never one twice."""
    free = (*_FOR_PEOPLE, Callback.due_at <= now, Callback.window.in_(windows))
    query = select(Callback.id).where(*free).order_by(Callback.rank_at, Callback.id)
    chosen = session.scalar(query.limit(1).with_for_update(skip_locked=True))
    return claim(session, chosen, user_id, until) if chosen is not None else None


def claim(session: Session, callback_id: int, user_id: int, until: datetime) -> Callback | None:
    """Take this one if it still waits."""
    taken = session.scalar(
        update(Callback)
        .where(Callback.id == callback_id, *_FOR_PEOPLE)
        .values(state="claimed", claimed_by=user_id, claimed_until=until)
        .returning(Callback.id)
    )
    return session.get(Callback, taken, populate_existing=True) if taken is not None else None


def expired(session: Session, now: datetime, limit: int) -> list[Callback]:
    """List callbacks whose operator vanished, locked; what the hotline dials itself ends with its try."""
    query = select(Callback).where(Callback.state.in_(HELD), Callback.claimed_until < now, Callback.machine.is_(False))
    return list(session.scalars(query.limit(limit).with_for_update(skip_locked=True, of=Callback)))


def held(session: Session) -> list[Callback]:
    """List what operators have in hand."""
    query = select(Callback).where(Callback.state.in_(HELD), Callback.claimed_by.is_not(None))
    return list(session.scalars(query))


def held_by(session: Session, user_id: int) -> Callback | None:
    query = select(Callback).where(Callback.claimed_by == user_id, Callback.state.in_(HELD))
    return session.scalar(query.order_by(Callback.id).limit(1))


def waiting(session: Session, limit: int) -> list[Callback]:
    """List those who wait, in the order in which they will be called."""
    query = select(Callback).where(*_FOR_PEOPLE).order_by(Callback.rank_at, Callback.id)
    return list(session.scalars(query.limit(limit)))


def count_waiting(session: Session) -> int:
    """Count those who wait for a person."""
    return session.scalars(select(func.count(Callback.id)).where(*_FOR_PEOPLE)).one()


def open_of(session: Session, ticket_id: int) -> list[Callback]:
    """List a ticket's open callbacks, locked; those that somebody else is just changing are left to them."""
    query = select(Callback).where(Callback.ticket_id == ticket_id, Callback.closed_at.is_(None))
    return list(session.scalars(query.order_by(Callback.id).with_for_update(of=Callback, skip_locked=True)))


def told_of(session: Session, ticket_id: int, answer_no: int) -> list[Callback]:
    """List the calls owed for one answer to a ticket, whatever became of them."""
    query = select(Callback).where(
        Callback.ticket_id == ticket_id, Callback.type.in_(OF_ANSWERS), Callback.answer_no == answer_no
    )
    return list(session.scalars(query.order_by(Callback.id)))


def machine_due(session: Session, now: datetime, limit: int) -> list[Callback]:
    """List the calls that the hotline is to make by itself now, locked, in the order of their places."""
    query = select(Callback).where(Callback.state.in_(WAITING), Callback.machine, Callback.due_at <= now)
    order = query.order_by(Callback.rank_at, Callback.id).limit(limit)
    return list(session.scalars(order.with_for_update(skip_locked=True, of=Callback)))


def machine_busy(session: Session) -> int:
    query = select(func.count(Callback.id)).where(Callback.machine, Callback.state.in_(HELD))
    return session.scalars(query).one()


def recent(session: Session, states: tuple[str, ...], limit: int) -> list[Callback]:
    query = select(Callback).where(Callback.state.in_(states)).order_by(Callback.id.desc())
    return list(session.scalars(query.limit(limit)))


def attempt(session: Session, attempt_id: int, *, lock: bool = False) -> Attempt | None:
    """Find a try; locked, its callback is locked first: everybody takes the two in this order."""
    query = select(Attempt).where(Attempt.id == attempt_id)
    if lock:
        session.scalar(
            select(Callback.id).join(Callback.attempts).where(Attempt.id == attempt_id).with_for_update(of=Callback)
        )
        query = query.with_for_update(of=Attempt)
    return session.scalar(query.execution_options(populate_existing=lock))


def attempts_in(session: Session, state: str, before: datetime, limit: int) -> list[int]:
    """List tries that have stood in a state since before a moment."""
    query = select(Attempt.id).where(Attempt.state == state, Attempt.created_at < before)
    return list(session.scalars(query.order_by(Attempt.id).limit(limit)))


def in_doubt(session: Session, limit: int) -> list[int]:
    """List tries of which nobody knows whether a telephone rings."""
    query = select(Attempt.id).where(Attempt.state == "unknown")
    return list(session.scalars(query.order_by(Attempt.id).limit(limit)))


def rivals(session: Session, attempt: Attempt, begins: datetime, ends: datetime) -> int:
    """Count other tries of the same telephone and time that may have rung it without our knowing."""
    query = select(func.count(Attempt.id)).where(
        Attempt.state.in_(("asking", "unknown")),
        Attempt.created_at.between(begins, ends),
        Attempt.telephone == attempt.telephone,
        Attempt.id != attempt.id,
    )
    return session.scalars(query).one()


def taken_sids(session: Session, sids: list[str], begins: datetime, ends: datetime) -> set[str]:
    """Say which calls belong to a try of that time."""
    query = select(Attempt.call_sid).where(Attempt.call_sid.in_(sids), Attempt.created_at.between(begins, ends))
    return {sid for sid in session.scalars(query) if sid}


def every(session: Session) -> Iterator[Callback]:
    """Stream all callbacks, oldest first."""
    return iter(session.scalars(select(Callback).order_by(Callback.id).execution_options(yield_per=200)))

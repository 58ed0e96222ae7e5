"""The callback queue: who is next, who holds what, what lies fallow."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from db.models import Attempt, Callback
from db.session import insert_once

WAITING = ("queued", "due_again")
HELD = ("claimed", "dialling", "talking", "wrap_up")


def open_for(session: Session, number: str, *, lock: bool = False) -> Callback | None:
    query = select(Callback).where(Callback.number == number, Callback.closed_at.is_(None))
    return session.scalar(query.with_for_update() if lock else query)


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
    """Count those who wait and asked earlier."""
    earlier = or_(
        Callback.requested_at < callback.requested_at,
        and_(Callback.requested_at == callback.requested_at, Callback.id < callback.id),
    )
    query = select(func.count(Callback.id)).where(Callback.state.in_(WAITING), earlier)
    return session.scalars(query).one()


def requested_since(session: Session, number: str, moment: datetime) -> int:
    query = select(func.count(Callback.id)).where(Callback.number == number, Callback.requested_at >= moment)
    return session.scalars(query).one()


def claim_next(session: Session, user_id: int, now: datetime, until: datetime) -> Callback | None:
    """Take the one who has waited longest: urgent ones first, then by the time they asked; never one twice."""
    free = (Callback.state.in_(WAITING), Callback.due_at <= now)
    query = select(Callback.id).where(*free).order_by(Callback.urgent.desc(), Callback.requested_at, Callback.id)
    chosen = session.scalar(query.limit(1).with_for_update(skip_locked=True))
    return claim(session, chosen, user_id, until) if chosen is not None else None


def claim(session: Session, callback_id: int, user_id: int, until: datetime) -> Callback | None:
    """Take this one if it still waits."""
    taken = session.scalar(
        update(Callback)
        .where(Callback.id == callback_id, Callback.state.in_(WAITING))
        .values(state="claimed", claimed_by=user_id, claimed_until=until, fence=Callback.fence + 1)
        .returning(Callback.id)
    )
    return session.get(Callback, taken, populate_existing=True) if taken is not None else None


def expired(session: Session, now: datetime, limit: int) -> list[Callback]:
    """List callbacks whose holder vanished, locked."""
    query = select(Callback).where(Callback.state.in_(HELD), Callback.claimed_until < now)
    return list(session.scalars(query.limit(limit).with_for_update(skip_locked=True, of=Callback)))


def held_by(session: Session, user_id: int) -> Callback | None:
    query = select(Callback).where(Callback.claimed_by == user_id, Callback.state.in_(HELD))
    return session.scalar(query.order_by(Callback.id).limit(1))


def waiting(session: Session, limit: int) -> list[Callback]:
    """List those who wait, in the order in which they will be called."""
    query = select(Callback).where(Callback.state.in_(WAITING))
    order = (Callback.urgent.desc(), Callback.requested_at, Callback.id)
    return list(session.scalars(query.order_by(*order).limit(limit)))


def count_in(session: Session, states: tuple[str, ...]) -> int:
    return session.scalars(select(func.count(Callback.id)).where(Callback.state.in_(states))).one()


def recent(session: Session, states: tuple[str, ...], limit: int) -> list[Callback]:
    query = select(Callback).where(Callback.state.in_(states)).order_by(Callback.id.desc())
    return list(session.scalars(query.limit(limit)))


def attempt(session: Session, attempt_id: int, *, lock: bool = False) -> Attempt | None:
    query = select(Attempt).where(Attempt.id == attempt_id)
    return session.scalar(query.with_for_update(of=Attempt) if lock else query)


def attempts_in(session: Session, state: str, before: datetime, limit: int) -> list[int]:
    """List tries that have stood in a state since before a moment."""
    query = select(Attempt.id).where(Attempt.state == state, Attempt.created_at < before)
    return list(session.scalars(query.order_by(Attempt.id).limit(limit)))


def every(session: Session) -> Iterator[Callback]:
    """Stream all callbacks, oldest first."""
    return iter(session.scalars(select(Callback).order_by(Callback.id).execution_options(yield_per=200)))

"""Calls and turns."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Call, Turn
from db.session import insert_once


def find(session: Session, sid: str, *, lock: bool = False) -> Call | None:
    """Find a call; with `lock`, nobody else takes a turn of it until this transaction ends."""
    query = select(Call).where(Call.sid == sid)
    return session.scalar(query.with_for_update() if lock else query)


def get_locked(session: Session, call_id: int) -> Call | None:
    return session.scalar(select(Call).where(Call.id == call_id).with_for_update())


def begin(session: Session, call: Call) -> Call:
    """Insert a call unless it is known; give back the one row there is, locked."""
    if insert_once(session, call):
        return call  # nobody else sees it before this transaction ends
    return session.scalars(select(Call).where(Call.sid == call.sid).with_for_update()).one()


def of_attempt(session: Session, attempt_id: int) -> Call | None:
    """Find the call of a try, if a telephone was ever heard of."""
    return session.scalar(select(Call).where(Call.attempt_id == attempt_id).order_by(Call.id).limit(1))


def turn(session: Session, call: Call, n: int) -> Turn | None:
    return session.scalar(select(Turn).where(Turn.call_id == call.id, Turn.n == n))


def last_turn_number(session: Session, call: Call) -> int:
    """Give the number of the newest turn taken, -1 before the first."""
    newest = session.scalar(select(Turn.n).where(Turn.call_id == call.id).order_by(Turn.n.desc()).limit(1))
    return -1 if newest is None else newest


def silent_since(session: Session, moment: datetime, limit: int) -> list[int]:
    """List calls that never said they ended and took no turn since `moment`, oldest first."""
    query = select(Call.id).where(Call.ended_at.is_(None), Call.last_turn_at < moment)
    return list(session.scalars(query.order_by(Call.last_turn_at).limit(limit)))


def every(session: Session) -> Iterator[Call]:
    """Stream all calls, oldest first."""
    return iter(session.scalars(select(Call).order_by(Call.id).execution_options(yield_per=200)))


def of_caller(session: Session, caller: str, limit: int) -> list[Call]:
    return list(session.scalars(select(Call).where(Call.caller == caller).order_by(Call.id.desc()).limit(limit)))

"""Calls and turns."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from db.models import Call, CatalogueVersion, Turn
from db.session import insert_once, write_with

# Said once: to build a statement costs as much as to carry it out.
_OF_SID = select(Call).where(Call.sid == bindparam("sid"))
_OF_SID_LOCKED = _OF_SID.with_for_update()
_WITH_VERSION = _OF_SID_LOCKED.add_columns(select(func.max(CatalogueVersion.number)).scalar_subquery())
_TURNS = Turn.metadata.tables[Turn.__tablename__]
_GIVEN = {one: bindparam(f"turn_{one.name}", type_=one.type) for one in _TURNS.c if not one.primary_key}
_KEEP_TURN = insert(_TURNS).values(_GIVEN).inline()


def find(session: Session, sid: str, *, lock: bool = False) -> Call | None:
    """Find a call; with `lock`, nobody else takes a turn of it until this transaction ends."""
    return session.scalar(_OF_SID_LOCKED if lock else _OF_SID, {"sid": sid})


def take_up(session: Session, sid: str) -> tuple[Call, int] | None:
    """Find a call and lock it, and see in the same look which version of the catalogue is on air."""
    found = session.execute(_WITH_VERSION, {"sid": sid}).one_or_none()
    return (found[0], found[1] or 0) if found is not None else None


def get_locked(session: Session, call_id: int) -> Call | None:
    return session.scalar(select(Call).where(Call.id == call_id).with_for_update())


def begin(session: Session, call: Call) -> Call:
    """Insert a call unless it is known; give back the one row there is, locked."""
    if insert_once(session, call):
        return call  # nobody else sees it before this transaction ends
    return session.scalars(_OF_SID_LOCKED, {"sid": call.sid}).one()


def of_attempt(session: Session, attempt_id: int) -> Call | None:
    """Find the call of a try, if a telephone was ever heard of."""
    return session.scalar(select(Call).where(Call.attempt_id == attempt_id).order_by(Call.id).limit(1))


def turn(session: Session, call: Call, n: int) -> Turn | None:
    return session.scalar(select(Turn).where(Turn.call_id == call.id, Turn.n == n))


def keep_turn(session: Session, call: Call, **turn: object) -> None:
    """Insert a turn, of which nothing asks for its id, and write what it changed of its call."""
    given = {f"turn_{name}": value for name, value in turn.items()}
    write_with(session, call, _KEEP_TURN, {**given, "turn_call_id": call.id})


def last_turn_number(session: Session, call: Call) -> int:
    """Give the number of the newest turn taken, -1 before the first."""
    return newest_turn(session, call) if call.last_turn is None else call.last_turn


def newest_turn(session: Session, call: Call) -> int:
    """Look among the turns themselves: whoever serves an earlier version does not count them on the call."""
    newest = session.scalar(select(Turn.n).where(Turn.call_id == call.id).order_by(Turn.n.desc()).limit(1))
    return -1 if newest is None else newest


def silent_since(session: Session, moment: datetime, limit: int) -> list[int]:
    """List calls that never said they ended and took no turn since `moment`, oldest first."""
    began = Call.started_at < moment  # true of all that are meant, and what the index of open calls is by
    query = select(Call.id).where(Call.ended_at.is_(None), began, Call.last_turn_at < moment)
    return list(session.scalars(query.order_by(Call.last_turn_at).limit(limit)))


def every(session: Session) -> Iterator[Call]:
    """Stream all calls, oldest first."""
    return iter(session.scalars(select(Call).order_by(Call.id).execution_options(yield_per=200)))


def of_caller(session: Session, caller: str, limit: int) -> list[Call]:
    return list(session.scalars(select(Call).where(Call.caller == caller).order_by(Call.id.desc()).limit(limit)))

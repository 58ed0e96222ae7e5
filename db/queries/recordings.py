"""Voices: what was said, and which of it is still to be fetched."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from db.models import Call, Recording
from db.session import insert_once

# Said once: to build a statement costs as much as to carry it out.
_OF_SID = select(Recording).where(Recording.sid == bindparam("sid"))
_OF_CALL = select(Recording).where(Recording.call_id == bindparam("call_id")).order_by(Recording.id)
_ORPHANS = _OF_CALL.where(Recording.ticket_id.is_(None), Recording.replaced.is_(False))
_REPLACED = _OF_CALL.where(Recording.replaced.is_(True))


def find(session: Session, sid: str) -> Recording | None:
    return session.scalar(_OF_SID, {"sid": sid})


def get(session: Session, recording_id: int, *, lock: bool = False) -> Recording | None:
    query = select(Recording).where(Recording.id == recording_id)
    return session.scalar(query.with_for_update() if lock else query)


def lock_pending(session: Session, ids: list[int], *, wait: bool = False) -> list[Recording]:
    """Lock voices that are still to be fetched, oldest first; those that somebody holds only if we `wait`."""
    query = select(Recording).where(Recording.id.in_(ids), Recording.state == "pending")
    return list(session.scalars(query.order_by(Recording.id).with_for_update(skip_locked=not wait)))


def ensure(session: Session, recording: Recording) -> tuple[Recording, bool]:
    """Insert a recording unless its sid is known; give back the one row there is, and whether it is new."""
    if insert_once(session, recording):
        return recording, True
    return session.scalars(_OF_SID, {"sid": recording.sid}).one(), False


def orphans(session: Session, call: Call) -> list[Recording]:
    """List a call's voices that hang on no ticket and were not replaced by a second try, oldest first."""
    return list(session.scalars(_ORPHANS, {"call_id": call.id}))


def replaced_of(session: Session, call_id: int) -> list[Recording]:
    return list(session.scalars(_REPLACED, {"call_id": call_id}))


def due(session: Session, now: datetime, limit: int) -> list[int]:
    """List voices whose next try has come, longest due first."""
    query = select(Recording.id).where(Recording.state == "pending", Recording.next_try_at <= now)
    return list(session.scalars(query.order_by(Recording.next_try_at).limit(limit)))


def waiting(session: Session, now: datetime, limit: int) -> list[int]:
    """List voices that nobody has tried to fetch yet, or whose next try has come, longest due first."""
    ready = or_(Recording.tries == 0, Recording.next_try_at <= now)
    query = select(Recording.id).where(Recording.state == "pending", ready)
    return list(session.scalars(query.order_by(Recording.next_try_at).limit(limit)))


def every(session: Session) -> Iterator[Recording]:
    """Stream all recordings, oldest first."""
    return iter(session.scalars(select(Recording).order_by(Recording.id).execution_options(yield_per=200)))

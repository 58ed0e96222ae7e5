"""What providers are still to delete."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Recording, Removal
from db.session import insert_once


def add(session: Session, recording: Recording, now: datetime) -> int:
    """Note it, once; give the row's id."""
    row = Removal(account_sid=recording.account_sid, sid=recording.sid, created_at=now, next_try_at=now)
    if insert_once(session, row):
        return row.id
    known = (Removal.account_sid == recording.account_sid, Removal.sid == recording.sid)
    return session.scalars(select(Removal.id).where(*known)).one()


def get(session: Session, removal_id: int) -> Removal | None:
    return session.scalar(select(Removal).where(Removal.id == removal_id).with_for_update())


def due(session: Session, now: datetime, limit: int) -> list[int]:
    """List those whose next try has come, longest due first."""
    query = select(Removal.id).where(Removal.next_try_at <= now)
    return list(session.scalars(query.order_by(Removal.next_try_at).limit(limit)))


def undone(session: Session) -> list[tuple[str, int, datetime]]:
    """Say of each account how many it is still to delete, and since when the oldest waits."""
    query = select(Removal.account_sid, func.count(Removal.id), func.min(Removal.created_at))
    return [
        (account, number, oldest) for account, number, oldest in session.execute(query.group_by(Removal.account_sid))
    ]

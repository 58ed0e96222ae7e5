"""How the house is doing, for whoever watches it; each question is answered from an index."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Attempt, Call, Callback, Lease, Recording
from db.queries.callbacks import WAITING


@dataclass(frozen=True)
class Pending:
    """Voices of one account that are still to be fetched."""

    account: str
    number: int
    tried: int
    oldest: datetime
    due: datetime


@dataclass(frozen=True)
class Promised:
    """Callbacks that wait: for an operator, or for the hotline itself."""

    machine: bool
    number: int
    oldest: datetime
    due: datetime
    promised: datetime


def calls_open(session: Session) -> int:
    return session.scalars(select(func.count(Call.id)).where(Call.ended_at.is_(None))).one()


def calls_ended(session: Session, since: datetime) -> list[tuple[str, str, str, int]]:
    """Count calls that ended since a moment, by direction, language and disposition."""
    kinds = (Call.direction, Call.language, Call.disposition)
    query = select(*kinds, func.count(Call.id)).where(Call.ended_at >= since).group_by(*kinds)
    return [(one, two, three, number) for one, two, three, number in session.execute(query)]


def recordings_pending(session: Session) -> list[Pending]:
    tried = func.count(Recording.id).filter(Recording.tries > 1)
    query = select(
        Recording.account_sid,
        func.count(Recording.id),
        tried,
        func.min(Recording.created_at),
        func.min(Recording.next_try_at),
    ).where(Recording.state == "pending")
    return [Pending(*row) for row in session.execute(query.group_by(Recording.account_sid))]


def callbacks_waiting(session: Session) -> list[Promised]:
    query = select(
        Callback.machine,
        func.count(Callback.id),
        func.min(Callback.requested_at),
        func.min(Callback.due_at),
        func.min(Callback.promised_at),
    ).where(Callback.state.in_(WAITING))
    return [Promised(*row) for row in session.execute(query.group_by(Callback.machine))]


def dials(session: Session, since: datetime) -> list[tuple[str, str, str, int]]:
    """Count tries to ring somebody since a moment, by account, state and what the telephone said."""
    kinds = (Attempt.account_sid, Attempt.state, Attempt.status)
    query = select(*kinds, func.count(Attempt.id)).where(Attempt.created_at >= since).group_by(*kinds)
    return [(one, two, three, number) for one, two, three, number in session.execute(query)]


def lease_until(session: Session, name: str) -> datetime | None:
    return session.scalar(select(Lease.until).where(Lease.name == name))

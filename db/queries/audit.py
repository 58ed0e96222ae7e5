"""The audit log: newest first, narrowed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Audit


@dataclass(frozen=True)
class Asked:
    """What the log is narrowed to; None is everything. `before` is the last id of the page before."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def page(session: Session, asked: Asked, size: int) -> list[Audit]:
    query = select(Audit)
    for column, value in ((Audit.actor, asked.actor), (Audit.action, asked.action), (Audit.target, asked.target)):
        if value:
            query = query.where(column == value)
    if asked.since is not None:
        query = query.where(Audit.at >= asked.since)
    if asked.until is not None:
        query = query.where(Audit.at < asked.until)
    if asked.before is not None:
        query = query.where(Audit.id < asked.before)
    return list(session.scalars(query.order_by(Audit.id.desc()).limit(size)))


def last(session: Session, actor: str, action: str, target: str) -> Audit | None:
    """Find the newest line of somebody doing something to one thing."""
    query = select(Audit).where(Audit.target == target, Audit.actor == actor, Audit.action == action)
    return session.scalar(query.order_by(Audit.id.desc()).limit(1))

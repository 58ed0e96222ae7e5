"""What is on air now, what was, and what came of it."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, String, bindparam, exists, func, select
from sqlalchemy.orm import Session

from db.models import (
    Announcement,
    Audit,
    CallerLimit,
    CatalogueVersion,
    ManagerSession,
    SessionGuest,
    Situation,
    Ticket,
)
from db.models.base import Moment

_NOW = bindparam("now", type_=Moment())
_LANGUAGE, _NUMBER = (bindparam(name, type_=String()) for name in ("language", "number"))
_SITUATION = (Situation.starts_at <= _NOW, Situation.ends_at > _NOW)
_ANNOUNCEMENT = (
    Announcement.clip != "",
    Announcement.language == _LANGUAGE,
    Announcement.withdrawn_at.is_(None),
    Announcement.starts_at <= _NOW,
    Announcement.ends_at > _NOW,
)
_MANAGER = (ManagerSession.starts_at <= _NOW, ManagerSession.ends_at > _NOW, ManagerSession.cancelled_at.is_(None))
_LIMIT = (CallerLimit.number == _NUMBER, CallerLimit.starts_at <= _NOW, CallerLimit.ends_at > _NOW)
_LIVE = select(func.coalesce(func.max(CatalogueVersion.number), 0)).scalar_subquery()
_TODAY = select(*(exists().where(*one) for one in (_SITUATION, _ANNOUNCEMENT, _MANAGER, _LIMIT)), _LIVE)


class Today(NamedTuple):
    """What there is of the day, before anything of it is read: on most days nothing; and the catalogue's version."""

    situation: bool
    announcements: bool
    manager: bool
    limited: bool
    version: int


def today(session: Session, language: str, number: str | None, now: datetime) -> Today:
    """Look in one statement whether anything is different for this caller now."""
    return Today._make(session.execute(_TODAY, {"now": now, "language": language, "number": number}).one())


def on_air(session: Session, now: datetime) -> Situation | None:
    """Find the situation that callers hear now; the one begun last, should there be two."""
    query = select(Situation).where(*_SITUATION).params(now=now)
    return session.scalar(query.order_by(Situation.starts_at.desc(), Situation.id.desc()).limit(1))


def situation(session: Session, situation_id: int) -> Situation | None:
    """Give a situation, locked."""
    return session.scalar(select(Situation).where(Situation.id == situation_id).with_for_update(of=Situation))


def on_air_at(session: Session, moment: datetime) -> list[Situation]:
    """List situations that are, or will be, on air at a moment, locked."""
    query = select(Situation).where(Situation.starts_at <= moment, Situation.ends_at > moment)
    return list(session.scalars(query.order_by(Situation.id).with_for_update(of=Situation)))


def situations(session: Session, limit: int) -> list[Situation]:
    return list(session.scalars(select(Situation).order_by(Situation.starts_at.desc()).limit(limit)))


def of_situation(session: Session, one: Situation, category: str) -> list[ColumnElement[bool]]:
    """Say which reports are of a situation: of its category, since it began, until its like began again."""
    again = session.scalar(
        select(func.min(Situation.starts_at)).where(Situation.kind == one.kind, Situation.starts_at > one.starts_at)
    )
    conditions = [Ticket.category == category, Ticket.opened_at >= one.starts_at, Ticket.source != "situation"]
    return [*conditions, Ticket.opened_at < again] if again else conditions


def reports(
    session: Session, one: Situation, category: str, states: tuple[str, ...], limit: int, after: int = 0
) -> list[Ticket]:
    """List reports of a situation in some states, oldest first, locked."""
    query = select(Ticket).where(*of_situation(session, one, category), Ticket.state.in_(states), Ticket.id > after)
    return list(session.scalars(query.order_by(Ticket.id).limit(limit).with_for_update(of=Ticket)))


def count_reports(session: Session, one: Situation, category: str) -> dict[str, int]:
    """Count reports of a situation by state."""
    query = select(Ticket.state, func.count(Ticket.id)).where(*of_situation(session, one, category))
    counted = session.execute(query.group_by(Ticket.state))
    return {row[0]: row[1] for row in counted}


def count_callers(session: Session, one: Situation, category: str) -> int:
    query = select(func.count(func.distinct(Ticket.caller))).where(*of_situation(session, one, category))
    return session.scalars(query).one()


def announcements_on_air(session: Session, language: str, now: datetime) -> list[Announcement]:
    """List what is to be heard now, in its order."""
    query = select(Announcement).where(*_ANNOUNCEMENT).params(now=now, language=language)
    return list(session.scalars(query.order_by(Announcement.rank, Announcement.id)))


def clips_to_be_heard(session: Session, now: datetime) -> list[str]:
    """List the clips of what is on air or will be."""
    query = select(Announcement.clip).where(
        Announcement.clip != "", Announcement.withdrawn_at.is_(None), Announcement.ends_at > now
    )
    return list(session.scalars(query.distinct().order_by(Announcement.clip)))


def announcements(session: Session, limit: int) -> list[Announcement]:
    return list(session.scalars(select(Announcement).order_by(Announcement.id.desc()).limit(limit)))


def announcement_of(session: Session, callback_id: int) -> Announcement | None:
    """Find the announcement that a call of ours is to record."""
    return session.scalar(select(Announcement).where(Announcement.callback_id == callback_id))


def manager_now(session: Session, now: datetime, *, lock: bool = False) -> ManagerSession | None:
    """Find the session whose window is open."""
    query = select(ManagerSession).where(*_MANAGER).params(now=now)
    query = query.order_by(ManagerSession.id).limit(1)
    return session.scalar(query.with_for_update(of=ManagerSession) if lock else query)


def manager_sessions(session: Session, limit: int) -> list[ManagerSession]:
    return list(session.scalars(select(ManagerSession).order_by(ManagerSession.starts_at.desc()).limit(limit)))


def guest_of_call(session: Session, session_id: int, call_id: int) -> SessionGuest | None:
    query = select(SessionGuest).where(SessionGuest.session_id == session_id, SessionGuest.call_id == call_id)
    return session.scalar(query)


def came_in(session: Session, session_id: int) -> int:
    """Count who was put through by their own call."""
    query = select(func.count(SessionGuest.id))
    return session.scalars(query.where(SessionGuest.session_id == session_id, SessionGuest.call_id.is_not(None))).one()


def limited(session: Session, number: str, now: datetime) -> CallerLimit | None:
    """Find what keeps a number to messages now."""
    query = select(CallerLimit).where(*_LIMIT).params(number=number, now=now)
    return session.scalar(query.limit(1))


def limits(session: Session, limit: int) -> list[CallerLimit]:
    return list(session.scalars(select(CallerLimit).order_by(CallerLimit.ends_at.desc()).limit(limit)))


def deeds(session: Session, kinds: tuple[str, ...], limit: int) -> list[Audit]:
    """List the latest of what was done, newest first."""
    query = select(Audit).where(Audit.action.in_(kinds)).order_by(Audit.id.desc())
    return list(session.scalars(query.limit(limit)))

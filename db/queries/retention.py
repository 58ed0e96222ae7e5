"""What has been kept for long enough, oldest first and a few at a time; nothing of an open ticket is among it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, or_, select, text, update
from sqlalchemy.orm import Session

from db.models import Attempt, Audit, Call, Callback, CallerLimit, Lease, Recording, SessionGuest, Ticket, Turn
from db.models.callbacks import NAMED as CALLBACK_NAMED
from db.models.calls import KEPT
from db.models.calls import NAMED as CALL_NAMED
from db.models.tickets import NAMED as TICKET_NAMED
from db.queries.citizens import QUIETLY, permitted

SHORTEST = 6  # digits keyed in that may be a number or a code, and are no way through a menu
TELLING = ("searched", "exported", "caller_limited", "caller_freed")
Alias = Callable[[str], str]


def voices(before: datetime) -> Select[Recording]:
    still_open = exists().where(Ticket.id == Recording.ticket_id, Ticket.closed_at.is_(None))
    query = select(Recording).where(KEPT, Recording.created_at < before, ~still_open)
    return query.order_by(Recording.created_at)


def calls(before: datetime) -> Select[Call]:
    still_open = exists().where(Ticket.call_id == Call.id, Ticket.closed_at.is_(None))
    waits = exists().where(Callback.call_id == Call.id, Callback.closed_at.is_(None))
    query = select(Call).where(CALL_NAMED, Call.started_at < before, Call.ended_at.is_not(None), ~still_open, ~waits)
    return query.order_by(Call.started_at)


def tickets(before: datetime) -> Select[Ticket]:
    return select(Ticket).where(TICKET_NAMED, Ticket.closed_at < before).order_by(Ticket.closed_at)


def callbacks(before: datetime) -> Select[Callback]:
    return select(Callback).where(CALLBACK_NAMED, Callback.closed_at < before).order_by(Callback.closed_at)


def limits(before: datetime) -> Select[CallerLimit]:
    return select(CallerLimit).where(_clear(CallerLimit.number), CallerLimit.ends_at < before)


def guests(before: datetime) -> Select[SessionGuest]:
    return select(SessionGuest).where(_clear(SessionGuest.number), SessionGuest.at < before)


def lines(before: datetime) -> Select[Audit]:
    said = or_(Audit.detail != "", Audit.target.startswith("+"))
    return select(Audit).where(Audit.action.in_(TELLING), Audit.at < before, said).order_by(Audit.id)


def _clear(column: Any) -> Any:
    return (column != "") & (func.substr(column, 1, 1) != "~")


def some(session: Session, query: Select[Any], limit: int) -> list[Any]:
    """Lock a few."""
    return list(session.scalars(query.limit(limit).with_for_update(skip_locked=True)))


def count(session: Session, query: Select[Any]) -> int:
    narrow = query.with_only_columns(text("1"), maintain_column_froms=True).order_by(None)
    return session.scalar(select(func.count()).select_from(narrow.subquery())) or 0


def blank_turns(session: Session, call_ids: list[int]) -> None:
    """Forget documents, and keys that may be a number; those of a menu stay."""
    theirs = update(Turn).where(Turn.call_id.in_(call_ids))
    session.execute(theirs.where(Turn.reply != "").values(reply=""), execution_options=QUIETLY)
    keyed = theirs.where(func.length(Turn.keys) >= SHORTEST)
    session.execute(keyed.values(keys=""), execution_options=QUIETLY)


def rename_attempts(session: Session, callback_id: int, alias: str) -> None:
    """Forget whom the hotline itself rang."""
    rung = update(Attempt).where(Attempt.callback_id == callback_id, Attempt.user_id.is_(None))
    session.execute(rung.values(telephone=alias), execution_options=QUIETLY)


def blank_lines(session: Session, found: list[Audit], alias: Alias) -> None:
    """Blank what the audit log says of numbers; that something was done, by whom and when, stays."""
    with permitted(session, "blank"):
        for line in found:
            values = {"detail": "", "target": alias(line.target) if line.target.startswith("+") else line.target}
            session.execute(update(Audit).where(Audit.id == line.id).values(values), execution_options=QUIETLY)


def rests(session: Session, name: str, now: datetime) -> bool:
    """Say whether a thing that is done from time to time is not to be done yet."""
    until = session.scalar(select(Lease.until).where(Lease.name == name))
    return until is not None and until > now

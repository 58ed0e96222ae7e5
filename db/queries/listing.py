"""What is known of one citizen, as narrow rows."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, select
from sqlalchemy.orm import Session

from db.models import (
    Call,
    Callback,
    CallerLimit,
    CodeFailure,
    ManagerSession,
    Recording,
    Removal,
    SessionGuest,
    Situation,
    Ticket,
)
from db.queries import citizens


def every(session: Session, names: Sequence[str]) -> Iterator[tuple[str, Sequence[RowMapping]]]:
    """Give each kind with its rows, oldest first."""
    for kind, query in _queries(names):
        yield kind, session.execute(query).mappings().all()


def _queries(names: Sequence[str]) -> Iterator[tuple[str, Select[*tuple[Any, ...]]]]:
    call = (Call.id, Call.sid, Call.direction, Call.started_at, Call.disposition)
    yield "calls", select(*call).where(Call.id.in_(citizens.calls(names))).order_by(Call.id)
    ticket = (Ticket.id, Ticket.code, Ticket.opened_at, Ticket.state, Ticket.category, Ticket.district)
    yield "tickets", select(*ticket).where(Ticket.id.in_(citizens.tickets(names))).order_by(Ticket.id)
    callback = (Callback.id, Callback.type, Callback.state, Callback.requested_at)
    yield "callbacks", select(*callback).where(Callback.id.in_(citizens.callbacks(names))).order_by(Callback.id)
    voice = (Recording.id, Recording.sid, Recording.kind, Recording.state, Recording.created_at, Recording.path)
    yield "recordings", select(*voice).where(Recording.id.in_(citizens.recordings(names))).order_by(Recording.id)
    theirs = select(Recording.sid).where(Recording.id.in_(citizens.recordings(names)))
    removal = (Removal.id, Removal.account_sid, Removal.sid, Removal.tries, Removal.last_error)
    yield "deletions still to be done at the provider", select(*removal).where(Removal.sid.in_(theirs))
    limit = (CallerLimit.id, CallerLimit.reason, CallerLimit.starts_at, CallerLimit.ends_at)
    yield "abuse of the line", select(*limit).where(CallerLimit.number.in_(names)).order_by(CallerLimit.id)
    guest = select(SessionGuest.id, ManagerSession.title, SessionGuest.at).join(SessionGuest.session)
    yield "talks with a manager", guest.where(SessionGuest.number.in_(names)).order_by(SessionGuest.id)
    situation = select(Situation.id, Situation.kind, Situation.starts_at)
    yield "answers to many at once", situation.where(Situation.ticket_id.in_(citizens.tickets(names)))
    yield "wrong tracking codes", select(CodeFailure.id, CodeFailure.at).where(CodeFailure.caller.in_(names))

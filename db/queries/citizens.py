"""What hangs on a citizen's number, and how it is emptied: each statement may run again, and takes a bounded bite."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.orm import Session

from db.models import (
    Attempt,
    Base,
    Call,
    Callback,
    CallerLimit,
    CallEvent,
    CallText,
    CodeFailure,
    Permit,
    Recording,
    Remark,
    Review,
    SessionGuest,
    Ticket,
    TicketEvent,
    TicketText,
    Turn,
)
from db.queries.callbacks import HELD

Names = Sequence[str]
GONE = "expired"
QUIETLY: Any = {"synchronize_session": False}


@contextmanager
def permitted(session: Session, what: str) -> Iterator[None]:
    """Let history be blanked ("blank") or old lines deleted ("expire") until this is left."""
    session.add(Permit(id=1, what=what, ends=0))
    session.flush()
    yield
    session.execute(delete(Permit), execution_options=QUIETLY)


def calls(names: Names) -> Select[int]:
    return select(Call.id).where(or_(Call.caller.in_(names), Call.number.in_(names)))


def tickets(names: Names) -> Select[int]:
    return select(Ticket.id).where(or_(Ticket.caller.in_(names), Ticket.call_id.in_(calls(names))))


def callbacks(names: Names) -> Select[int]:
    of = (Callback.number.in_(names), Callback.call_id.in_(calls(names)), Callback.ticket_id.in_(tickets(names)))
    return select(Callback.id).where(or_(*of))


def recordings(names: Names) -> Select[int]:
    of = (Recording.call_id.in_(calls(names)), Recording.ticket_id.in_(tickets(names)))
    return select(Recording.id).where(or_(*of))


def reviews(names: Names) -> Select[int]:
    return select(Review.id).where(Review.call_id.in_(calls(names)))


def under_way(session: Session, names: Names) -> bool:
    """Say whether a call with this citizen has not ended, or an operator holds one to be made."""
    talking = calls(names).where(Call.ended_at.is_(None)).limit(1)
    held = select(Callback.id).where(Callback.number.in_(names), Callback.state.in_(HELD)).limit(1)
    return session.scalar(talking) is not None or session.scalar(held) is not None


def voices(session: Session, names: Names, limit: int) -> list[Recording]:
    """Lock some of the voices that are still kept."""
    query = select(Recording).where(Recording.id.in_(recordings(names)), Recording.state != GONE)
    return list(session.scalars(query.order_by(Recording.id).limit(limit).with_for_update(of=Recording)))


def _bite(session: Session, model: Any, limit: int, *wanted: ColumnElement[bool]) -> list[int]:
    return list(session.scalars(select(model.id).where(*wanted).order_by(model.id).limit(limit)))


def _set(session: Session, model: type[Base], ids: list[int], values: dict[str, Any]) -> int:
    if ids:
        row: Any = model
        session.execute(update(model).where(row.id.in_(ids)).values(values), execution_options=QUIETLY)
    return len(ids)


def blank_turns(session: Session, names: Names, limit: int) -> int:
    """Forget what was keyed in, and the documents that said it again."""
    left = or_(Turn.keys != "", Turn.reply != "")
    ids = _bite(session, Turn, limit, Turn.call_id.in_(calls(names)), left)
    return _set(session, Turn, ids, {"keys": "", "reply": ""})


def drop_texts(session: Session, names: Names, limit: int) -> int:
    """Forget the words by which these calls and tickets were found."""
    done = 0
    theirs = ((CallText, CallText.call_id.in_(calls(names))), (TicketText, TicketText.ticket_id.in_(tickets(names))))
    for model, wanted in theirs:
        ids = _bite(session, model, limit, wanted)
        session.execute(delete(model).where(model.id.in_(ids)), execution_options=QUIETLY)
        done += len(ids)
    return done


def blank_history(session: Session, names: Names, limit: int) -> int:
    """Blank what was written by hand in lines that otherwise stay as they are."""
    lines: tuple[tuple[Any, ColumnElement[bool]], ...] = (
        (TicketEvent, TicketEvent.ticket_id.in_(tickets(names))),
        (CallEvent, CallEvent.call_id.in_(calls(names))),
        (Review, Review.call_id.in_(calls(names))),
        (Remark, Remark.review_id.in_(reviews(names))),
    )
    done = 0
    with permitted(session, "blank"):
        for model, theirs in lines:
            ids = _bite(session, model, limit, theirs, model.text != "")
            done += _set(session, model, ids, {"text": ""})
    return done


def blank_tickets(session: Session, names: Names, limit: int) -> int:
    """Blank what was written on tickets; district, category and dates stay. Its version is told to open pages."""
    written = or_(Ticket.address != "", Ticket.description != "", Ticket.answer != "", Ticket.caller == names[0])
    ids = _bite(session, Ticket, limit, Ticket.id.in_(tickets(names)), written)
    blank = {"address": "", "description": "", "answer": "", "version": Ticket.version + 1}
    _set(session, Ticket, ids, blank)
    session.execute(
        update(Ticket).where(Ticket.id.in_(ids), Ticket.caller == names[0]).values(caller=names[1]),
        execution_options=QUIETLY,
    )
    return len(ids)


def open_callbacks(session: Session, names: Names) -> list[Callback]:
    query = select(Callback).where(Callback.number.in_(names), Callback.closed_at.is_(None))
    return list(session.scalars(query.with_for_update(of=Callback)))


def blank_callbacks(session: Session, names: Names, limit: int) -> int:
    written = or_(Callback.number == names[0], Callback.note != "")
    ids = _bite(session, Callback, limit, Callback.id.in_(callbacks(names)), written)
    _set(session, Callback, ids, {"note": ""})
    theirs = update(Callback).where(Callback.id.in_(ids), Callback.number == names[0])
    session.execute(theirs.values(number=names[1]), execution_options=QUIETLY)
    rung = update(Attempt).where(Attempt.callback_id.in_(ids), Attempt.telephone == names[0])
    session.execute(rung.values(telephone=names[1]), execution_options=QUIETLY)
    return len(ids)


def rename_calls(session: Session, names: Names, limit: int) -> int:
    """Put the alias in the place of the number; what the call's own state says of it is the last step's to mend."""
    ids = list(session.scalars(calls(names[:1]).order_by(Call.id).limit(limit)))
    for column in (Call.caller, Call.number):
        these = update(Call).where(Call.id.in_(ids), column == names[0]).values({column: names[1]})
        session.execute(these, execution_options=QUIETLY)
    inbound = update(Call).where(Call.id.in_(ids), Call.direction == "inbound").values(caller_raw=names[1])
    session.execute(inbound, execution_options=QUIETLY)
    return len(ids)


def rename_others(session: Session, names: Names, now: datetime) -> int:
    """Empty the short lists: guests of a manager, callers who abused the line, wrong codes. A limit ends with this."""
    done = 0
    ids = _bite(session, SessionGuest, 1000, SessionGuest.number == names[0])
    done += _set(session, SessionGuest, ids, {"number": names[1]})
    ids = _bite(session, CallerLimit, 1000, CallerLimit.number == names[0])
    over = update(CallerLimit).where(CallerLimit.id.in_(ids), CallerLimit.ends_at > now).values(ends_at=now)
    session.execute(over, execution_options=QUIETLY)
    done += _set(session, CallerLimit, ids, {"number": names[1], "note": ""})
    ids = _bite(session, CodeFailure, 1000, CodeFailure.caller == names[0])
    session.execute(delete(CodeFailure).where(CodeFailure.id.in_(ids)), execution_options=QUIETLY)
    return done + len(ids)

"""The call log: narrowed by anything, a page at a time, never looking at more than it must."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, not_, or_, select, tuple_
from sqlalchemy.orm import Session, aliased, selectinload

from db.models import Call, Callback, Recording, SavedView, Ticket, Turn
from db.queries import words

LOOKED_AT = 50_000  # so many calls are looked at for one page, at most
LOOKED_INTO = 10_000  # so many, if their turns have to be read
ABANDONED = "abandoned"
LED_TO = ("ticket", "callback", "voice", "nothing")

Place = tuple[datetime, int]


@dataclass(frozen=True)
class Asked:
    """What the log is narrowed to; None is everything. `visited` is a node that the caller came to."""

    since: datetime | None = None
    until: datetime | None = None
    direction: str | None = None
    flow: str | None = None
    language: str | None = None
    district: str | None = None
    categories: tuple[str, ...] = ()
    disposition: str | None = None
    number: str | None = None
    handled_by: int | None = None
    visited: str | None = None
    led_to: str | None = None
    words: str | None = None
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Page:
    """Calls that were found, and the place from which to look on; None at the end of the log."""

    calls: list[Call]
    onward: Place | None


def page(session: Session, asked: Asked, size: int, before: Place | None = None) -> Page:
    """Find the newest calls before a place; those that are looked at come out of one index, in its order."""
    driving, rest = _conditions(session, asked)
    candidates = _between(select(Call), asked, before).where(*driving)
    limit = _reach(asked) if rest else size + 1
    inner = candidates.order_by(Call.started_at.desc(), Call.id.desc()).limit(limit).subquery()
    near = aliased(Call, inner)
    query = select(near).where(*(condition(near) for condition in rest))
    newest = query.order_by(near.started_at.desc(), near.id.desc()).limit(size + 1)
    found = list(session.scalars(newest.options(selectinload(near.handler))))
    if len(found) > size:
        return Page(found[:size], (found[size - 1].started_at, found[size - 1].id))
    return Page(found, _last_looked_at(session, asked, driving, before) if rest else None)


def newer(session: Session, asked: Asked, after: Place) -> Call | None:
    """Find the next call after a place, as far as is looked."""
    driving, rest = _conditions(session, asked)
    ahead = tuple_(Call.started_at, Call.id) > tuple_(*_bound(after))
    candidates = _between(select(Call), asked, None).where(*driving, ahead)
    inner = candidates.order_by(Call.started_at, Call.id).limit(_reach(asked) if rest else 1).subquery()
    near = aliased(Call, inner)
    query = select(near).where(*(condition(near) for condition in rest))
    return session.scalar(query.order_by(near.started_at, near.id).limit(1))


def more_than(session: Session, asked: Asked, limit: int) -> bool:
    """Say whether there are more calls than so many, without counting on."""
    driving, rest = _conditions(session, asked)
    query = _between(select(Call.id), asked, None).where(*driving, *(condition(Call) for condition in rest))
    return session.scalar(query.offset(limit).limit(1)) is not None


def every(session: Session, asked: Asked, size: int = 1000) -> Iterator[list[Call]]:
    """Give all calls that are asked for, newest first, in batches."""
    place: Place | None = None
    while True:
        batch = page(session, asked, size, place)
        if batch.calls:
            yield batch.calls
        if batch.onward is None:
            return
        place = batch.onward


def _reach(asked: Asked) -> int:
    return LOOKED_INTO if asked.visited else LOOKED_AT


def _last_looked_at(session: Session, asked: Asked, driving: Sequence[Any], before: Place | None) -> Place | None:
    places = _between(select(Call.started_at, Call.id), asked, before).where(*driving)
    last = places.order_by(Call.started_at.desc(), Call.id.desc()).offset(_reach(asked) - 1).limit(1)
    found = session.execute(last).first()
    return (found[0], found[1]) if found else None


def _between(query: Any, asked: Asked, before: Place | None) -> Any:
    if asked.since is not None:
        query = query.where(Call.started_at >= asked.since)
    if asked.until is not None:
        query = query.where(Call.started_at < asked.until)
    if before is not None:
        query = query.where(tuple_(Call.started_at, Call.id) < tuple_(*_bound(before)))
    return query


def _bound(place: Place) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Give a place the types of its columns: SQLite keeps moments in a way of its own."""
    moment, call_id = place
    return bindparam(None, moment, Call.started_at.type), bindparam(None, call_id, Call.id.type)


def _conditions(session: Session, asked: Asked) -> tuple[list[ColumnElement[bool]], list[Any]]:
    """Split what is asked: one condition drives, through an index in the log's order; the rest is looked at."""
    named: list[tuple[str, Any]] = [
        (name, getattr(asked, name))
        for name in ("number", "handled_by", "disposition", "district", "flow", "language")
        if getattr(asked, name) not in (None, ABANDONED)
    ]
    if len(asked.categories) == 1:
        named.insert(min(len(named), 3), ("category", asked.categories[0]))
    driving: list[ColumnElement[bool]] = []
    if asked.ids is not None:
        driving = [Call.id.in_(asked.ids)]
    elif asked.words and asked.number is None:
        driving = [words.of_calls(session, asked.words)]
    elif named:
        name, value = named.pop(0)
        driving = [getattr(Call, name) == value]
    rest: list[Any] = [_equals(name, value) for name, value in named]
    return driving, [*rest, *_looked_at(asked)]


def _equals(name: str, value: Any) -> Any:
    return lambda of: getattr(of, name) == value


def _looked_at(asked: Asked) -> Iterator[Any]:
    if asked.direction:
        yield _equals("direction", asked.direction)
    if asked.disposition == ABANDONED:
        yield lambda of: and_(of.disposition >= f"{ABANDONED}:", of.disposition < f"{ABANDONED};")
    if len(asked.categories) > 1:
        yield lambda of: of.category.in_(asked.categories)
    if asked.visited:
        yield lambda of: _any(Turn.id, Turn.call_id == of.id, Turn.node == asked.visited)
    if asked.led_to:
        yield lambda of: _leads(of, asked.led_to or "")


def _leads(of: Any, to: str) -> ColumnElement[bool]:
    leads = {
        "ticket": _any(Ticket.id, Ticket.call_id == of.id),
        "callback": _any(Callback.id, Callback.call_id == of.id),
        "voice": _any(Recording.id, Recording.call_id == of.id, Recording.state == "stored"),
    }
    return not_(or_(*leads.values())) if to == "nothing" else leads[to]


def _any(key: Any, *wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that there is one, in a way that planners leave alone: made a join, it would read every row there is."""
    return select(key).where(*wanted).limit(1).scalar_subquery().is_not(None)


def get(session: Session, call_id: int, *, lock: bool = False) -> Call | None:
    query = select(Call).where(Call.id == call_id)
    return session.scalar(query.with_for_update(of=Call) if lock else query)


def tickets_of(session: Session, ids: Sequence[int]) -> list[Ticket]:
    return list(session.scalars(select(Ticket).where(Ticket.call_id.in_(ids)).order_by(Ticket.id)))


def callbacks_of(session: Session, ids: Sequence[int]) -> list[Callback]:
    return list(session.scalars(select(Callback).where(Callback.call_id.in_(ids)).order_by(Callback.id)))


def voices_of(session: Session, ids: Sequence[int]) -> list[Recording]:
    return list(session.scalars(select(Recording).where(Recording.call_id.in_(ids)).order_by(Recording.id)))


def turns_of(session: Session, ids: Sequence[int]) -> list[Turn]:
    return list(session.scalars(select(Turn).where(Turn.call_id.in_(ids)).order_by(Turn.call_id, Turn.n)))


def ids_of_ticket(session: Session, code: str) -> tuple[int, ...]:
    """Find the calls around a ticket: the one that opened it, and those about it."""
    ticket = session.scalar(select(Ticket).where(Ticket.code == code))
    if ticket is None:
        return ()
    voices = select(Recording.call_id).where(Recording.ticket_id == ticket.id)
    return tuple({*([ticket.call_id] if ticket.call_id else []), *session.scalars(voices)})


def others_of(session: Session, call: Call, limit: int) -> list[Call]:
    """List other calls with the same citizen, newest first."""
    if not call.number:
        return []
    query = select(Call).where(Call.number == call.number, Call.id != call.id)
    return list(session.scalars(query.order_by(Call.started_at.desc(), Call.id.desc()).limit(limit)))


def views_of(session: Session, user_id: int) -> list[SavedView]:
    return list(session.scalars(select(SavedView).where(SavedView.user_id == user_id).order_by(SavedView.name)))


def view(session: Session, user_id: int, name: str) -> SavedView | None:
    return session.scalar(select(SavedView).where(SavedView.user_id == user_id, SavedView.name == name))

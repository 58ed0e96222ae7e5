"""For how long what is kept: voices and numbers, each by a setting of its own."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from db.models import Call
from db.queries import people
from db.queries import retention as rows
from db.session import Database, Session, SQLAlchemyError, in_plain_words
from ivr.phone import alias
from ivr.services import recordings
from ivr.services.desk import Desk

log = logging.getLogger(__name__)

BITE = 50
LEASE = "keep"
MONTH = timedelta(days=365.2425 / 12)
NOBODY = "~"
FACTS = frozenset({"number", "number_keys", "callback_number", "live_host"})


@dataclass(frozen=True)
class Class:
    """One kind of what is kept: what of it is due to go, and how a few of it go."""

    name: str
    due: Any
    let_go: Callable[[Session, Desk, list[Any], datetime], None]


def classes(desk: Desk, now: datetime) -> Iterator[Class]:
    """List what is due to go by now; a setting of 0 keeps it for ever."""
    keep = desk.config.keep
    if keep.recordings_months:
        yield Class("recordings", rows.voices(now - keep.recordings_months * MONTH), _voices)
    if keep.numbers_months:
        before = now - keep.numbers_months * MONTH
        yield Class("calls' numbers", rows.calls(before), _calls)
        yield Class("tickets' numbers", rows.tickets(before), _tickets)
        yield Class("callbacks' numbers", rows.callbacks(before), _callbacks)
        yield Class("abuse of the line", rows.limits(before), _limits)
        yield Class("talks with a manager", rows.guests(before), _guests)
        yield Class("lines of the audit log that name a number", rows.lines(before), _lines)


def carry_out(database: Database, desk: Desk, holder: str, now: datetime) -> None:
    """Once a day, let go of what is due: a few of each kind a round, until nothing is left."""
    with database.reading() as session:
        if rows.rests(session, LEASE, now):
            return
    pause = timedelta(hours=1)
    try:
        if sum(_a_few(database, desk, kind, now) for kind in classes(desk, now)):
            return  # the next round goes on
        pause = timedelta(days=1)
    except SQLAlchemyError as error:
        log.warning("what was kept for long enough could not be let go: %s", in_plain_words(error))
    with database.transaction() as session:
        people.take_lease(session, LEASE, holder, now, now + pause)


def _a_few(database: Database, desk: Desk, of: Class, now: datetime) -> int:
    with database.transaction() as session:
        return let_go(session, desk, of, now)


def count(session: Session, of: Class) -> int:
    return rows.count(session, of.due)


def let_go(session: Session, desk: Desk, of: Class, now: datetime) -> int:
    """Let a few go; say how many there were."""
    found = rows.some(session, of.due, BITE)
    if found:
        of.let_go(session, desk, found, now)
        session.flush()
    return len(found)


def _alias(desk: Desk, number: str | None) -> str:
    return alias(desk.config.server.secret_key.get_secret_value(), number) if number else NOBODY


def _voices(session: Session, desk: Desk, found: list[Any], now: datetime) -> None:  # noqa: ARG001
    for row in found:
        recordings.forget(session, row, now)


def _calls(session: Session, desk: Desk, found: list[Call], now: datetime) -> None:  # noqa: ARG001
    rows.blank_turns(session, [call.id for call in found])
    for call in found:
        whose = call.caller if call.direction == "inbound" else None
        call.caller_raw = _alias(desk, whose)
        if call.direction == "outbound":
            call.called = _alias(desk, call.number)
        if call.caller:
            call.caller = _alias(desk, call.caller)
        if call.number:
            call.number = _alias(desk, call.number)
        facts = call.state.get("facts", {})
        call.state = {**call.state, "facts": {name: said for name, said in facts.items() if name not in FACTS}}


def _tickets(session: Session, desk: Desk, found: list[Any], now: datetime) -> None:  # noqa: ARG001
    for ticket in found:
        ticket.caller = _alias(desk, ticket.caller)


def _callbacks(session: Session, desk: Desk, found: list[Any], now: datetime) -> None:  # noqa: ARG001
    for callback in found:
        callback.number = _alias(desk, callback.number)
        rows.rename_attempts(session, callback.id, callback.number)


def _limits(session: Session, desk: Desk, found: list[Any], now: datetime) -> None:  # noqa: ARG001
    for limit in found:
        limit.number, limit.note = _alias(desk, limit.number), ""


def _guests(session: Session, desk: Desk, found: list[Any], now: datetime) -> None:  # noqa: ARG001
    for guest in found:
        guest.number = _alias(desk, guest.number)


def _lines(session: Session, desk: Desk, found: list[Any], now: datetime) -> None:  # noqa: ARG001
    rows.blank_lines(session, found, lambda number: _alias(desk, number))

"""A citizen is found by their number, and forgotten: figures stay, whose they were does not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from db.queries import citizens as rows
from db.queries import listing, mentions
from db.session import Session
from ivr.phone import Spelling, alias
from ivr.services import callbacks, feedback, recordings
from ivr.services.desk import Desk, open_spool, open_spools

BITE = 100


class ForgetError(Exception):
    """Cannot be done now; the words say why."""


@dataclass(frozen=True)
class Citizen:
    """A number, what stands in its place once it is forgotten, and how it may be written."""

    number: str
    alias: str
    spelling: Spelling

    @property
    def names(self) -> tuple[str, str]:
        return self.number, self.alias


def citizen(desk: Desk, written: str) -> Citizen:
    """Read a number as people write it. Raises ForgetError."""
    number = desk.plan.parse(written) or desk.plan.keyed(written)
    secret = desk.config.server.secret_key.get_secret_value()
    if number is None:
        raise ForgetError("this is no telephone number")
    if not secret:
        raise ForgetError("no secret is set (IVR_SERVER__SECRET_KEY): it is what pseudonyms are drawn with")
    return Citizen(number, alias(secret, number), Spelling.of(desk.plan, number))


def insist_on_quiet(session: Session, desk: Desk, who: Citizen) -> None:
    """Raise ForgetError while something of this citizen's is under way: it would come in again behind the erasure."""
    if rows.under_way(session, who.names):
        raise ForgetError("a call with this citizen is under way, or an operator is about to make one: try again later")
    waiting = chain.from_iterable(spool.waiting() for spool in open_spools(desk.config).values())
    if any(True for _ in _told_in(desk, who, waiting)):
        raise ForgetError("webhooks of this citizen wait in the spool: the sweep takes them first; try again then")


def _told_in(desk: Desk, who: Citizen, events: Iterator[Path]) -> Iterator[Path]:
    spool = open_spool(desk.config, "web")  # all are sealed alike
    for path in events:
        event = spool.look(path)
        if event is not None and who.spelling.says(str(event)):
            yield path


def spooled(desk: Desk, who: Citizen) -> list[Path]:
    """List events of this citizen's on this machine's disk: those that wait, and those that were set aside."""
    spools = open_spools(desk.config).values()
    return list(_told_in(desk, who, chain.from_iterable((*spool.waiting(), *spool.aside()) for spool in spools)))


Step = Callable[[Session, Desk, Citizen, datetime], int]


def _voices(session: Session, desk: Desk, who: Citizen, now: datetime) -> int:  # noqa: ARG001
    found = rows.voices(session, who.names, BITE)
    for row in found:
        recordings.forget(session, row, now)
    return len(found)


def _open_callbacks(session: Session, desk: Desk, who: Citizen, now: datetime) -> int:
    """Withdraw what was promised, for there is nobody any more to call; a ticket that waits for an answer goes on."""
    waiting = rows.open_callbacks(session, who.names)
    for callback in waiting:
        callbacks.end(callback, now, "given_up", "")
        session.flush()
        feedback.closed(session, desk, callback, now)
    return len(waiting)


def _simple(do: Callable[[Session, rows.Names, int], int]) -> Step:
    return lambda session, desk, who, now: do(session, who.names, BITE)  # noqa: ARG005


def _others(session: Session, desk: Desk, who: Citizen, now: datetime) -> int:  # noqa: ARG001
    return rows.rename_others(session, who.names, now)


# What is renamed is found by its alias, so whoever is killed on the way can go on.
STEPS: tuple[tuple[str, Step], ...] = (
    ("voices", _voices),
    ("turns", _simple(rows.blank_turns)),
    ("texts", _simple(rows.drop_texts)),
    ("history", _simple(rows.blank_history)),
    ("open callbacks", _open_callbacks),
    ("callbacks", _simple(rows.blank_callbacks)),
    ("tickets", _simple(rows.blank_tickets)),
    ("calls", _simple(rows.rename_calls)),
    ("other lists", _others),
)
"""Each is repeated, a transaction a time, until it finds nothing left to do."""


def stretches(session: Session) -> list[tuple[str, Any, Any]]:
    """Cut the tables into stretches, each of which is looked through in a transaction of its own."""
    return list(mentions.stretches(session))


def mentioned(session: Session, who: Citizen, stretch: tuple[str, Any, Any]) -> list[mentions.Mention]:
    return mentions.of(session, stretch, who.spelling.endings, who.spelling.says)


def rewrite(session: Session, who: Citizen, stretch: tuple[str, Any, Any]) -> int:
    """Hide the number wherever else it is spelled out in this stretch."""
    found = mentioned(session, who, stretch)
    for mention in found:
        mentions.rewrite(session, mention, lambda text: who.spelling.hidden(text, who.alias))
    return len(found)


def known(session: Session, desk: Desk, who: Citizen) -> dict[str, list[dict[str, Any]]]:
    """List everything that holds the number, or hangs on it, by kind; what is spelled out elsewhere, by row."""
    found = {kind: [dict(row) for row in rows_of] for kind, rows_of in listing.every(session, who.names)}
    found["spooled events"] = [{"file": str(path)} for path in spooled(desk, who)]
    said = chain.from_iterable(mentioned(session, who, stretch) for stretch in stretches(session))
    found["mentions"] = [{"table": one.table, "row": one.key, "columns": sorted(one.found)} for one in said]
    return {kind: lines for kind, lines in found.items() if lines}


def forget_spooled(desk: Desk, who: Citizen) -> int:
    """Delete events that nobody could take, and that speak of this citizen."""
    found = [path for path in spooled(desk, who) if path.parent.name == "aside"]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)

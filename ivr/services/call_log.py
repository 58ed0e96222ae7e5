"""The call log: what a call was about, who had it, and what was written down about it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from db.models import Call, CallEvent, CallText, Ticket
from db.queries import callbacks as queue
from db.queries import calls
from db.session import Session
from ivr import persian
from ivr.flow.verbs import Gather, Record, Say, Verb
from ivr.services.errors import Refused

BY_HAND = ("nuisance", "out_of_scope")


class CallError(Refused):
    """Not allowed with a call."""


def begin(session: Session, call: Call, facts: Mapping[str, str]) -> None:
    """Note whose number it is and who rang: an operator, or the hotline itself."""
    if call.attempt_id is None:
        return
    attempt = queue.attempt(session, call.attempt_id)
    call.number = facts.get("number")
    call.handled_by = attempt.user_id if attempt is not None else None


def learn(call: Call, facts: Mapping[str, str]) -> None:
    """Note what the call is about, as soon as its flow knows."""
    call.district = facts.get("district") or facts.get("ticket_district") or call.district
    call.category = facts.get("category") or facts.get("ticket_category") or call.category


def heard(verbs: Iterable[Verb]) -> str:
    """Name the prompts that were played, in order."""
    return " ".join(say.prompt for one in verbs for say in _says(one))


def _says(one: Verb) -> Iterator[Say]:
    if isinstance(one, Say):
        yield one
    elif isinstance(one, Gather | Record):
        yield from one.prompts


def follow(session: Session, ticket: Ticket) -> None:
    """Let the call that opened a ticket be found under what the ticket is known to be about now."""
    call = session.get(Call, ticket.call_id) if ticket.call_id is not None else None
    if call is not None:
        call.district, call.category = ticket.district, ticket.category


def write_down(session: Session, call_id: int | None, text: str) -> None:
    """Let a call be found by these words."""
    if call_id is not None and text.strip():
        session.add(CallText(call_id=call_id, words=searchable(text)))


def searchable(text: str) -> str:
    """Write a text as it is looked for: joined words apart."""
    return persian.fold(text).replace(persian.ZWNJ, " ")


def words_of(text: str) -> str:
    """Give the words that somebody looks for, without what stands between them."""
    return " ".join(re.findall(r"[^\W_]+", searchable(text)))


def tried(session: Session, attempt_id: int, disposition: str, text: str = "") -> None:
    """Note on the call of a try what came of it."""
    call = calls.of_attempt(session, attempt_id)
    if call is not None:
        call.disposition = disposition
        write_down(session, call.id, text)


def judge(session: Session, call: Call, author: str, disposition: str, text: str, now: datetime) -> None:
    """Say by hand what a call was: nuisance, or none of the city's business. Raises CallError."""
    if call.ended_at is None or call.direction != "inbound":
        raise CallError("call_not_over")
    if disposition not in BY_HAND:
        raise CallError("unknown_disposition")
    if not text.strip():
        raise CallError("empty_text")
    old, call.disposition = call.disposition, disposition
    line = CallEvent(call_id=call.id, at=now, author=author, kind="disposition", old=old, new=disposition)
    line.text = text.strip()
    session.add(line)
    write_down(session, call.id, text)
    session.flush()

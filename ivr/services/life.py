"""The life of a ticket: one table says who may move it where; every move is in its history."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from db.models import Ticket
from db.session import Session
from ivr.services import callbacks, history, sla
from ivr.services.desk import Desk
from ivr.services.errors import Refused
from ivr.services.history import Actor, Author

DESK: frozenset[Actor] = frozenset({"desk"})
BOTH: frozenset[Actor] = frozenset({"desk", "unit"})
CITIZEN: frozenset[Actor] = frozenset({"citizen"})
SYSTEM: frozenset[Actor] = frozenset({"system"})

Exits = Mapping[str, frozenset[Actor]]
_AT_WORK: Exits = {
    "referred": BOTH,
    "in_progress": BOTH,
    "answered": BOTH,
    "not_feasible": BOTH,
    "out_of_scope": BOTH,
    "duplicate": DESK,
}
MOVES: Mapping[str, Exits] = MappingProxyType(
    {
        "new": dict.fromkeys(_AT_WORK, DESK),
        "referred": _AT_WORK,
        "in_progress": {state: who for state, who in _AT_WORK.items() if state != "in_progress"},
        "answered": {"confirmed": CITIZEN, "rejected": CITIZEN, "closed_unconfirmed": SYSTEM, "duplicate": DESK},
        "rejected": {state: who for state, who in _AT_WORK.items() if state != "duplicate"},
        "confirmed": {"rejected": DESK},
        "closed_unconfirmed": {"rejected": DESK},
        "not_feasible": {"in_progress": DESK},
        "out_of_scope": {"in_progress": DESK},
        "duplicate": {"in_progress": DESK},
    }
)
CLOSED = frozenset({"confirmed", "closed_unconfirmed", "not_feasible", "out_of_scope", "duplicate"})
STANDS_STILL = CLOSED | {"answered"}
NEEDS_TEXT = frozenset({"answered", "not_feasible", "out_of_scope", "duplicate"})
TOLD = frozenset({"answered", "not_feasible", "out_of_scope"})
"""What the citizen is to be told: each is an answer of its own."""
OWN_FORM = frozenset({"referred", "answered", "duplicate", "out_of_scope"})
"""Moves that need more than a text, and have a use case of their own."""


class TicketError(Refused):
    """Not allowed with a ticket."""


def exits(state: str, actor: Actor) -> tuple[str, ...]:
    """List where this side may move a ticket that is in a state."""
    return tuple(target for target, who in MOVES[state].items() if actor in who)


def move(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, state: str, text: str) -> None:
    """Change the state along MOVES. Raises TicketError, and then nothing is changed."""
    if state not in exits(ticket.state, author.actor):
        raise TicketError("move_not_allowed")
    if _owes_text(ticket.state, state, author) and not text.strip():
        raise TicketError("empty_text")
    old, ticket.state = ticket.state, state
    ticket.closed_at = now if state in CLOSED else None
    if state in STANDS_STILL:
        sla.stop(desk, ticket, now)
        ticket.waits_for_place = False
    elif not ticket.waits_for_place:
        sla.resume(desk, ticket, now)
    if old in TOLD:
        callbacks.call_off(session, ticket, now)
    ticket.rejections += state == "rejected"
    ticket.feedback_due_at = now if state in TOLD else None
    ticket.answers += state in TOLD
    history.write(session, ticket, now, author, "state", old=old, new=state, text=text.strip())


def _owes_text(old: str, new: str, author: Author) -> bool:
    """Say whether a reason is due: for what needs one, and for taking a closed ticket up again."""
    return new in NEEDS_TEXT or (old in CLOSED and author.actor != "citizen")

"""A ticket's history: who did what, when, and in what words; only ever added to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from db.models import Ticket, TicketEvent
from db.queries import words
from db.session import Session, append
from ivr.services import call_log

Actor = Literal["desk", "unit", "citizen", "system"]
ACTORS: dict[str, Actor] = {
    "operator": "desk",
    "supervisor": "desk",
    "administrator": "desk",
    "unit": "unit",
    "district": "unit",
}


@dataclass(frozen=True)
class Author:
    """Who acts: a name for the history, and the side they act for."""

    name: str
    actor: Actor


CITIZEN = Author("citizen", "citizen")
SYSTEM = Author("system", "system")


def staff(name: str, role: str) -> Author:
    """Make the author that a user of this role is. Raises KeyError for a role that may not act."""
    return Author(name, ACTORS[role])


def write(
    session: Session,
    ticket: Ticket,
    now: datetime,
    author: Author,
    kind: str,
    *,
    old: str = "",
    new: str = "",
    text: str = "",
) -> None:
    """Add a line, and make the ticket as new as it."""
    if ticket.changed_at != now:
        ticket.changed_at = now
    append(
        session, TicketEvent(ticket_id=ticket.id, at=now, author=author.name, kind=kind, old=old, new=new, text=text)
    )
    call_log.write_down(session, ticket.call_id, text)
    session.flush()
    write_down(session, ticket, text)


def write_down(session: Session, ticket: Ticket, text: str) -> None:
    """Let a ticket be found by these words."""
    if text.strip():
        words.add(session, ticket.id, call_log.searchable(text))

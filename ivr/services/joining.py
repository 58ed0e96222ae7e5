"""Repeats: reports of one thing are joined to one ticket, "+1 caller"; everybody who reported it hears the result."""

from datetime import datetime, timedelta

from db.models import Ticket
from db.queries import tickets
from db.session import Session
from ivr.services import history, life
from ivr.services.desk import Desk
from ivr.services.history import Author
from ivr.services.life import TicketError

OPEN = tuple(state for state in life.MOVES if state not in life.CLOSED)
SHOWN = 10


def candidates(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> list[Ticket]:
    """List open tickets of the last days that may be about the same: of the same number, or subject and district."""
    since = min(ticket.opened_at, now) - timedelta(days=desk.config.tickets.join_days)
    return tickets.alike(session, ticket, OPEN, since, SHOWN)


def join(session: Session, desk: Desk, now: datetime, ticket: Ticket, main: Ticket, author: Author) -> None:
    """Join a ticket to the one it repeats; what was joined to it comes along. Raises TicketError."""
    if main.id == ticket.id or main.state not in OPEN:
        raise TicketError("cannot_join")
    life.move(session, desk, now, ticket, author, "duplicate", main.code)
    ticket.duplicate_of = main.id
    for follower in list(ticket.joined):
        follower.duplicate_of = main.id
    session.flush()
    session.expire(main, ["joined"])
    session.expire(ticket, ["joined"])
    if main.state == "answered":
        main.feedback_due_at = now
    history.write(session, main, now, author, "joined", new=ticket.code)


def part(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, text: str) -> None:
    """Take a ticket out again that was joined by mistake. Raises TicketError."""
    main = ticket.main
    if main is None:
        raise TicketError("move_not_allowed")
    life.move(session, desk, now, ticket, author, "in_progress", text)
    ticket.duplicate_of = None
    session.flush()
    session.expire(main, ["joined"])
    history.write(session, main, now, author, "parted", new=ticket.code)

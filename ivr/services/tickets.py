"""A ticket's life: opened by a call, worked by the desk, every step in its history."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from db.models import Call, Recording, Ticket, TicketEvent
from db.queries import tickets
from db.session import Session, insert_once
from ivr.services import codes
from ivr.services.desk import Desk

UNKNOWN_DISTRICT = "unknown"
UNKNOWN_CATEGORY = "other"
DRAWS = 20
CITIZEN, SYSTEM = "citizen", "system"
CLOSED = frozenset({"confirmed", "closed_unconfirmed", "not_feasible", "out_of_scope", "duplicate"})
NEEDS_TEXT = frozenset({"answered", "rejected", "not_feasible", "out_of_scope", "duplicate"})
_ENDINGS = ("not_feasible", "out_of_scope", "duplicate")
MOVES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "new": ("referred", "in_progress", "answered", *_ENDINGS),
        "referred": ("in_progress", "answered", *_ENDINGS),
        "in_progress": ("referred", "answered", *_ENDINGS),
        "answered": ("confirmed", "rejected", "closed_unconfirmed"),
        "rejected": ("referred", "in_progress", "answered", "not_feasible", "out_of_scope"),
        "confirmed": ("rejected",),
        "closed_unconfirmed": ("rejected", "confirmed"),
        "not_feasible": ("in_progress",),
        "out_of_scope": ("in_progress",),
        "duplicate": ("in_progress",),
    }
)


class TicketError(ValueError):
    """Not allowed; `reason` names the words for it in the labels."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Conflict(TicketError):
    """Somebody else changed the ticket meanwhile."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__("changed_meanwhile")
        self.ticket = ticket


def open_for(session: Session, desk: Desk, call: Call, category: str, district: str, now: datetime) -> Ticket:
    """Open this call's ticket, or give the one it has: asking twice opens one."""
    if existing := tickets.of_call(session, call):
        return existing[0]
    subject = desk.catalogue.category(category)
    for _ in range(DRAWS):
        ticket = Ticket(
            code=codes.draw(),
            call_id=call.id,
            category=category,
            district=district,
            unit=subject.unit,
            priority=subject.priority,
            caller=call.caller,
            opened_at=now,
            changed_at=now,
            due_at=now + timedelta(hours=subject.sla_hours),
        )
        if insert_once(session, ticket):
            _write(session, ticket, now, CITIZEN, "opened")
            return ticket
        if existing := tickets.of_call(session, call):
            return existing[0]
    raise RuntimeError("no free tracking code was drawn")


def attach(session: Session, ticket: Ticket, recording: Recording, kind: str, now: datetime) -> None:
    """Hang a voice on a ticket, once."""
    if recording.ticket_id is not None:
        return
    recording.ticket_id, recording.kind, recording.replaced = ticket.id, kind, False
    if kind != "issue":
        _touch(ticket, now)
        _write(session, ticket, now, CITIZEN, "recording", new=kind)


def edit(session: Session, ticket_id: int, version: int) -> Ticket:
    """Lock a ticket for a change. Raises Conflict if it is not the version that was looked at, TicketError if none."""
    ticket = tickets.get(session, ticket_id, lock=True)
    if ticket is None:
        raise TicketError("unknown_ticket")
    if ticket.version != version:
        raise Conflict(ticket)
    return ticket


def note(session: Session, now: datetime, ticket: Ticket, author: str, text: str) -> None:
    """Write a note into the history. Raises TicketError for an empty one."""
    if not text.strip():
        raise TicketError("empty_text")
    _touch(ticket, now)
    _write(session, ticket, now, author, "note", text=text.strip())


def move(session: Session, now: datetime, ticket: Ticket, author: str, state: str, text: str) -> None:
    """Change the state along MOVES. Raises TicketError, and then nothing is changed."""
    if state not in MOVES[ticket.state]:
        raise TicketError("move_not_allowed")
    if state in NEEDS_TEXT and not text.strip():
        raise TicketError("empty_text")
    old, ticket.state = ticket.state, state
    ticket.closed_at = now if state in CLOSED else None
    _touch(ticket, now)
    _write(session, ticket, now, author, "state", old=old, new=state, text=text.strip())


def set_category(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: str, category: str) -> None:
    """Set the subject, and with it unit, priority and due time. Raises TicketError for one that is not listed."""
    if category not in desk.catalogue.category_codes():
        raise TicketError("unknown_category")
    if category == ticket.category:
        return
    subject = desk.catalogue.category(category)
    old, ticket.category = ticket.category, category
    ticket.unit, ticket.priority = subject.unit, subject.priority
    ticket.due_at = ticket.opened_at + timedelta(hours=subject.sla_hours)
    _touch(ticket, now)
    _write(session, ticket, now, author, "category", old=old, new=category)


def set_district(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: str, district: str) -> None:
    """Set the district. Raises TicketError for one that does not exist."""
    if district not in desk.catalogue.district_codes():
        raise TicketError("unknown_district")
    if district == ticket.district:
        return
    old, ticket.district = ticket.district, district
    _touch(ticket, now)
    _write(session, ticket, now, author, "district", old=old, new=district)


def callback_done(session: Session, ticket: Ticket, now: datetime, author: str, disposition: str, text: str) -> None:
    """Tell the history what came of calling the citizen."""
    _touch(ticket, now)
    _write(session, ticket, now, author, "callback", new=disposition, text=text)


def _touch(ticket: Ticket, now: datetime) -> None:
    ticket.changed_at = now


def _write(
    session: Session,
    ticket: Ticket,
    now: datetime,
    author: str,
    kind: str,
    *,
    old: str = "",
    new: str = "",
    text: str = "",
) -> None:
    session.add(TicketEvent(ticket_id=ticket.id, at=now, author=author, kind=kind, old=old, new=new, text=text))
    session.flush()

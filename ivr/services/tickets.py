"""A ticket: opened by a call or by the desk, changed under its version."""

from dataclasses import dataclass
from datetime import datetime

from db.models import Call, Recording, Ticket
from db.queries import tickets
from db.session import Session, insert_once, write
from ivr.services import call_log, callbacks, codes, history, sla
from ivr.services.desk import Desk
from ivr.services.history import CITIZEN, Author
from ivr.services.life import TicketError

UNKNOWN_DISTRICT = "unknown"
UNKNOWN_CATEGORY = "other"
DRAWS = 20


class Conflict(TicketError):
    """Somebody else changed the ticket meanwhile."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__("changed_meanwhile")
        self.ticket = ticket


@dataclass(frozen=True)
class Report:
    """What a ticket is opened with, whoever heard it."""

    category: str
    district: str
    caller: str | None
    source: str = "voice"
    address: str = ""
    description: str = ""


def open_for(session: Session, desk: Desk, call: Call, category: str, district: str, now: datetime) -> Ticket:
    """Open this call's ticket, or give the one it has: asking twice opens one."""
    if existing := tickets.of_call(session, call):
        return existing[0]
    return open_ticket(session, desk, Report(category, district, call.caller), CITIZEN, now, call)


def open_ticket(
    session: Session, desk: Desk, report: Report, author: Author, now: datetime, call: Call | None = None
) -> Ticket:
    """Open a ticket under a new tracking code; of a call, the one it has if somebody was quicker."""
    for _ in range(DRAWS):
        ticket = _drawn(desk, report, now, call)
        if insert_once(session, ticket):
            history.write(session, ticket, now, author, "opened", text=report.description)
            history.write_down(session, ticket, report.address)
            return ticket
        if call is not None and (existing := tickets.of_call(session, call)):
            return existing[0]
    raise RuntimeError("no free tracking code was drawn")


def _drawn(desk: Desk, report: Report, now: datetime, call: Call | None) -> Ticket:
    subject = desk.catalogue.category(report.category)
    return Ticket(
        code=codes.draw(),
        call_id=call.id if call else None,
        category=report.category,
        district=report.district,
        unit=subject.unit,
        priority=subject.priority,
        caller=report.caller,
        source=report.source,
        address=report.address,
        description=report.description,
        opened_at=now,
        changed_at=now,
        due_at=sla.due(desk, report.category, now),
    )


def attach(session: Session, ticket: Ticket, recording: Recording, kind: str, now: datetime) -> None:
    """Hang a voice on a ticket, once."""
    if recording.ticket_id is not None:
        return
    recording.ticket_id, recording.kind, recording.replaced = ticket.id, kind, False
    write(session, recording)
    if kind != "issue":
        history.write(session, ticket, now, CITIZEN, "recording", new=kind)


def edit(session: Session, ticket_id: int, version: int) -> Ticket:
    """Lock a ticket for a change. Raises Conflict if it is not the version that was looked at, TicketError if none."""
    ticket = tickets.get(session, ticket_id, lock=True)
    if ticket is None:
        raise TicketError("unknown_ticket")
    if ticket.version != version:
        raise Conflict(ticket)
    return ticket


def note(session: Session, now: datetime, ticket: Ticket, author: Author, text: str) -> None:
    """Write a note into the history. Raises TicketError for an empty one."""
    if not text.strip():
        raise TicketError("empty_text")
    history.write(session, ticket, now, author, "note", text=text.strip())


def set_category(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, category: str) -> None:
    """Set the subject, and with it unit, priority and due time. Raises TicketError for one that is not listed."""
    if category not in desk.catalogue.category_codes():
        raise TicketError("unknown_category")
    if category == ticket.category:
        return
    subject = desk.catalogue.category(category)
    old, ticket.category = ticket.category, category
    ticket.unit, ticket.priority = subject.unit, subject.priority
    sla.judge_anew(desk, ticket, now)
    callbacks.rank_anew(session, desk, ticket)
    call_log.follow(session, ticket)
    history.write(session, ticket, now, author, "category", old=old, new=category)


def set_district(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, district: str) -> None:
    """Set the district. Raises TicketError for one that does not exist."""
    if district not in desk.catalogue.district_codes():
        raise TicketError("unknown_district")
    if district == ticket.district:
        return
    old, ticket.district = ticket.district, district
    call_log.follow(session, ticket)
    history.write(session, ticket, now, author, "district", old=old, new=district)

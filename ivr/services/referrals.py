"""Who is to answer a ticket: referred, taken up, answered, passed on, handed to another body."""

from datetime import datetime

from db.models import Ticket
from db.session import Session
from ivr.catalogue import Catalogue
from ivr.services import callbacks, history, life, sla
from ivr.services.desk import Desk
from ivr.services.history import SYSTEM, Author
from ivr.services.life import TicketError

ANSWER_KINDS = ("done", "planned", "explained")
OWN_DISTRICT = "district"  # in units.yaml: the unit that is the ticket's own district


def holders(catalogue: Catalogue) -> tuple[str, ...]:
    """List who may hold a ticket: the districts, and the city's own units."""
    districts = tuple(f"district.{district.code}" for district in catalogue.districts)
    own = (unit.code for unit in catalogue.units if not unit.external and unit.code != OWN_DISTRICT)
    return (*districts, *(f"unit.{code}" for code in own))


def bodies(catalogue: Catalogue) -> tuple[str, ...]:
    """List the bodies outside the city that a ticket can be handed to."""
    return tuple(f"unit.{unit.code}" for unit in catalogue.units if unit.external)


def natural_holder(desk: Desk, ticket: Ticket) -> str:
    """Say who should answer by subject and district; "" where the district is not known."""
    holder = f"unit.{ticket.unit}"
    if ticket.unit == OWN_DISTRICT:
        holder = f"district.{ticket.district}"
    return holder if holder in holders(desk.catalogue) else ""


def refer(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, holder: str, text: str) -> None:
    """Give a ticket to a district or unit. Raises TicketError; a unit that passes on says why."""
    if holder not in holders(desk.catalogue):
        raise TicketError("unknown_holder")
    if holder == ticket.holder and ticket.state != "rejected":
        raise TicketError("already_there")
    if author.actor == "unit" and not text.strip():
        raise TicketError("empty_text")
    life.move(session, desk, now, ticket, author, "referred", text)
    old, ticket.holder = ticket.holder, holder
    history.write(session, ticket, now, author, "referral", old=old, new=holder)


def answer(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, kind: str, text: str) -> None:
    """Answer a ticket; its citizens will be asked whether it is true. Raises TicketError."""
    if kind not in ANSWER_KINDS:
        raise TicketError("unknown_answer_kind")
    life.move(session, desk, now, ticket, author, "answered", text)
    ticket.answer, ticket.answer_kind = text.strip(), kind
    ticket.answered_at = now
    ticket.first_answered_at = ticket.first_answered_at or now
    history.write(session, ticket, now, author, "answer", new=kind)


def hand_over(
    session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, body: str, text: str
) -> None:
    """Hand a ticket to a body outside the city, counted apart. Raises TicketError."""
    if body not in bodies(desk.catalogue):
        raise TicketError("unknown_body")
    life.move(session, desk, now, ticket, author, "out_of_scope", text)
    old, ticket.holder = ticket.holder, body
    history.write(session, ticket, now, author, "referral", old=old, new=body)


def ask_place(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, text: str) -> None:
    """Ask the operators for an address that is missing; the clock stands still, and the citizen is to be called."""
    if ticket.state not in ("referred", "in_progress", "rejected") or ticket.waits_for_place:
        raise TicketError("move_not_allowed")
    if not text.strip():
        raise TicketError("empty_text")
    ticket.waits_for_place = True
    sla.stop(desk, ticket, now)
    history.write(session, ticket, now, author, "ask_place", text=text.strip())
    if ticket.caller and desk.callable(ticket.caller):
        callbacks.owe(session, desk, ticket, ticket.caller, "clarify", now)


def set_place(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, address: str) -> None:
    """Write down where it is; a holder who waited for it goes on. Raises TicketError for an empty one."""
    if not address.strip():
        raise TicketError("empty_text")
    old, ticket.address = ticket.address, address.strip()
    history.write(session, ticket, now, author, "place", text=ticket.address if old != ticket.address else "")
    _go_on(desk, ticket, now)


def place_told(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, address: str) -> None:
    """Go on after the citizen was asked where it is, whether they could say or could not be reached."""
    if address.strip():
        set_place(session, desk, now, ticket, author, address)
    else:
        _go_on(desk, ticket, now)
        history.write(session, ticket, now, SYSTEM, "place_unknown")


def _go_on(desk: Desk, ticket: Ticket, now: datetime) -> None:
    if ticket.waits_for_place:
        ticket.waits_for_place = False
        sla.resume(desk, ticket, now)

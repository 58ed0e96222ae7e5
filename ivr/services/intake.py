"""A call that an operator takes live: written down while talking, and a ticket at the end."""

from dataclasses import dataclass
from datetime import datetime

from db.models import Ticket
from db.session import Session
from ivr.services import callbacks, referrals, tickets
from ivr.services.desk import Desk
from ivr.services.history import Author
from ivr.services.life import TicketError


@dataclass(frozen=True)
class Taken:
    """What was written down. `number` is as somebody writes it, or empty for a caller who will not say."""

    number: str
    category: str
    district: str
    address: str
    description: str
    refer: bool = False
    callback: bool = False
    window: str = ""


def take(session: Session, desk: Desk, now: datetime, author: Author, taken: Taken) -> Ticket:
    """Open the ticket, and refer it or queue a callback if wished. Raises TicketError, and then nothing is kept."""
    caller = desk.plan.parse(taken.number) or desk.plan.keyed(taken.number) if taken.number else None
    _check(desk, taken, caller)
    report = tickets.Report(
        taken.category, taken.district, caller, "operator", taken.address.strip(), taken.description.strip()
    )
    ticket = tickets.open_ticket(session, desk, report, author, now)
    if taken.refer:
        holder = referrals.natural_holder(desk, ticket)
        if not holder:
            raise TicketError("no_natural_holder")
        referrals.refer(session, desk, now, ticket, author, holder, "")
    if taken.callback:
        wanted = callbacks.Wanted(caller or "", "clarify", None, ticket, taken.window)
        if callbacks.request(session, desk, wanted, now) is None:
            raise TicketError("number_not_allowed")
    return ticket


def _check(desk: Desk, taken: Taken, caller: str | None) -> None:
    if taken.number and caller is None:
        raise TicketError("bad_number")
    if taken.category not in desk.catalogue.category_codes():
        raise TicketError("unknown_category")
    if taken.district not in desk.catalogue.district_codes():
        raise TicketError("unknown_district")
    if not taken.description.strip():
        raise TicketError("empty_text")

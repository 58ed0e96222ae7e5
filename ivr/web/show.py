"""How facts look on a Persian page: moments, spans, numbers, names."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from db.models import Call, Ticket
from ivr import persian
from ivr.phone import ALIAS
from ivr.web import addresses
from ivr.web.labels import word
from ivr.web.shell import shell

HALF_OF_THE_TIME = 0.5


class Entry(Protocol):
    """What every list of the catalogue is made of."""

    @property
    def name(self) -> str: ...


def digits(value: object) -> str:
    return persian.persian_digits(str(value))


def jalali(moment: datetime) -> str:
    return digits(persian.jalali(moment, shell().desk.zone))


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def code(tracking_code: str) -> str:
    """Group a tracking code as it is spoken: 3, 3 and 4."""
    return digits(f"{tracking_code[:3]} {tracking_code[3:6]} {tracking_code[6:]}")


def phone(number: str) -> str:
    """Write a number as people here do; one that was forgotten has only its alias left."""
    if ALIAS.fullmatch(number):
        return word("forgotten", "number")
    return digits(shell().desk.plan.national(number))


def category(of_ticket: str) -> str:
    return _name(shell().desk.catalogue.category, of_ticket)


def district(of_ticket: str) -> str:
    return _name(shell().desk.catalogue.district, of_ticket)


def unit(of_ticket: str) -> str:
    return _name(shell().desk.catalogue.unit, of_ticket)


def holder(of_ticket: str) -> str:
    """Name who has a ticket to answer: "district.3", "unit.parks", or nobody yet."""
    kind, _, code_of_holder = of_ticket.partition(".")
    if not kind:
        return word("nobody", "holder")
    return district(code_of_holder) if kind == "district" else unit(code_of_holder)


def masked(number: str) -> str:
    """Show only the end of a number, to those who need not call it."""
    return digits(f"…{number[-4:]}")


def _name(find: Callable[[str], Entry], code_of_entry: str) -> str:
    """Name an entry of a list; a ticket may be older than the list, and then its code must do."""
    try:
        return find(code_of_entry).name
    except KeyError:
        return word(code_of_entry, "district")


def clock(seconds: float | None) -> str:
    """Write a length as a player shows it: 1:07."""
    minutes, rest = divmod(round(seconds or 0), 60)
    return digits(f"{minutes}:{rest:02}")


def since(moment: datetime) -> str:
    return span(shell().now() - moment)


def span(length: timedelta) -> str:
    """Say a length by its largest unit."""
    minutes = int(length.total_seconds() // 60)
    for unit_name, size in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if minutes >= size:
            return word(unit_name, "span").format(n=digits(minutes // size))
    return word("now", "span")


def archive(month: str) -> str:
    """Say in which month's archive, 1403-05, something lies."""
    year, number = month.split("-")
    return word("archived", "call").format(month=digits(f"{persian.month_name(int(number))} {year}"))


def called(disposition: str) -> str:
    """Say what a call was; of one that was given up, where."""
    kind, _, node = disposition.partition(":")
    words = word(kind or "none", "call_disposition")
    return f"{words}: {word(node, 'node')}" if node else words


def handler(call: Call) -> str:
    """Say who had a call: an operator, the menu, or the hotline itself."""
    if call.handler is not None:
        return call.handler.full_name or call.handler.name
    return word("menu" if call.direction == "inbound" else "machine", "by")


def ageing(ticket: Ticket) -> str:
    """Judge a waiting ticket against its promise: fresh, soon, late; still or done when nothing is owed now."""
    if ticket.closed_at:
        return "done"
    if ticket.clock_left is not None:
        return "still"
    now = shell().now()
    if now >= ticket.due_at:
        return "late"
    waited, promised = now - ticket.opened_at, ticket.due_at - ticket.opened_at
    return "soon" if waited >= promised * HALF_OF_THE_TIME else "fresh"


def due(ticket: Ticket) -> str:
    """Say how long a ticket still has, or for how long it is late."""
    left = ticket.due_at - shell().now()
    return word("left" if left > timedelta(0) else "over", "span").format(span=span(abs(left)))


FILTERS = {
    "fa": digits,
    "jalali": jalali,
    "iso": iso,
    "code": code,
    "phone": phone,
    "category": category,
    "district": district,
    "unit": unit,
    "holder": holder,
    "masked": masked,
    "clock": clock,
    "since": since,
    "ageing": ageing,
    "due": due,
    "called": called,
    "archive": archive,
    "handler": handler,
    "word": word,
    "voice_address": addresses.signed,
}

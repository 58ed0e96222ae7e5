"""By when a ticket is to be answered: urgent ones round the clock, others in office time; the clock can stand still."""

from datetime import datetime, timedelta

from db.models import Ticket
from ivr.services.desk import Desk

ROUND_THE_CLOCK = "urgent"


def due(desk: Desk, category: str, opened: datetime) -> datetime:
    """Give the moment by which a ticket of this category, opened then, is to be answered."""
    subject = desk.catalogue.category(category)
    return _after(desk, subject.priority, opened, timedelta(hours=subject.sla_hours))


def stop(desk: Desk, ticket: Ticket, now: datetime) -> None:
    """Let the clock stand still: the next step is not the unit's."""
    if ticket.clock_left is None:
        ticket.clock_left = int(_between(desk, ticket.priority, now, ticket.due_at).total_seconds())


def resume(desk: Desk, ticket: Ticket, now: datetime) -> None:
    """Let the clock run on with what was left; a ticket that was late already stays late."""
    if ticket.clock_left is not None and ticket.clock_left > 0:
        ticket.due_at = _after(desk, ticket.priority, now, timedelta(seconds=ticket.clock_left))
    ticket.clock_left = None


def judge_anew(desk: Desk, ticket: Ticket, now: datetime) -> None:
    """Count from the opening again, when the subject has changed."""
    stood_still = ticket.clock_left is not None
    ticket.due_at, ticket.clock_left = due(desk, ticket.category, ticket.opened_at), None
    if stood_still:
        stop(desk, ticket, now)


def _after(desk: Desk, priority: str, moment: datetime, work: timedelta) -> datetime:
    return moment + work if priority == ROUND_THE_CLOCK else desk.office.after(moment, work)


def _between(desk: Desk, priority: str, earlier: datetime, later: datetime) -> timedelta:
    if priority == ROUND_THE_CLOCK:
        return max(later - earlier, timedelta())
    return desk.office.between(earlier, later)

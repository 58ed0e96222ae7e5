"""Was it solved? The hotline asks whoever reported a ticket, and the ticket goes on by what they say."""

import secrets
from datetime import datetime, timedelta

from db.models import Callback, Ticket
from db.queries import callbacks as queue
from db.queries import tickets
from db.session import Session
from ivr.services import call_log, callbacks, history, hours, life
from ivr.services.desk import Desk
from ivr.services.history import CITIZEN, SYSTEM, Author

CONFIRMED, REJECTED, UNREACHABLE = "confirmed", "rejected", "unreachable"
WHOLE = 100
LOOK_AGAIN = timedelta(minutes=5)


def owe(session: Session, desk: Desk, now: datetime, limit: int) -> None:
    """Queue the calls that answers owe: whether it is solved, or why it will not be; a number in the queue waits."""
    for ticket in tickets.owing_feedback(session, now, limit):
        asked = {callback.number for callback in queue.told_of(session, ticket.id, ticket.answers)}
        left = [number for number in _numbers(desk, ticket) if number not in asked]
        queued = [number for number in left if _queue(session, desk, ticket, number, now)]
        ticket.feedback_due_at = now + LOOK_AGAIN if len(queued) < len(left) else None
        settle(session, desk, ticket, now)


def _numbers(desk: Desk, ticket: Ticket) -> list[str]:
    """List every caller who reported it and can be called, each once."""
    callers = dict.fromkeys(one.caller for one in (ticket, *ticket.joined))
    return [number for number in callers if number and desk.callable(number)]


def _queue(session: Session, desk: Desk, ticket: Ticket, number: str, now: datetime) -> bool:
    """Ask by machine, but for a share, whether it is solved; that it cannot be is told by a person."""
    kind = "feedback" if ticket.state == "answered" else "result"
    callback = callbacks.owe(session, desk, ticket, number, kind, now)
    if callback is not None and kind == "feedback":
        callback.machine = secrets.randbelow(WHOLE) >= desk.config.feedback.person_percent
        session.flush()
    return callback is not None


def dial_due(session: Session, desk: Desk, now: datetime) -> None:
    """Begin the calls that the hotline makes by itself: not in quiet hours, and only a few at once."""
    limits = desk.config.feedback
    if not hours.now_open(desk.config.callbacks, desk.local(now)) or callbacks.day_is_spent(session, desk, now):
        return
    free = limits.calls_at_once - queue.machine_busy(session)
    for callback in queue.machine_due(session, now, free) if free > 0 else ():
        if stale(callback):
            callbacks.end(callback, now, "done", "")
            continue
        callbacks.begin_try(session, callback, now, callback.number, None)


def stale(callback: Callback) -> bool:
    """Say whether the answer that this call asks about is no longer the ticket's last word."""
    ticket = callback.ticket
    return ticket is None or ticket.state != "answered" or ticket.answers != callback.answer_no


def heard(
    session: Session,
    desk: Desk,
    callback: Callback,
    now: datetime,
    *,
    solved: bool,
    text: str = "",
    by: Author = CITIZEN,
) -> bool:
    """Take what a citizen said of the answer; a word that comes late or twice moves nothing. Say if it counted."""
    ticket = callback.ticket
    if ticket is None or callback.outcome:
        return False
    callback.outcome = CONFIRMED if solved else REJECTED
    if stale(callback):
        history.write(session, ticket, now, CITIZEN, "feedback", new=callback.outcome, text=text.strip())
        return False
    author = Author(by.name, "citizen")
    if solved:
        history.write(session, ticket, now, author, "feedback", new=CONFIRMED, text=text.strip())
    else:
        life.move(session, desk, now, ticket, author, "rejected", text)
    session.flush()
    return True


def call_ended(session: Session, desk: Desk, callback: Callback, now: datetime, disposition: str) -> None:
    """Close a call that the hotline made by itself, or have it due again; after the last try nobody was reached."""
    limits = desk.config.feedback
    callback.disposition = disposition
    for attempt in callback.attempts[-1:]:
        call_log.tried(session, attempt.id, disposition)
    if callback.outcome or stale(callback):
        callbacks.end(callback, now, "done", callback.outcome)
    elif callback.tries >= limits.max_tries:
        callbacks.end(callback, now, "given_up", UNREACHABLE)
    else:
        again = now + timedelta(minutes=limits.retry_minutes)
        callback.state = "due_again"
        callback.claimed_until = None
        callback.due_at = hours.opening(desk.config.callbacks, desk.local(again), callback.window)
    session.flush()
    closed(session, desk, callback, now)


def closed(session: Session, desk: Desk, callback: Callback, now: datetime) -> None:
    """Let the ticket go on when one of its feedback calls has come to an end."""
    if callback.closed_at is None or callback.ticket is None:
        return
    callback.outcome = callback.outcome or UNREACHABLE
    ticket = tickets.get(session, callback.ticket.id, lock=True)
    if ticket is not None and ticket.answers == callback.answer_no:
        settle(session, desk, ticket, now)


def settle(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """Close an answered ticket once everybody who can be asked was asked: confirmed if one said so and none denied."""
    calls = queue.told_of(session, ticket.id, ticket.answers)
    if ticket.state != "answered" or ticket.feedback_due_at or any(call.closed_at is None for call in calls):
        return
    if any(call.outcome == CONFIRMED for call in calls):
        life.move(session, desk, now, ticket, CITIZEN, "confirmed", "")
    else:
        life.move(session, desk, now, ticket, SYSTEM, "closed_unconfirmed", "")

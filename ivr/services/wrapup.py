"""Wrapping up a callback: what came of the call, in a word that decides what happens next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from db.models import Callback, User
from db.session import Session
from ivr.services import call_log, feedback, history, hours, referrals
from ivr.services.callbacks import CallbackError
from ivr.services.desk import Desk

DISPOSITIONS = ("reached", "no_answer", "busy", "unreachable", "wrong_number", "machine", "call_again")
FINAL = frozenset({"reached", "wrong_number"})
LATEST_AGAIN = timedelta(days=30)
_BY_STATUS = {"busy": "busy", "no-answer": "no_answer", "failed": "unreachable", "canceled": "no_answer"}


@dataclass(frozen=True)
class Result:
    """What the operator says came of it; `solved` ("yes", "no") is owed when feedback was asked for and given."""

    disposition: str
    note: str = ""
    again_at: datetime | None = None
    solved: str = ""
    address: str = ""


def suggested(callback: Callback) -> str:
    """Read the disposition off what the telephones reported, for the operator to confirm."""
    if not callback.attempts:
        return ""
    last = callback.attempts[-1]
    if last.seconds or last.citizen_status in ("in-progress", "answered", "completed"):
        return "reached"
    return _BY_STATUS.get(last.citizen_status, "")


def wrap_up(session: Session, desk: Desk, callback: Callback, user: User, now: datetime, result: Result) -> None:
    """Close it, have it due again, or give it up. Raises CallbackError, and then nothing is changed."""
    _check(callback, result, now)
    callback.disposition, callback.note = result.disposition, result.note.strip()
    callback.claimed_by = callback.claimed_until = None
    for attempt in callback.attempts[-1:]:
        attempt.wrapped_at = now
        call_log.tried(session, attempt.id, result.disposition, result.note)
    if callback.ticket is None:
        call_log.write_down(session, callback.call_id, result.note)
    if result.disposition in FINAL:
        callback.state, callback.closed_at = "done", now
    elif result.disposition != "call_again" and callback.tries >= desk.config.callbacks.max_tries:
        callback.state, callback.closed_at = "given_up", now
    else:
        again = result.again_at or now + timedelta(minutes=desk.config.callbacks.retry_minutes)
        window = "" if result.again_at else callback.window
        callback.window = window
        callback.state, callback.due_at = "due_again", hours.opening(desk.config.callbacks, desk.local(again), window)
    session.flush()
    _tell_ticket(session, desk, callback, user, now, result)


def _check(callback: Callback, result: Result, now: datetime) -> None:
    again = result.again_at
    if result.disposition not in DISPOSITIONS:
        raise CallbackError("unknown_disposition")
    if result.disposition == "call_again" and (again is None or not now < again < now + LATEST_AGAIN):
        raise CallbackError("bad_time")
    if callback.type == "feedback" and result.disposition == "reached" and result.solved not in ("yes", "no"):
        raise CallbackError("solved_or_not")


def _tell_ticket(session: Session, desk: Desk, callback: Callback, user: User, now: datetime, result: Result) -> None:
    """Write it into the ticket's history, and let the ticket go on from there."""
    ticket = callback.ticket
    if ticket is None:
        return
    author = history.staff(user.name, user.role)
    history.write(session, ticket, now, author, "callback", new=result.disposition, text=result.note.strip())
    if callback.type == "feedback" and result.disposition == "reached":
        feedback.heard(session, desk, callback, now, solved=result.solved == "yes", text=result.note, by=author)
    if callback.closed_at is not None and callback.type == "feedback":
        feedback.closed(session, desk, callback, now)
    if callback.type == "clarify" and ticket.waits_for_place and callback.closed_at is not None:
        referrals.place_told(session, desk, now, ticket, author, result.address)

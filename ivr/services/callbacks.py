"""The callback queue: promised, claimed under a lease, dialled, wrapped up; nobody loses their place."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from db.models import Attempt, Call, Callback, Ticket, User
from db.queries import callbacks as queue
from db.session import Session, after_commit
from ivr.services import hours
from ivr.services.desk import Desk
from ivr.services.errors import Refused

DIAL = "ivr.jobs.dial_attempt"
TYPES = ("intake", "clarify", "result", "feedback", "live")


class CallbackError(Refused):
    """Not allowed with a callback."""


@dataclass(frozen=True)
class Wanted:
    """A call that somebody asks for; `window` is when: "" for any time, else morning, afternoon or evening."""

    number: str
    type: str
    call: Call | None
    ticket: Ticket | None
    window: str = ""


@dataclass(frozen=True)
class Promise:
    """What a caller is told: how many wait before them, and until when they will be called."""

    new: bool
    ahead: int
    day: str
    hour: str


def request(session: Session, desk: Desk, wanted: Wanted, now: datetime) -> Promise | None:
    """Queue a callback, one open per number; None if the number may not be called, or was called for too often."""
    limits = desk.config.callbacks
    if not desk.callable(wanted.number) or wanted.window not in hours.WINDOWS:
        return None
    waiting = queue.open_for(session, wanted.number, lock=True)
    if waiting is None:
        asked = queue.requested_since(session, wanted.number, now - timedelta(days=1))
        if asked >= limits.numbers_per_day:
            return None
    new = waiting is None
    if waiting is None:
        waiting, new = queue.add(session, _new(desk, wanted, now))
    ahead = queue.ahead_of(session, waiting)
    until = hours.promised_until(limits, desk.local(now), ahead, waiting.window)
    if new:
        waiting.promised_at = until
    return Promise(new, ahead, _day(desk, waiting.promised_at, now), _hour(desk, waiting.promised_at))


def owe(session: Session, desk: Desk, ticket: Ticket, number: str, kind: str, now: datetime) -> Callback | None:
    """Queue a call that the city owes a citizen, without a limit on how many; None while the number waits already."""
    callback = _new(desk, Wanted(number, kind, None, ticket), now)
    callback.answer_no = ticket.answers
    if queue.open_for(session, number) is not None or not queue.insert(session, callback):
        return None
    return callback


def _new(desk: Desk, wanted: Wanted, now: datetime) -> Callback:
    urgent = wanted.ticket is not None and wanted.ticket.priority == "urgent"
    return Callback(
        type=wanted.type,
        number=wanted.number,
        urgent=urgent,
        ticket_id=wanted.ticket.id if wanted.ticket else None,
        call_id=wanted.call.id if wanted.call else None,
        window=wanted.window,
        requested_at=now,
        rank_at=_rank(desk, now, urgent=urgent),
        due_at=hours.opening(desk.config.callbacks, desk.local(now), wanted.window),
        promised_at=now,
    )


def _rank(desk: Desk, asked: datetime, *, urgent: bool) -> datetime:
    """Give a request its place: an urgent one stands as if it had come earlier by a head start.

    So urgent ones go first, and yet nobody starves: whoever has waited longer than the head start goes before them.
    """
    return asked - timedelta(minutes=desk.config.callbacks.urgent_head_start_minutes) if urgent else asked


def end(callback: Callback, now: datetime, state: str, outcome: str) -> None:
    """Close a callback: "done" or "given_up", and what came of it."""
    callback.state, callback.outcome = state, outcome
    callback.closed_at, callback.claimed_until = now, None


def call_off(session: Session, ticket: Ticket, now: datetime) -> None:
    """Let nobody be called any more about an answer that is not the ticket's last word now."""
    for callback in queue.open_of(session, ticket.id):
        if callback.type in queue.OF_ANSWERS and callback.state in queue.WAITING:
            end(callback, now, "done", "")


def rank_anew(session: Session, desk: Desk, ticket: Ticket) -> None:
    """Give a ticket's open callbacks the lane of its new priority."""
    for callback in queue.open_of(session, ticket.id):
        callback.urgent = ticket.priority == "urgent"
        callback.rank_at = _rank(desk, callback.requested_at, urgent=callback.urgent)


def _day(desk: Desk, moment: datetime, now: datetime) -> str:
    days = (desk.local(moment).date() - desk.local(now).date()).days
    return {0: "today", 1: "tomorrow"}.get(days, "later" if days > 0 else "today")


def _hour(desk: Desk, moment: datetime) -> str:
    return f"{desk.local(moment):%H}".lstrip("0") or "0"


def claim_next(session: Session, desk: Desk, user: User, now: datetime) -> Callback | None:
    """Give the operator the next in fair order, or the one they hold already."""
    held = queue.held_by(session, user.id)
    if held is not None:
        return held
    windows = hours.now_open(desk.config.callbacks, desk.local(now))
    return queue.claim_next(session, user.id, now, _lease(desk, now), windows) if windows else None


def claim(session: Session, desk: Desk, callback_id: int, user: User, now: datetime) -> Callback | None:
    """Give the operator this one, if it still waits and they hold no other. Raises CallbackError."""
    held = queue.held_by(session, user.id)
    if held is not None and held.id != callback_id:
        raise CallbackError("holds_another")
    return held or queue.claim(session, callback_id, user.id, _lease(desk, now))


def mine(session: Session, callback_id: int, user: User) -> Callback:
    """Give a callback that this operator holds, locked. Raises CallbackError."""
    callback = queue.get(session, callback_id, lock=True)
    if callback is None or callback.claimed_by != user.id or callback.state not in queue.HELD:
        raise CallbackError("not_yours")
    return callback


def stay(session: Session, desk: Desk, callback_id: int, user: User, now: datetime) -> bool:
    """Keep a claim alive while its operator is there; say whether it is still theirs."""
    callback = queue.get(session, callback_id, lock=True)
    if callback is None or callback.claimed_by != user.id or callback.state not in queue.HELD:
        return False
    if callback.state in ("claimed", "wrap_up"):
        callback.claimed_until = _lease(desk, now)
    return True


def release(session: Session, callback: Callback, now: datetime) -> None:  # noqa: ARG001  # as all use cases
    """Put it back to its place."""
    callback.state = "due_again" if callback.tries else "queued"
    callback.claimed_by = callback.claimed_until = None
    session.flush()


def dial(session: Session, desk: Desk, callback: Callback, user: User, now: datetime, telephone: str = "") -> Attempt:
    """Commit a try; afterwards the user's telephone is asked, or another one. Raises CallbackError."""
    if callback.state not in ("claimed", "wrap_up"):
        raise CallbackError("already_dialling")
    if not desk.callable(callback.number):
        raise CallbackError("number_not_allowed")
    if not hours.now_open(desk.config.callbacks, desk.local(now)):
        raise CallbackError("quiet_hours")
    if day_is_spent(session, desk, now):
        raise CallbackError("day_is_spent")
    telephone = telephone or user.telephone
    if not telephone:
        raise CallbackError("no_telephone")
    callback.claimed_until = _lease(desk, now + timedelta(seconds=desk.config.callbacks.talk_limit_seconds))
    return begin_try(session, callback, now, telephone, user)


def day_is_spent(session: Session, desk: Desk, now: datetime) -> bool:
    """Say whether so much was dialled or talked in 24 hours that something must be wrong; then nobody is dialled."""
    limits = desk.config.callbacks
    dials, seconds = queue.spent_since(session, now - timedelta(days=1))
    return dials >= limits.dials_per_day or seconds >= 60 * limits.talk_minutes_per_day


def begin_try(session: Session, callback: Callback, now: datetime, telephone: str, user: User | None) -> Attempt:
    """Commit a try to a row of its own; without a user it is the hotline's."""
    callback.tries += 1
    callback.state = "dialling"
    attempt = Attempt(
        n=len(callback.attempts) + 1,
        user_id=user.id if user else None,
        telephone=telephone,
        created_at=now,
    )
    callback.attempts.append(attempt)
    session.flush()
    after_commit(session, DIAL, attempt.id)
    return attempt


def return_expired(session: Session, now: datetime, limit: int) -> int:
    """Put back what a vanished operator held; say how many."""
    left = queue.expired(session, now, limit)
    for callback in left:
        release(session, callback, now)
    return len(left)


def _lease(desk: Desk, now: datetime) -> datetime:
    return now + timedelta(seconds=desk.config.callbacks.lease_seconds)

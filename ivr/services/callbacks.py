"""The callback queue: promised, claimed under a lease, dialled, wrapped up; nobody loses their place."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from db.models import Attempt, Call, Callback, Ticket, User
from db.queries import callbacks as queue
from db.session import Session, after_commit
from ivr.config import Callbacks
from ivr.services import tickets
from ivr.services.desk import Desk

DIAL = "ivr.jobs.dial_attempt"
DISPOSITIONS = ("reached", "no_answer", "busy", "wrong_number", "call_again")
FINAL = frozenset({"reached", "wrong_number"})
LATEST_AGAIN = timedelta(days=30)


class CallbackError(ValueError):
    """Not allowed; `reason` names the words for it in the labels."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Wanted:
    """A call that somebody asks for."""

    number: str
    type: str
    call: Call | None
    ticket: Ticket | None


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
    if not desk.plan.callable(wanted.number):
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
    until = promised_until(limits, desk.local(now), ahead)
    if new:
        waiting.promised_at = until
    return Promise(new, ahead, _day(desk, waiting.promised_at, now), _hour(desk, waiting.promised_at))


def _new(desk: Desk, wanted: Wanted, now: datetime) -> Callback:
    return Callback(
        type=wanted.type,
        number=wanted.number,
        urgent=wanted.ticket is not None and wanted.ticket.priority == "urgent",
        ticket_id=wanted.ticket.id if wanted.ticket else None,
        call_id=wanted.call.id if wanted.call else None,
        requested_at=now,
        due_at=opening(desk.config.callbacks, desk.local(now)),
        promised_at=now,
    )


def opening(limits: Callbacks, local: datetime) -> datetime:
    """Give the moment itself if citizens may be called then, else the next opening."""
    opens, closes = time.fromisoformat(limits.opens), time.fromisoformat(limits.closes)
    if opens <= local.time() < closes:
        return local
    day = local if local.time() < opens else local + timedelta(days=1)
    return day.replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0)


def promised_until(limits: Callbacks, local: datetime, ahead: int) -> datetime:
    """Say by when a caller with so many before them is called, on the full hour.

    Counts working minutes only: `minutes_each` for every turn of all `operators` together.
    """
    left = timedelta(minutes=limits.minutes_each * (ahead // limits.operators + 1))
    moment = opening(limits, local)
    closes = time.fromisoformat(limits.closes)
    while True:
        today = moment.replace(hour=closes.hour, minute=closes.minute, second=0, microsecond=0) - moment
        if left <= today:
            break
        left -= today
        moment = opening(limits, moment + today)
    moment += left
    full = moment.replace(minute=0, second=0, microsecond=0)
    return full if full == moment else full + timedelta(hours=1)


def _day(desk: Desk, moment: datetime, now: datetime) -> str:
    days = (desk.local(moment).date() - desk.local(now).date()).days
    return {0: "today", 1: "tomorrow"}.get(days, "later" if days > 0 else "today")


def _hour(desk: Desk, moment: datetime) -> str:
    return f"{desk.local(moment):%H}".lstrip("0") or "0"


def claim_next(session: Session, desk: Desk, user: User, now: datetime) -> Callback | None:
    """Give the operator the next in fair order, or the one they hold already."""
    held = queue.held_by(session, user.id)
    return held or queue.claim_next(session, user.id, now, _lease(desk, now))


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


def release(session: Session, callback: Callback, now: datetime) -> None:  # noqa: ARG001  # as all use cases
    """Put it back to its place."""
    callback.state = "due_again" if callback.tries else "queued"
    callback.claimed_by = callback.claimed_until = None
    session.flush()


def dial(session: Session, desk: Desk, callback: Callback, user: User, now: datetime) -> Attempt:
    """Commit a try; the telephones are asked after this transaction. Raises CallbackError."""
    if callback.state not in ("claimed", "wrap_up"):
        raise CallbackError("already_dialling")
    if not desk.plan.callable(callback.number):
        raise CallbackError("number_not_allowed")
    if not user.telephone:
        raise CallbackError("no_telephone")
    callback.tries += 1
    callback.state = "dialling"
    callback.claimed_until = _lease(desk, now + timedelta(seconds=desk.config.callbacks.talk_limit_seconds))
    attempt = Attempt(
        callback_id=callback.id, n=len(callback.attempts) + 1, user_id=user.id, telephone=user.telephone, created_at=now
    )
    session.add(attempt)
    session.flush()
    after_commit(session, DIAL, attempt.id)
    return attempt


def wrap_up(
    session: Session,
    desk: Desk,
    callback: Callback,
    user: User,
    now: datetime,
    disposition: str,
    note: str,
    again_at: datetime | None = None,
) -> None:
    """Say what came of it: done, due again, or given up. Raises CallbackError, and then nothing is changed."""
    if disposition not in DISPOSITIONS:
        raise CallbackError("unknown_disposition")
    if disposition == "call_again" and (again_at is None or not now < again_at < now + LATEST_AGAIN):
        raise CallbackError("bad_time")
    callback.disposition, callback.note = disposition, note.strip()
    callback.claimed_by = callback.claimed_until = None
    if disposition in FINAL:
        callback.state, callback.closed_at = "done", now
    elif disposition != "call_again" and callback.tries >= desk.config.callbacks.max_tries:
        callback.state, callback.closed_at = "given_up", now
    else:
        again = again_at or now + timedelta(minutes=desk.config.callbacks.retry_minutes)
        callback.state, callback.due_at = "due_again", opening(desk.config.callbacks, desk.local(again))
    if callback.ticket is not None:
        tickets.callback_done(session, callback.ticket, now, user.name, disposition, callback.note)
    session.flush()


def return_expired(session: Session, now: datetime, limit: int) -> int:
    """Put back what a vanished operator held; say how many."""
    left = queue.expired(session, now, limit)
    for callback in left:
        release(session, callback, now)
    return len(left)


def _lease(desk: Desk, now: datetime) -> datetime:
    return now + timedelta(seconds=desk.config.callbacks.lease_seconds)

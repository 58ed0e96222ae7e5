"""Bringing operator and citizen together: asked once, followed by what the telephones report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.models import Attempt
from db.queries import callbacks as queue
from db.session import Session, after_commit
from ivr.services import feedback, telephones
from ivr.services.callbacks import DIAL
from ivr.services.calls import ANNOUNCE, FEEDBACK, OUTBOUND, OVER, Opening
from ivr.services.desk import Desk
from ivr.telephony.outside import Outgoing

RANK = {"": 0, "queued": 1, "initiated": 2, "ringing": 3, "in-progress": 4, "answered": 4, **dict.fromkeys(OVER, 5)}
MACHINES = ("machine", "fax")
LOST_JOB = timedelta(seconds=15)
LOST_ANSWER = timedelta(minutes=2)


@dataclass(frozen=True)
class News:
    """A status callback about one leg of a try."""

    leg: str  # "operator" or "citizen"
    status: str
    call_sid: str
    seconds: int | None
    answered_by: str = ""


def begin(session: Session, desk: Desk, attempt_id: int) -> Outgoing | None:
    """Claim the asking of the telephones: once, whatever happens to the job. None if it was claimed before."""
    attempt = queue.attempt(session, attempt_id, lock=True)
    if attempt is None or attempt.state != "committed":
        return None
    attempt.state = "asking"
    machine = attempt.callback.machine
    return Outgoing(
        to=attempt.telephone,
        caller_id=desk.config.hotline.caller_id,
        url=desk.url(f"/voice/answer?attempt={attempt.id}"),
        status_url=desk.url(f"/voice/status?attempt={attempt.id}"),
        fallback_url=f"{desk.config.fallback_url}/voice/fallback?attempt={attempt.id}",
        ring_seconds=desk.config.feedback.ring_seconds if machine else desk.config.callbacks.ring_seconds,
        detect_machine=machine and attempt.callback.type != ANNOUNCE,
    )


def permitted(session: Session, desk: Desk, attempt_id: int) -> bool:
    """Judge once more, as the telephone is about to be asked: what was allowed in the queue may be barred by now."""
    attempt = queue.attempt(session, attempt_id)
    if attempt is None or not telephones.allowed(desk, attempt.telephone):
        return False
    return attempt.callback.type == ANNOUNCE or desk.callable(attempt.callback.number)


def asked(session: Session, attempt_id: int, account_sid: str, call_sid: str) -> None:
    """Note that the provider took the call."""
    attempt = queue.attempt(session, attempt_id, lock=True)
    if attempt is not None:
        attempt.account_sid, attempt.call_sid = account_sid, call_sid
        if attempt.state in ("asking", "unknown"):
            attempt.state = "asked"


def unsure(session: Session, attempt_id: int) -> None:
    """Note that nobody knows whether a telephone rings: never asked again, only listened for."""
    attempt = queue.attempt(session, attempt_id, lock=True)
    if attempt is not None and attempt.state == "asking":
        attempt.state = "unknown"


def refused(session: Session, desk: Desk, attempt_id: int, now: datetime) -> None:
    """Note that no telephone rang."""
    attempt = queue.attempt(session, attempt_id, lock=True)
    if attempt is not None and attempt.state != "ended":
        attempt.status = "failed"
        _close(session, desk, attempt, now)


def opening(session: Session, desk: Desk, attempt_id: int, call_sid: str, answered_by: str = "") -> Opening | None:
    """Tell the flow whom the call is about, and who picked up; None if this try is over."""
    attempt = queue.attempt(session, attempt_id, lock=True)
    if attempt is None or attempt.state == "ended":
        return None
    attempt.call_sid, attempt.state, attempt.answered_by = call_sid, "asked", answered_by[:24]
    return _opening(desk, attempt)


def opening_of(session: Session, desk: Desk, attempt_id: int) -> Opening | None:
    """Say which flow a try follows, for news that may come before its first turn."""
    attempt = queue.attempt(session, attempt_id)
    return _opening(desk, attempt) if attempt is not None else None


def _opening(desk: Desk, attempt: Attempt) -> Opening:
    flow = FEEDBACK if attempt.callback.machine else OUTBOUND
    if attempt.callback.type == ANNOUNCE:
        flow = ANNOUNCE
    return Opening(flow, _facts(desk, attempt), attempt.id)


def _facts(desk: Desk, attempt: Attempt) -> Mapping[str, str]:
    """Give what our outbound flows read; a callback without a ticket has no subject and no district."""
    callback = attempt.callback
    facts = {
        "number": callback.number,
        "callback_type": callback.type,
        "answered_by": "machine" if attempt.answered_by.startswith(MACHINES) else "person",
        "record_talk": "yes" if desk.config.callbacks.record else "no",
    }
    if callback.ticket is None:
        return facts
    ticket = callback.ticket
    own = next((one for one in (ticket, *ticket.joined) if one.caller == callback.number), ticket)
    return {
        **facts,
        "ticket_code": ticket.code,
        "own_code": own.code,  # of a joined report: the code that this citizen was told
        "ticket_category": own.category,
        "ticket_district": own.district,
        "ticket_date": f"{desk.local(own.opened_at):%Y-%m-%d}",
        "answer_kind": ticket.answer_kind,
    }


def progress(session: Session, desk: Desk, attempt_id: int, news: News, now: datetime) -> None:
    """Take note of a leg's status; later news never falls back behind earlier."""
    attempt = queue.attempt(session, attempt_id, lock=True)
    if attempt is None or news.status not in RANK:
        return
    if news.leg == "citizen":
        _citizen(attempt, news)
        return
    attempt.answered_by = news.answered_by[:24] or attempt.answered_by
    if RANK[news.status] <= RANK[attempt.status] or attempt.state == "ended":
        return
    attempt.status, attempt.call_sid = news.status, attempt.call_sid or news.call_sid
    if attempt.state == "unknown":  # the telephone does ring
        attempt.state = "asked"
    if news.status in OVER:
        _close(session, desk, attempt, now)


def _citizen(attempt: Attempt, news: News) -> None:
    if RANK[news.status] <= RANK.get(attempt.citizen_status, 0):
        return
    attempt.citizen_status = news.status
    if news.seconds is not None:
        attempt.seconds = news.seconds
    if RANK[news.status] == RANK["answered"] and attempt.callback.state == "dialling":
        attempt.callback.state = "talking"


def _close(session: Session, desk: Desk, attempt: Attempt, now: datetime) -> None:
    """End a try; the operator has the callback for wrap-up, under a fresh lease."""
    attempt.state, attempt.ended_at = "ended", now
    callback = attempt.callback
    if callback.machine:
        if callback.state in ("dialling", "talking") and attempt is callback.attempts[-1]:
            feedback.call_ended(session, desk, callback, now, _machine_disposition(attempt))
        return
    if callback.state in ("dialling", "talking") and callback.claimed_by == attempt.user_id:
        callback.state = "wrap_up"
        callback.claimed_until = now + timedelta(seconds=desk.config.callbacks.lease_seconds)


def _machine_disposition(attempt: Attempt) -> str:
    """Tell apart what became of a call that the hotline made by itself."""
    if attempt.answered_by.startswith(MACHINES):
        return "machine"
    if attempt.callback.outcome:
        return "reached"
    return {"busy": "busy", "no-answer": "no_answer", "completed": "hung_up"}.get(attempt.status, "unreachable")


def tidy(session: Session, desk: Desk, now: datetime, limit: int) -> None:
    """Find what got lost: a job that never ran is sent again; an asking that died is never repeated."""
    for attempt_id in queue.attempts_in(session, "committed", now - LOST_JOB, limit):
        after_commit(session, DIAL, attempt_id)
    for attempt_id in queue.attempts_in(session, "asking", now - LOST_ANSWER, limit):
        unsure(session, attempt_id)
    longest = timedelta(seconds=desk.config.callbacks.talk_limit_seconds + desk.config.callbacks.ring_seconds)
    for state, patience in (("unknown", 2 * LOST_ANSWER), ("asked", longest + LOST_ANSWER)):
        for attempt_id in queue.attempts_in(session, state, now - patience, limit):
            refused(session, desk, attempt_id, now)

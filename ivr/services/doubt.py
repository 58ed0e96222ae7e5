"""A try of which nobody knows whether a telephone rings: looked for in the provider's list, and never repeated."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.models import Attempt
from db.queries import callbacks as queue
from db.session import Session, after_commit
from ivr.services import dialling
from ivr.services.desk import Desk
from ivr.telephony.outside import Placed

log = logging.getLogger(__name__)

FIND = "ivr.jobs.find_attempt"
CLOCKS_APART = timedelta(seconds=60)
NEAR = dialling.LOST_ANSWER + CLOCKS_APART  # the order went out no later: then the try was in doubt already


@dataclass(frozen=True)
class Found:
    """What a provider's list has of calls to one telephone."""

    account_sid: str
    calls: Sequence[Placed]


def telephone(session: Session, attempt_id: int) -> str | None:
    """Say which telephone a try in doubt was for; None if there is no doubt any more."""
    attempt = queue.attempt(session, attempt_id)
    return attempt.telephone if attempt is not None and attempt.state == "unknown" else None


def ask(session: Session, limit: int) -> None:
    """Have the provider's list looked through for every try in doubt."""
    for attempt_id in queue.in_doubt(session, limit):
        after_commit(session, FIND, attempt_id)


def settle(session: Session, desk: Desk, attempt_id: int, found: Found, now: datetime) -> bool:
    """Take the one call that can only be this try's, and go on as if the order had been answered; say if there is one.

    The list does not say which try a call is of. So a call of another try is none, and where another try of the same
    telephone is in doubt, too, none is taken: a callback of its own says the try's number, and that is believed.
    """
    attempt = queue.attempt(session, attempt_id, lock=True)
    if attempt is None or attempt.state != "unknown":
        return False
    begins, ends = attempt.created_at - CLOCKS_APART, attempt.created_at + NEAR
    near = [one for one in found.calls if begins <= one.created <= ends]
    taken = queue.taken_sids(session, [one.sid for one in near], begins - NEAR, ends + NEAR)
    left = [one for one in near if one.sid not in taken]
    if len(left) != 1 or queue.rivals(session, attempt, begins - NEAR, ends):
        log.info("a dial stays in doubt", extra={"attempt": attempt_id, "calls": len(left)})
        return False
    (call,) = left
    log.warning("a dial in doubt was found with the provider", extra={"attempt": attempt_id, "call": call.sid})
    _take(session, desk, attempt, found.account_sid, call, now)
    return True


def _take(session: Session, desk: Desk, attempt: Attempt, account_sid: str, call: Placed, now: datetime) -> None:
    dialling.asked(session, attempt.id, account_sid, call.sid)
    dialling.progress(session, desk, attempt.id, dialling.News("operator", call.status, call.sid, call.seconds), now)

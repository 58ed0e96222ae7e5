"""The audit log: who did what that somebody may ask about later. A line is written before the thing is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from db.models import Audit
from db.queries import audit
from db.session import Session

ACTIONS = (
    "login",
    "login_failed",
    "proof_failed",
    "proof_set",
    "proof_removed",
    "proof_reset",
    "listened",
    "exported",
    "searched",
    "looked",
    "disposition",
    "graded",
    "situation_on",
    "situation_off",
    "situation_answer",
    "announced",
    "announcement_off",
    "session_planned",
    "session_cancelled",
    "session_minutes",
    "session_invited",
    "session_ring",
    "caller_limited",
    "caller_freed",
    "user_added",
    "user_changed",
    "user_disabled",
    "user_enabled",
    "sessions_ended",
    "password_reset",
    "published",
    "rolled_back",
    "citizen_found",
    "citizen_erased",
    "archive_shown",
)
SAME_SITTING = timedelta(minutes=10)
LONGEST = 500


@dataclass(frozen=True)
class Deed:
    """Who does something, and from where."""

    actor: str
    address: str
    now: datetime


def write(session: Session, deed: Deed, action: str, target: str = "", detail: str = "") -> None:
    """Add a line. Raises ValueError for an action that has no name."""
    if action not in ACTIONS:
        raise ValueError(action)
    line = Audit(at=deed.now, actor=deed.actor[:64], action=action, target=target[:80], address=deed.address[:64])
    line.detail = detail[:LONGEST]
    session.add(line)
    session.flush()


def write_once(session: Session, deed: Deed, action: str, target: str) -> None:
    """Add a line, unless the same was done a moment ago: a page that renews itself is one look."""
    if not _just_done(session, deed, action, target):
        write(session, deed, action, target)


def listened(session: Session, deed: Deed, recording_id: int, call_id: int, *, from_the_start: bool) -> None:
    """Note a listening: each time a voice is begun, and for a part of it that follows no beginning."""
    target = f"recording:{recording_id}"
    if from_the_start or not _just_done(session, deed, "listened", target):
        write(session, deed, "listened", target, f"call:{call_id}")


def _just_done(session: Session, deed: Deed, action: str, target: str) -> bool:
    known = audit.last(session, deed.actor, action, target)
    return known is not None and known.address == deed.address and known.at > deed.now - SAME_SITTING

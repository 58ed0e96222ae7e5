"""Deleting at the provider what was deleted here: asked for again until it is done, or was never there."""

import logging
from datetime import datetime, timedelta

from db.queries import removals
from db.session import Database, Session, after_commit
from ivr.services.desk import Desk
from ivr.services.recordings import LEASE, REMOVE
from ivr.telephony.accounts import Account
from ivr.telephony.outside import Provider, Refused, Unsure

log = logging.getLogger(__name__)


def carry_out(database: Database, desk: Desk, removal_id: int, now: datetime) -> None:
    """Claim, ask, and note the answer, each step its own transaction."""
    with database.transaction() as session:
        claimed = begin(session, desk, removal_id, now)
    if claimed is None:
        return
    account, sid = claimed
    try:
        Provider(account).delete_recording(sid)
    except (Refused, Unsure) as why:
        log.warning("a recording is not deleted at its provider", extra={"removal": removal_id, "why": str(why)})
        with database.transaction() as session:
            fail(session, removal_id, f"{type(why).__name__}: {why}")
    else:
        with database.transaction() as session:
            finish(session, removal_id)


def begin(session: Session, desk: Desk, removal_id: int, now: datetime) -> tuple[Account, str] | None:
    """Claim a try: nobody else asks until the lease ends. None if it is done, or not ours to do."""
    row = removals.get(session, removal_id)
    if row is None or (row.tries and row.next_try_at > now):
        return None
    row.tries += 1
    gaps = desk.config.recording.fetch_gaps_seconds
    row.next_try_at = now + max(LEASE, timedelta(seconds=gaps[min(row.tries, len(gaps)) - 1]))
    account = desk.accounts.get(row.account_sid)
    if account is None:
        row.last_error = "this account is no longer configured"
        return None
    return account, row.sid


def finish(session: Session, removal_id: int) -> None:
    row = removals.get(session, removal_id)
    if row is not None:
        session.delete(row)


def fail(session: Session, removal_id: int, why: str) -> None:
    """Note why it did not work; when to try again was noted before it was tried."""
    row = removals.get(session, removal_id)
    if row is not None:
        row.last_error = why[:300]


def ask_for_due(session: Session, now: datetime, limit: int) -> None:
    for removal_id in removals.due(session, now, limit):
        after_commit(session, REMOVE, removal_id)

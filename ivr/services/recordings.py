"""Voices: reported late, twice or out of order; fetched until they are here; hung on their ticket."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.models import Call, Recording
from db.queries import recordings, removals, tickets
from db.session import Session, after_commit
from ivr.services import keeping
from ivr.services import tickets as desk_tickets
from ivr.services.desk import Desk
from ivr.telephony.accounts import Account
from ivr.telephony.media import Fetched
from ivr.vault import Key

FETCH = "ivr.jobs.fetch_recording"
REMOVE = "ivr.jobs.remove_recording"
LEASE = timedelta(seconds=45)  # a fetch that takes longer is taken for dead, and done again
UNHEARD = frozenset({"absent", "failed"})
GONE = "expired"


def report(
    session: Session,
    call: Call,
    sid: str,
    seconds: int | None,
    now: datetime,
    status: str = "completed",
    *,
    likely_known: bool = False,
) -> Recording:
    """Take note of a voice; whichever news comes first makes the row, and a stored voice stays stored."""
    row, new = recordings.find(session, sid) if likely_known else None, False
    if row is None:
        row, new = recordings.ensure(session, _reported(call, sid, seconds, now))
    if seconds not in (None, row.reported_seconds):
        row.reported_seconds = seconds
    if row.state not in ("stored", GONE) and status in UNHEARD:
        row.state = status
        _bring_back(session, row)
    elif new or (row.state == "pending" and row.tries == 0 and status == "completed"):
        after_commit(session, FETCH, row.id)
    session.flush()
    return row


def _reported(call: Call, sid: str, seconds: int | None, now: datetime) -> Recording:
    return Recording(
        sid=sid,
        account_sid=call.account_sid,
        call_id=call.id,
        reported_seconds=seconds,
        created_at=now,
        next_try_at=now + LEASE,
    )


def _bring_back(session: Session, row: Recording) -> None:
    """Give the ticket the earlier try again, if the one that replaced it turns out to be empty."""
    ticket = tickets.get(session, row.ticket_id) if row.ticket_id is not None else None
    if ticket is None:
        return
    for earlier in recordings.replaced_of(session, row.call_id):
        desk_tickets.attach(session, ticket, earlier, "issue", row.created_at)


def replace(session: Session, sid: str) -> None:
    """Mark a voice as spoken again: it is kept, but its ticket will show the newer one."""
    row = recordings.find(session, sid)
    if row is not None and row.ticket_id is None:
        row.replaced = True


@dataclass(frozen=True)
class Claim:
    """A fetch that is ours until its lease ends."""

    recording_id: int
    sid: str
    account: Account
    created_at: datetime


@dataclass(frozen=True)
class Voice:
    """A voice that was fetched, sealed and heard, on its way to its place."""

    key: Key
    fetched: Fetched
    seconds: float


@dataclass(frozen=True)
class Kept:
    """A voice that has come to the place reserved for it."""

    recording_id: int
    place: str
    voice: Voice


def claim(session: Session, desk: Desk, ids: list[int], now: datetime) -> list[Claim]:
    """Claim fetches, in the order given: nobody else tries until the lease ends. Not those that are done."""
    claims: dict[int, Claim] = {}
    for row in recordings.lock_pending(session, ids):
        if row.tries and row.next_try_at > now:
            continue
        row.tries += 1
        row.next_try_at = now + max(LEASE, _gap(desk, row.tries))
        account = desk.accounts.get(row.account_sid)
        if account is None:
            row.last_error = "the account of this call is no longer configured"
        else:
            claims[row.id] = Claim(row.id, row.sid, account, row.created_at)
    return [claims[one] for one in dict.fromkeys(ids) if one in claims]


def let_go(session: Session, ids: list[int], now: datetime) -> None:
    """Give claims back that nothing was done about."""
    for row in recordings.lock_pending(session, ids):
        row.tries, row.next_try_at = row.tries - 1, now


def place_for(session: Session, desk: Desk, one: Claim, voice: Voice, now: datetime) -> str:
    """Reserve a place of its own, by month; if the voice never comes to be kept there, it is removed again."""
    place = f"{desk.local(one.created_at):%Y/%m}/{secrets.token_hex(16)}{voice.fetched.suffix}"
    keeping.reserve(session, place, now)
    return place


def keep(session: Session, desk: Desk, kept: list[Kept], now: datetime, *, wait: bool = False) -> list[Kept]:
    """Keep voices in their places; give those that another was quicker with or, unless we `wait`, holds now."""
    rows = {row.id: row for row in recordings.lock_pending(session, [one.recording_id for one in kept], wait=wait)}
    ours = [one for one in kept if one.recording_id in rows]
    in_time = keeping.enter_all(session, desk, {one.place: one.voice.key for one in ours})
    for one in ours:
        if one.place in in_time:
            _store(rows[one.recording_id], one, now)
    return [one for one in kept if one.recording_id not in rows]


def _store(row: Recording, one: Kept, now: datetime) -> None:
    row.state, row.path, row.sha256 = "stored", one.place, one.voice.fetched.sha256
    row.seconds, row.stored_at, row.last_error = one.voice.seconds, now, ""


def fail(session: Session, desk: Desk, recording_id: int, why: str, now: datetime) -> None:
    """Note why it did not work, and when to try again."""
    row = recordings.get(session, recording_id, lock=True)
    if row is not None and row.state == "pending":
        row.last_error, row.next_try_at = why[:300], now + _gap(desk, row.tries)


def forget(session: Session, row: Recording, now: datetime) -> None:
    """Shred a voice, here and, by a job that tries again, at the provider; a row that is locked is given."""
    if row.path is not None:
        keeping.remove(session, row.path, now)
    if row.state != "absent":
        after_commit(session, REMOVE, removals.add(session, row, now))
    row.state, row.path, row.sha256, row.last_error = GONE, None, None, ""
    session.flush()


def _gap(desk: Desk, tries: int) -> timedelta:
    """Give the pause after so many tries; the last one is repeated."""
    gaps = desk.config.recording.fetch_gaps_seconds
    return timedelta(seconds=gaps[min(tries, len(gaps)) - 1])


def ask_for_due(session: Session, now: datetime, limit: int) -> None:
    """Send again for voices whose next try has come."""
    for recording_id in recordings.due(session, now, limit):
        after_commit(session, FETCH, recording_id)


def settle(session: Session, desk: Desk, call: Call, now: datetime) -> None:
    """Hang what an ended call left without a ticket on its ticket; open one if somebody spoke or tried to."""
    if call.ended_at is None or call.direction != "inbound":
        return
    left = [row for row in recordings.orphans(session, call) if row.kind != "conversation" and row.state != GONE]
    if not left:
        return
    facts = call.state.get("facts", {})
    known = tickets.by_code(session, facts["ticket_code"]) if facts.get("ticket_code") else None
    ticket = known or desk_tickets.open_for(
        session,
        desk,
        call,
        facts.get("category", desk_tickets.UNKNOWN_CATEGORY),
        facts.get("district", desk_tickets.UNKNOWN_DISTRICT),
        now,
    )
    if call.disposition.startswith("abandoned:"):
        call.disposition = "follow_up" if known else "voice" if facts.get("aim") == "voice" else "report"
    heard = [row for row in left if row.state not in UNHEARD]
    for row in heard or ([] if ticket.recordings else left):
        desk_tickets.attach(session, ticket, row, "note" if known else "issue", now)

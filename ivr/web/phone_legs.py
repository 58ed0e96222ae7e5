"""Legs of the browser phone: how they begin, ring, are answered and end, and who is told."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.models import PhoneCall, PhoneRecording
from db.queries import phone
from db.session import Session
from ivr.web import phone_news as news
from ivr.web import phone_voices as voices
from ivr.web.phone_news import Office, Report

SILENT_TAB = timedelta(seconds=20)
HEARTBEAT = timedelta(seconds=4)
STALE_LINE = timedelta(seconds=10)
WITHHELD = "anonymous"


@dataclass(frozen=True)
class Order:
    """A leg to be rung."""

    to: str
    caller: str
    url: str
    ring_seconds: int
    status_callback: str = ""
    status_events: str = "completed"
    parent_sid: str | None = None
    action: str = ""


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def come_in(session: Session, office: Office, holder: str, caller: str, now: datetime) -> PhoneCall:
    """Begin a call to the hotline."""
    call = PhoneCall(
        sid=new_sid("CA"), holder=holder, direction="inbound", from_number=caller, to_number=office.short_code,
        url=f"{office.base_url}/voice/answer", status_callback=f"{office.base_url}/voice/status",
        status="in-progress", created_at=now, answered_at=now, seen_at=now,
    )  # fmt: skip
    session.add(call)
    session.flush()
    return call


def place(session: Session, office: Office, order: Order, now: datetime) -> tuple[PhoneCall, list[Report]]:
    """Begin to ring a line; it need not be there yet."""
    call = PhoneCall(
        sid=new_sid("CA"), parent_sid=order.parent_sid, to_number=order.to, from_number=order.caller, url=order.url,
        direction="outbound-dial" if order.parent_sid else "outbound-api", status="queued", action=order.action,
        status_callback=order.status_callback, status_events=order.status_events, sequence=0,
        ring_until=now + timedelta(seconds=order.ring_seconds), created_at=now, seen_at=now,
    )  # fmt: skip
    session.add(call)
    session.flush()
    return call, news.status(office, call, now)


def knock(
    session: Session, office: Office, holder: str, line: str, now: datetime
) -> tuple[list[PhoneCall], list[Report]]:
    """Ring the tab that holds a line, or find it busy."""
    rung: list[PhoneCall] = []
    reports: list[Report] = []
    busy = bool(phone.talking(session, holder))
    for waiting in phone.waiting(session, line, now):
        call = phone.call(session, waiting.sid, lock=True)
        if call is None or call.status not in phone.WAITING:
            continue
        if call.status == "queued":
            call.status = "ringing"
            reports += news.status(office, call, now)
        if busy:
            reports += finish(session, office, call, "busy", now)
        else:
            rung.append(call)
    return rung, reports


def answer(office: Office, call: PhoneCall, holder: str, now: datetime) -> list[Report]:
    call.status, call.holder, call.answered_at, call.seen_at = "in-progress", holder, now, now
    return news.status(office, call, now)


def finish(session: Session, office: Office, call: PhoneCall, status: str, now: datetime) -> list[Report]:
    """End a leg once: its open voices are kept, the legs it dialled end with it, and all who asked are told."""
    if call.status not in phone.LIVE:
        return []
    if status in {"completed", "canceled"}:
        status = "completed" if call.status == "in-progress" else "canceled"
    call.status, call.ended_at = status, now
    reports: list[Report] = []
    for recording in phone.recordings(session, call.sid):
        if recording.status == "in-progress":
            voices.finish(session, office, recording, now)
            reports += news.cut_off(office, call, recording) + news.voice(office, recording)
    for child in phone.children(session, call.sid):
        if child.status in phone.LIVE:
            reports += finish(session, office, child, "canceled", now) + news.dialled(office, call, child, now)
    phone.forget_signals(session, call.sid)
    return reports + news.status(office, call, now)


def listen(session: Session, office: Office, recording: PhoneRecording) -> list[Report]:
    """Begin to keep a voice."""
    session.add(recording)
    session.flush()
    return news.voice(office, recording)


def heard_of(session: Session, holder: str, now: datetime) -> None:
    """Take note that a tab is there."""
    for call in phone.talking(session, holder):
        if call.seen_at < now - HEARTBEAT:
            call.seen_at = now


def overdue(session: Session, now: datetime) -> bool:
    return bool(phone.unanswered(session, now) or phone.unheard_of(session, now - SILENT_TAB))


def tidy(session: Session, office: Office, now: datetime) -> list[Report]:
    """End what nobody answered, and calls whose tab has gone without a word."""
    reports: list[Report] = []
    unanswered = [(sid, "no-answer") for sid in phone.unanswered(session, now)]
    for sid, status in unanswered + [(sid, "completed") for sid in phone.unheard_of(session, now - SILENT_TAB)]:
        call = phone.call(session, sid, lock=True)
        if call is not None:
            reports += finish(session, office, call, status, now)
    return reports

"""The browser phone's lines, legs, voices and signals."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import PhoneCall, PhoneLine, PhoneRecording, PhoneSignal
from db.session import insert_once

WAITING = ("queued", "ringing")
LIVE = (*WAITING, "in-progress")


def call(session: Session, sid: str, *, lock: bool = False) -> PhoneCall | None:
    query = select(PhoneCall).where(PhoneCall.sid == sid)
    return session.scalar(query.with_for_update() if lock else query)


def talking(session: Session, holder: str) -> list[PhoneCall]:
    """List the legs this tab is in."""
    return list(session.scalars(select(PhoneCall).where(PhoneCall.holder == holder, PhoneCall.status == "in-progress")))


def waiting(session: Session, number: str, now: datetime) -> list[PhoneCall]:
    """List the legs that want this line, oldest first."""
    query = select(PhoneCall).where(
        PhoneCall.to_number == number, PhoneCall.status.in_(WAITING), PhoneCall.ring_until > now
    )
    return list(session.scalars(query.order_by(PhoneCall.created_at)))


def calls_to(session: Session, number: str, most: int) -> list[PhoneCall]:
    """List the newest legs to a line."""
    query = select(PhoneCall).where(PhoneCall.to_number == number)
    return list(session.scalars(query.order_by(PhoneCall.created_at.desc()).limit(most)))


def unanswered(session: Session, now: datetime) -> list[str]:
    query = select(PhoneCall.sid).where(PhoneCall.status.in_(WAITING), PhoneCall.ring_until <= now)
    return list(session.scalars(query))


def unheard_of(session: Session, since: datetime) -> list[str]:
    """List the legs whose tab has said nothing since."""
    query = select(PhoneCall.sid).where(PhoneCall.status == "in-progress", PhoneCall.seen_at < since)
    return list(session.scalars(query))


def children(session: Session, sid: str) -> list[PhoneCall]:
    """List the legs this one dialled, oldest first."""
    return list(session.scalars(select(PhoneCall).where(PhoneCall.parent_sid == sid).order_by(PhoneCall.created_at)))


def line(session: Session, number: str) -> PhoneLine | None:
    return session.get(PhoneLine, number)


def take_line(session: Session, number: str, holder: str, now: datetime) -> None:
    """Let this tab be rung under the number; whoever was rung before no longer is."""
    held = line(session, number)
    if held is not None:
        held.holder, held.seen_at = holder, now
    else:
        insert_once(session, PhoneLine(number=number, holder=holder, seen_at=now))


def recording(session: Session, sid: str, *, lock: bool = False) -> PhoneRecording | None:
    query = select(PhoneRecording).where(PhoneRecording.sid == sid)
    return session.scalar(query.with_for_update() if lock else query)


def recordings(session: Session, call_sid: str) -> list[PhoneRecording]:
    query = select(PhoneRecording).where(PhoneRecording.call_sid == call_sid)
    return list(session.scalars(query.order_by(PhoneRecording.created_at)))


def signals(session: Session, call_sid: str, after: int) -> list[PhoneSignal]:
    query = select(PhoneSignal).where(PhoneSignal.call_sid == call_sid, PhoneSignal.id > after)
    return list(session.scalars(query.order_by(PhoneSignal.id)))


def forget_signals(session: Session, call_sid: str) -> None:
    session.execute(delete(PhoneSignal).where(PhoneSignal.call_sid == call_sid))

"""What the browser phone, a guest with an exchange of its own, keeps: lines, calls, voices, signals."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Moment


class PhoneLine(Base):
    """A browser tab that can be rung: its number, and when it was last heard of."""

    __tablename__ = "phone_line"

    number: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[datetime] = mapped_column(Moment)


class PhoneCall(Base):
    """A leg: one tab's part of a call. An outgoing leg has the address that tells it what to do."""

    __tablename__ = "phone_call"

    sid: Mapped[str] = mapped_column(String(64), primary_key=True)
    parent_sid: Mapped[str | None] = mapped_column(String(64), index=True)
    holder: Mapped[str] = mapped_column(String(64), default="", index=True)  # the tab; nobody's until it is answered
    direction: Mapped[str] = mapped_column(String(16))
    from_number: Mapped[str] = mapped_column(String(64))
    to_number: Mapped[str] = mapped_column(String(64), index=True)
    url: Mapped[str] = mapped_column(Text, default="")
    action: Mapped[str] = mapped_column(Text, default="")  # whom a bridged leg's parent tells how it went
    status_callback: Mapped[str] = mapped_column(Text, default="")
    status_events: Mapped[str] = mapped_column(String(64), default="completed")
    sequence: Mapped[int] = mapped_column(default=0)  # status reports sent
    status: Mapped[str] = mapped_column(String(20), default="queued", index=True)
    ring_until: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)


class PhoneRecording(Base):
    """A voice as the browser sent it, piece by piece."""

    __tablename__ = "phone_recording"

    sid: Mapped[str] = mapped_column(String(64), primary_key=True)
    call_sid: Mapped[str] = mapped_column(ForeignKey("phone_call.sid"), index=True)
    source: Mapped[str] = mapped_column(String(16), default="RecordVerb")
    action: Mapped[str] = mapped_column(Text, default="")
    status_callback: Mapped[str] = mapped_column(Text, default="")
    status_events: Mapped[str] = mapped_column(String(64), default="completed")
    trim: Mapped[bool] = mapped_column(default=True)  # silence at both ends is cut off
    status: Mapped[str] = mapped_column(String(16), default="in-progress")
    seconds: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class PhoneSignal(Base):
    """A word from one leg to the other, on the way to hearing each other."""

    __tablename__ = "phone_signal"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_sid: Mapped[str] = mapped_column(String(64), index=True)  # who is told
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)

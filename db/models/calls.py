"""Calls, their turns, and what callers said."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Moment


class Call(Base):
    """One telephone call, inbound or outbound; it has 0..n tickets."""

    __tablename__ = "call"

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(128), unique=True)
    account_sid: Mapped[str] = mapped_column(String(64))
    direction: Mapped[str] = mapped_column(String(8), default="inbound")
    flow: Mapped[str] = mapped_column(String(64))
    caller_raw: Mapped[str] = mapped_column(String(128), default="")
    caller: Mapped[str | None] = mapped_column(String(20), index=True)
    called: Mapped[str] = mapped_column(String(128), default="")
    state: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    status: Mapped[str] = mapped_column(String(20), default="in-progress")
    started_at: Mapped[datetime] = mapped_column(Moment, index=True)
    last_turn_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    disposition: Mapped[str] = mapped_column(String(64), default="")
    attempt_id: Mapped[int | None] = mapped_column(index=True)  # no foreign key: attempts already lead here

    turns: Mapped[list["Turn"]] = relationship(order_by="Turn.n", back_populates="call")
    recordings: Mapped[list["Recording"]] = relationship(order_by="Recording.id", back_populates="call")

    __table_args__ = (
        Index("ix_call_caller_started_at", "caller", "started_at"),
        Index("ix_call_ended_at", "ended_at"),
        # What the sweep asks for: calls that never said they ended.
        Index(
            "ix_call_open",
            "last_turn_at",
            sqlite_where=ended_at.is_(None),
            postgresql_where=ended_at.is_(None),
        ),
    )


class Turn(Base):
    """One request and its stored reply: a request that comes again hears the same."""

    __tablename__ = "turn"
    __table_args__ = (UniqueConstraint("call_id", "n", name="uq_turn_call_id_n"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    n: Mapped[int]
    node: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(16))
    keys: Mapped[str] = mapped_column(String(64), default="")
    recording_sid: Mapped[str | None] = mapped_column(String(128))
    reply: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)

    call: Mapped[Call] = relationship(back_populates="turns")


class Recording(Base):
    """A voice: reported by the provider, fetched to our own disk.

    States: pending (to be fetched), stored, absent (nothing was said), failed (the provider lost it).
    """

    __tablename__ = "recording"

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(128), unique=True)
    account_sid: Mapped[str] = mapped_column(String(64))
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16), default="issue")
    state: Mapped[str] = mapped_column(String(16), default="pending")
    replaced: Mapped[bool] = mapped_column(default=False)
    reported_seconds: Mapped[int | None]
    seconds: Mapped[float | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    path: Mapped[str | None] = mapped_column(String(200))
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(Moment)
    last_error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    stored_at: Mapped[datetime | None] = mapped_column(Moment)

    call: Mapped[Call] = relationship(back_populates="recordings")

    __table_args__ = (
        Index(
            "ix_recording_due",
            "next_try_at",
            sqlite_where=state == "pending",
            postgresql_where=state == "pending",
        ),
    )

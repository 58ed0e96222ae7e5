"""Calls, their turns, and what callers said."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Moment, words_index
from db.models.people import User

NAMED = text("substr(caller_raw, 1, 1) <> '~'")  # not yet under an alias
KEPT = text("state NOT IN ('expired', 'absent')")
LOGGED_BY = ("number", "handled_by", "disposition", "category", "district", "language", "flow")


class Call(Base):
    """One telephone call, inbound or outbound; it has 0..n tickets.

    `number` is the citizen's, whoever rang; `handled_by` the operator who talked, None for the hotline itself.
    `district` and `category` are what the call was about, as far as it is known: the log is narrowed by them.
    """

    __tablename__ = "call"

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(128), unique=True)
    account_sid: Mapped[str] = mapped_column(String(64))
    direction: Mapped[str] = mapped_column(String(8), default="inbound")
    flow: Mapped[str] = mapped_column(String(64))
    caller_raw: Mapped[str] = mapped_column(String(128), default="")
    caller: Mapped[str | None] = mapped_column(String(20))
    called: Mapped[str] = mapped_column(String(128), default="")
    state: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    status: Mapped[str] = mapped_column(String(20), default="in-progress")
    started_at: Mapped[datetime] = mapped_column(Moment)
    last_turn_at: Mapped[datetime] = mapped_column(Moment)
    last_turn: Mapped[int | None]  # -1 before the first; None of calls that began before it was kept here
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    disposition: Mapped[str] = mapped_column(String(64), default="")
    attempt_id: Mapped[int | None] = mapped_column(index=True)  # no foreign key: attempts already lead here
    number: Mapped[str | None] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(8), default="")
    district: Mapped[str] = mapped_column(String(8), default="")
    category: Mapped[str] = mapped_column(String(40), default="")
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    archived: Mapped[str | None] = mapped_column(String(7))  # the month in whose archive its turns are; None: here

    turns: Mapped[list["Turn"]] = relationship(order_by="Turn.n", back_populates="call")
    recordings: Mapped[list["Recording"]] = relationship(order_by="Recording.id", back_populates="call")
    handler: Mapped[User | None] = relationship()
    events: Mapped[list["CallEvent"]] = relationship(order_by="CallEvent.id")

    __table_args__ = (
        Index("ix_call_caller_started_at", "caller", "started_at"),
        Index("ix_call_ended_at", "ended_at"),
        Index("ix_call_log", "started_at", "id"),
        *(Index(f"ix_call_{of}_log", of, "started_at", "id") for of in LOGGED_BY),
        Index("ix_call_named", "started_at", sqlite_where=NAMED, postgresql_where=NAMED),
        # What the sweep asks for: calls that never said they ended. Not by last_turn_at, which every turn changes:
        # PostgreSQL writes a row anew in its own page, and no index, as long as no indexed column changes (HOT).
        Index(
            "ix_call_open",
            "started_at",
            sqlite_where=ended_at.is_(None),
            postgresql_where=ended_at.is_(None),
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )


class Turn(Base):
    """One request and its stored reply: a request that comes again hears the same. `heard` names its prompts."""

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
    heard: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Moment)

    call: Mapped[Call] = relationship(back_populates="turns")


class Recording(Base):
    """A voice: reported by the provider, fetched to our own disk.

    States: pending (to be fetched), stored, absent (nothing was said), failed (the provider lost it), expired (its time
    of keeping is over).
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
        Index("ix_recording_kept", "created_at", sqlite_where=KEPT, postgresql_where=KEPT),
    )


class CallEvent(Base):
    """One line of what was changed on a call by hand; never changed afterwards."""

    __tablename__ = "call_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    author: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(24))
    old: Mapped[str] = mapped_column(String(64), default="")
    new: Mapped[str] = mapped_column(String(64), default="")
    text: Mapped[str] = mapped_column(Text, default="")


class CallText(Base):
    """What was written down about a call, anywhere, so that it is found by its words."""

    __tablename__ = "call_text"
    __table_args__ = (words_index("ix_call_text_words"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), index=True)
    words: Mapped[str] = mapped_column(Text)


class SavedView(Base):
    """A question to the call log that somebody asks again and again, under a name of theirs."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "name", name="uq_saved_view_user_id_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(String(60))
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)

"""Running the day: situations, announcements, managers on the line, callers who may only leave a message."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Moment
from db.models.callbacks import Callback
from db.models.calls import Call
from db.models.tickets import Ticket


class Situation(Base):
    """A day unlike others: on air from `starts_at` until `ends_at`; ended early, `ends_at` says when.

    `ticket_id` is the report that all others of it are joined to, and that is answered for all of them at once.
    """

    __tablename__ = "situation"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    started_by: Mapped[str] = mapped_column(String(64))
    ended_by: Mapped[str] = mapped_column(String(64), default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))

    ticket: Mapped[Ticket | None] = relationship()


class Announcement(Base):
    """A supervisor's own words: where, from when until when, in which order. Without a clip nobody hears it yet.

    Places: menu, information. Sources: typed, browser, telephone (then `callback_id` is the call that records it).
    """

    __tablename__ = "announcement"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(12))
    source: Mapped[str] = mapped_column(String(12))
    language: Mapped[str] = mapped_column(String(8))
    words: Mapped[str] = mapped_column(Text, default="")
    clip: Mapped[str] = mapped_column(String(32), default="")
    seconds: Mapped[float] = mapped_column(default=0.0)
    rank: Mapped[int] = mapped_column(default=1)
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    author: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[str] = mapped_column(String(64), default="")
    callback_id: Mapped[int | None] = mapped_column(ForeignKey("callback.id"), index=True)

    callback: Mapped[Callback | None] = relationship()


class ManagerSession(Base):
    """A manager answers in person: a window of time, a telephone, so many talks; `minutes` is what was said."""

    __tablename__ = "manager_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    host: Mapped[str] = mapped_column(String(80))
    telephone: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    slots: Mapped[int]
    minutes: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment)
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)

    guests: Mapped[list["SessionGuest"]] = relationship(order_by="SessionGuest.id", back_populates="session")


class SessionGuest(Base):
    """Somebody who talks with the manager: called in by themselves (`call_id`), or invited, and called (`callback_id`).

    `ticket_id` is what they had reported before; what came of the talk is the ticket of the call.
    """

    __tablename__ = "session_guest"
    __table_args__ = (
        Index("uq_session_guest_session_id_call_id", "session_id", "call_id", unique=True),
        Index("uq_session_guest_session_id_ticket_id", "session_id", "ticket_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("manager_session.id"))
    number: Mapped[str] = mapped_column(String(20), default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"))
    callback_id: Mapped[int | None] = mapped_column(ForeignKey("callback.id"))
    author: Mapped[str] = mapped_column(String(64), default="")
    at: Mapped[datetime] = mapped_column(Moment)

    session: Mapped[ManagerSession] = relationship(back_populates="guests")
    ticket: Mapped[Ticket | None] = relationship()
    call: Mapped[Call | None] = relationship()
    callback: Mapped[Callback | None] = relationship()


class CallerLimit(Base):
    """A number that abused the line: until `ends_at` it can hear emergency numbers and leave a message, no more."""

    __tablename__ = "caller_limit"
    __table_args__ = (Index("ix_caller_limit_number_ends_at", "number", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text, default="")
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    author: Mapped[str] = mapped_column(String(64))
    lifted_by: Mapped[str] = mapped_column(String(64), default="")

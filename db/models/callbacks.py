"""Promises to call, and the tries to keep them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Moment, utc_now
from db.models.calls import Call
from db.models.people import User
from db.models.tickets import Ticket

NAMED = text("substr(number, 1, 1) <> '~'")  # not yet under an alias


class Callback(Base):
    """We owe this number a call. At most one is open per number.

    States: queued, claimed, dialling, talking, wrap_up, due_again, done, given_up. `rank_at` is its place: when it was
    asked for, less a head start if it is urgent. `window` is when the citizen wants to be called: "" for any time,
    morning, afternoon, evening. `machine`: no operator is needed, the hotline calls by itself. `answer_no` is the
    ticket's answer that feedback is about, `outcome` what the citizen said of it: confirmed, rejected, unreachable.
    """

    __tablename__ = "callback"

    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12), default="queued")
    urgent: Mapped[bool] = mapped_column(default=False)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"), index=True)
    requested_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    promised_at: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(default=0)
    rank_at: Mapped[datetime] = mapped_column(Moment)
    window: Mapped[str] = mapped_column(String(12), default="")
    machine: Mapped[bool] = mapped_column(default=False)
    answer_no: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(String(12), default="")
    changed_at: Mapped[datetime] = mapped_column(Moment, default=utc_now, onupdate=utc_now, index=True)
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    claimed_until: Mapped[datetime | None] = mapped_column(Moment)
    disposition: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    ticket: Mapped[Ticket | None] = relationship()
    call: Mapped[Call | None] = relationship()
    claimer: Mapped[User | None] = relationship()
    attempts: Mapped[list["Attempt"]] = relationship(order_by="Attempt.n", back_populates="callback")

    __table_args__ = (
        Index(
            "uq_callback_open_number",
            "number",
            unique=True,
            sqlite_where=closed_at.is_(None),
            postgresql_where=closed_at.is_(None),
        ),
        Index("ix_callback_named", "closed_at", sqlite_where=NAMED, postgresql_where=NAMED),
        Index("ix_callback_state_due_at", "state", "due_at"),
        Index("ix_callback_state_rank_at", "state", "rank_at"),
        Index("ix_callback_number_requested_at", "number", "requested_at"),
        Index("ix_callback_requested_at", "requested_at"),
    )


class Attempt(Base):
    """One try to bring operator and citizen together; committed before any telephone is asked."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("callback_id", "n", name="uq_attempt_callback_id_n"),
        Index("ix_attempt_created_at", "created_at"),
        Index("ix_attempt_state_created_at", "state", "created_at"),
        Index("ix_attempt_ended_at", "ended_at"),
        Index("ix_attempt_wrapped_at", "wrapped_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callback.id"))
    n: Mapped[int]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # None: the hotline itself
    telephone: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12), default="committed")
    account_sid: Mapped[str] = mapped_column(String(64), default="")
    call_sid: Mapped[str | None] = mapped_column(String(128))
    status: Mapped[str] = mapped_column(String(20), default="")
    citizen_status: Mapped[str] = mapped_column(String(20), default="")
    answered_by: Mapped[str] = mapped_column(String(24), default="")
    seconds: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    wrapped_at: Mapped[datetime | None] = mapped_column(Moment)

    callback: Mapped[Callback] = relationship(back_populates="attempts")
    user: Mapped[User | None] = relationship()

"""Tickets and their history."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Moment, words_index
from db.models.calls import Call, Recording

WAITS = text("waits_for_place")
NAMED = text("substr(caller, 1, 1) <> '~'")  # not yet under an alias


class Ticket(Base):
    """What a citizen asked of the city; `code` is what they were told.

    `holder` has it to answer: "district.3", "unit.parks", or "" for the operators. `clock_left` is the time to answer
    that is left, in seconds, while the clock stands still; `answers` counts the answers so far. With a
    `feedback_due_at`, some citizen is still to be told of the last answer. `waits_for_place`: the holder
    asked for an address.
    """

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(10), unique=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"))
    draft_no: Mapped[int] = mapped_column(default=1)
    category: Mapped[str] = mapped_column(String(40))
    district: Mapped[str] = mapped_column(String(8))
    unit: Mapped[str] = mapped_column(String(40))
    priority: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(24), default="new")
    caller: Mapped[str | None] = mapped_column(String(20), index=True)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str] = mapped_column(String(10), default="voice")
    address: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    holder: Mapped[str] = mapped_column(String(24), default="")
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    clock_left: Mapped[int | None]
    waits_for_place: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str] = mapped_column(Text, default="")
    answer_kind: Mapped[str] = mapped_column(String(16), default="")
    answers: Mapped[int] = mapped_column(default=0)
    first_answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    rejections: Mapped[int] = mapped_column(default=0)
    feedback_due_at: Mapped[datetime | None] = mapped_column(Moment)

    call: Mapped[Call | None] = relationship()
    main: Mapped["Ticket | None"] = relationship(remote_side="Ticket.id", back_populates="joined")
    joined: Mapped[list["Ticket"]] = relationship(order_by="Ticket.id", back_populates="main")
    photos: Mapped[list["Photo"]] = relationship(order_by="Photo.id")
    recordings: Mapped[list[Recording]] = relationship(order_by=Recording.id)
    history: Mapped[list["TicketEvent"]] = relationship(order_by="TicketEvent.id", back_populates="ticket")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it so
    __table_args__ = (
        UniqueConstraint("call_id", "draft_no", name="uq_ticket_call_id_draft_no"),
        Index("ix_ticket_state_opened_at", "state", "opened_at"),
        Index("ix_ticket_district_opened_at", "district", "opened_at"),
        Index("ix_ticket_category_opened_at", "category", "opened_at"),
        Index("ix_ticket_opened_at", "opened_at"),
        Index("ix_ticket_changed_at", "changed_at"),
        Index("ix_ticket_holder_state", "holder", "state"),
        Index("ix_ticket_waits_for_place", "id", sqlite_where=WAITS, postgresql_where=WAITS),
        Index("ix_ticket_named", "closed_at", sqlite_where=NAMED, postgresql_where=NAMED),
        Index("ix_ticket_due", "due_at", sqlite_where=closed_at.is_(None), postgresql_where=closed_at.is_(None)),
        Index(
            "ix_ticket_feedback_due",
            "feedback_due_at",
            sqlite_where=feedback_due_at.is_not(None),
            postgresql_where=feedback_due_at.is_not(None),
        ),
    )


class TicketEvent(Base):
    """One line of a ticket's history: who, when, what; never changed afterwards."""

    __tablename__ = "ticket_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    author: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(24))
    old: Mapped[str] = mapped_column(String(40), default="")
    new: Mapped[str] = mapped_column(String(40), default="")
    text: Mapped[str] = mapped_column(Text, default="")

    ticket: Mapped[Ticket] = relationship(back_populates="history")


class TicketText(Base):
    """What is written on a ticket, wherever, newest first, as it is looked for."""

    __tablename__ = "ticket_text"
    __table_args__ = (words_index("ix_ticket_text_words"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), unique=True)
    words: Mapped[str] = mapped_column(Text)


class Photo(Base):
    """A picture that a unit sent with its answer; `path` is below recordings/, by a random name."""

    __tablename__ = "photo"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    path: Mapped[str] = mapped_column(String(200))
    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    author: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)

"""Tickets and their history."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Moment
from db.models.calls import Call, Recording


class Ticket(Base):
    """What a citizen asked of the city; `code` is what they were told."""

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

    call: Mapped[Call | None] = relationship()
    recordings: Mapped[list[Recording]] = relationship(order_by=Recording.id)
    history: Mapped[list["TicketEvent"]] = relationship(order_by="TicketEvent.id", back_populates="ticket")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it so
    __table_args__ = (
        UniqueConstraint("call_id", "draft_no", name="uq_ticket_call_id_draft_no"),
        Index("ix_ticket_state_opened_at", "state", "opened_at"),
        Index("ix_ticket_district_opened_at", "district", "opened_at"),
        Index("ix_ticket_category_opened_at", "category", "opened_at"),
        Index("ix_ticket_opened_at", "opened_at"),
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

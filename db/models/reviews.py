"""How well a talk went, in the eyes of one reviewer; never changed afterwards."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Moment
from db.models.calls import Call
from db.models.people import User


class Review(Base):
    """One reviewer's grade of one call: 0 to 100.

    `marks` keeps the criteria as they were then: code, name, weight, mark. `about` is the operator who talked.
    """

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("call_id", "reviewer_id", name="uq_review_call_id_reviewer_id"),
        Index("ix_review_about_log", "about", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    about: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    form: Mapped[str] = mapped_column(String(40))
    form_name: Mapped[str] = mapped_column(String(120))
    marks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    score: Mapped[int]
    threshold: Mapped[int]
    passed: Mapped[bool]
    text: Mapped[str] = mapped_column(Text, default="")

    call: Mapped[Call] = relationship()
    reviewer: Mapped[User] = relationship(foreign_keys=[reviewer_id])
    operator: Mapped[User | None] = relationship(foreign_keys=[about])
    remarks: Mapped[list["Remark"]] = relationship(order_by="Remark.id")


class Remark(Base):
    """What a reviewer said of one moment of a recording."""

    __tablename__ = "remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    recording_id: Mapped[int | None] = mapped_column(ForeignKey("recording.id"))
    second: Mapped[int]
    text: Mapped[str] = mapped_column(Text)

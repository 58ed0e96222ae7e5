"""Who did what that somebody may ask about later; only ever added to."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Moment


class Audit(Base):
    """One line: who, when, what, to what, from which address. The database itself refuses to change it."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(24))
    target: Mapped[str] = mapped_column(String(80), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(String(64), default="")

    __table_args__ = (
        Index("ix_audit_actor_log", "actor", "id"),
        Index("ix_audit_action_log", "action", "id"),
        Index("ix_audit_target_log", "target", "id"),
        Index("ix_audit_log", "at", "id"),
    )

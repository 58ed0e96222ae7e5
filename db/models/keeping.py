"""The catalogue as administrators have it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Moment


class CatalogueVersion(Base):
    """What was changed of callflows/, as a whole. The highest `number` is on air; the one without is the draft."""

    __tablename__ = "catalogue_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    author: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
    note: Mapped[str] = mapped_column(String(200), default="")
    edits: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

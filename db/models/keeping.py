"""The catalogue as administrators have it; what is to be forgotten elsewhere; leave to forget here."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
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


class Removal(Base):
    """Something of a citizen's that a provider is still to delete: a recording. The row goes when it is done."""

    __tablename__ = "removal"
    __table_args__ = (UniqueConstraint("account_sid", "sid", name="uq_removal_account_sid_sid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_sid: Mapped[str] = mapped_column(String(64))
    sid: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(Moment, index=True)
    last_error: Mapped[str] = mapped_column(String(300), default="")


class TurnArchive(Base):
    """The turns of a Jalali month's calls, in one sealed file. It holds those of calls that say so, and of no other.

    `sha256` is of the turns as they were packed; `nameless` once it holds no key that may be a number.
    """

    __tablename__ = "turn_archive"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    path: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    calls: Mapped[int]
    turns: Mapped[int]
    nameless: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(Moment)


class Permit(Base):
    """While its row is there, history's personal columns may be blanked ("blank") or old lines deleted ("expire").

    It leads to a line that no audit log has, and that is looked at when a transaction is committed: so the row cannot
    outlive the transaction that wrote it.
    """

    __tablename__ = "permit"

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(8))
    ends: Mapped[int] = mapped_column(ForeignKey("audit.id", deferrable=True, initially="DEFERRED"))

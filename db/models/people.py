"""Who works here, who is logged in, who guesses, and who holds a lease."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Moment, utc_now


class User(Base):
    """Somebody who works here; `scope` is whose tickets they see: "district.3", "unit.parks", "" for all.

    `proof_secret` is closed with a key that is not in the database; it counts since `proof_since`, and `proof_step` is
    the half minute of the last code that was taken.
    """

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    full_name: Mapped[str] = mapped_column(String(80), default="")
    role: Mapped[str] = mapped_column(String(16))
    scope: Mapped[str] = mapped_column(String(24), default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool] = mapped_column(default=False)
    telephone: Mapped[str] = mapped_column(String(64), default="")
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    lockouts: Mapped[int] = mapped_column(default=0)
    proof_secret: Mapped[str] = mapped_column(String(255), default="")
    proof_since: Mapped[datetime | None] = mapped_column(Moment)
    proof_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)


class Login(Base):
    """A session on our side: the browser holds a token, we hold its hash. Not proven: a code is still asked for."""

    __tablename__ = "login"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    proven: Mapped[bool] = mapped_column(default=True)

    user: Mapped[User] = relationship()


class Presence(Base):
    """What an operator does when no callback says it: ready or paused, and when they were last heard of."""

    __tablename__ = "presence"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(8), default="ready")
    reason: Mapped[str] = mapped_column(String(16), default="")
    since: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=utc_now, onupdate=utc_now, index=True)

    user: Mapped[User] = relationship()


class CodeFailure(Base):
    """A tracking code that was not one: what throttling counts. An empty caller is a withheld number."""

    __tablename__ = "code_failure"
    __table_args__ = (Index("ix_code_failure_caller_at", "caller", "at"), Index("ix_code_failure_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    caller: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Moment)


class Lease(Base):
    """Who may do a thing that only one process may do at a time."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime] = mapped_column(Moment)

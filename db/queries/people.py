"""Users, their sessions, guessers, leases."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, joinedload

from db.models import CodeFailure, Lease, Login, Presence, User
from db.session import insert_once


def user(session: Session, user_id: int) -> User | None:
    return session.get(User, user_id)


def user_named(session: Session, name: str, *, lock: bool = False) -> User | None:
    query = select(User).where(User.name == name)
    return session.scalar(query.with_for_update() if lock else query)


def user_locked(session: Session, user_id: int) -> User:
    """Give a user as they are now, locked until the transaction ends."""
    return session.scalars(
        select(User).where(User.id == user_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def count_users(session: Session) -> int:
    return session.scalars(select(func.count(User.id))).one()


def users(session: Session) -> list[User]:
    """List everybody, those who may log in first, by name."""
    return list(session.scalars(select(User).order_by(User.disabled_at.is_not(None), User.name)))


def active_ids(session: Session, role: str) -> set[int]:
    """List who has a role and may log in, locked: nobody changes that meanwhile."""
    query = select(User.id).where(User.role == role, User.disabled_at.is_(None))
    return set(session.scalars(query.order_by(User.id).with_for_update()))


def logins(session: Session, now: datetime) -> list[Login]:
    """List the sessions that still last, newest first."""
    query = select(Login).where(Login.expires_at > now, Login.proven).options(joinedload(Login.user))
    return list(session.scalars(query.order_by(Login.id.desc())))


def login(session: Session, token_hash: str, now: datetime) -> Login | None:
    return session.scalar(select(Login).where(Login.token_hash == token_hash, Login.expires_at > now))


def end_logins(session: Session, user_id: int) -> None:
    session.execute(delete(Login).where(Login.user_id == user_id))


def end_login(session: Session, token_hash: str) -> None:
    session.execute(delete(Login).where(Login.token_hash == token_hash))


def forget_expired_logins(session: Session, now: datetime) -> None:
    session.execute(delete(Login).where(Login.expires_at <= now))


def count_code_failures(session: Session, since: datetime, caller: str | None = None) -> int:
    """Count wrong codes since a moment, of one caller ("" is withheld) or, with None, of all."""
    query = select(func.count(CodeFailure.id)).where(CodeFailure.at >= since)
    return session.scalars(query if caller is None else query.where(CodeFailure.caller == caller)).one()


def forget_code_failures(session: Session, before: datetime) -> None:
    session.execute(delete(CodeFailure).where(CodeFailure.at < before))


def presence(session: Session, user_id: int) -> Presence | None:
    return session.get(Presence, user_id)


def take_seat(session: Session, seat: Presence) -> Presence:
    """Note a first sign of life, unless another tab of the same person was quicker."""
    insert_once(session, seat)
    return session.scalars(select(Presence).where(Presence.user_id == seat.user_id)).one()


def seats(session: Session, since: datetime) -> list[Presence]:
    """List who was heard of since a moment, by name."""
    query = select(Presence).join(Presence.user).where(Presence.seen_at >= since)
    return list(session.scalars(query.options(joinedload(Presence.user)).order_by(User.name)))


def take_lease(session: Session, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take or keep a lease; say whether it is ours."""
    free = (Lease.holder == holder) | (Lease.until < now)
    mine = session.scalar(
        update(Lease).where(Lease.name == name, free).values(holder=holder, until=until).returning(Lease.name)
    )
    return mine is not None or insert_once(session, Lease(name=name, holder=holder, until=until))

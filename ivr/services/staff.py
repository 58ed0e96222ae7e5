"""Who works here, as an administrator arranges it: added, changed, disabled; sessions ended; never the last one."""

import secrets
from datetime import datetime

from db.models import Login, User
from db.queries import people
from db.session import Session
from ivr.services import access, day, telephones, users
from ivr.services.day import DayError
from ivr.services.desk import Desk

ADMINISTRATOR = "administrator"


def add(
    session: Session,
    desk: Desk,
    now: datetime,
    author: str,
    name: str,
    full_name: str,
    role: str,
    scope: str,
    telephone: str,
) -> tuple[User, str]:
    """Add a user; gives the one-time password, too. Raises DayError."""
    if not users.NAME.fullmatch(name):
        raise DayError("bad_name")
    _check_role(desk, role, scope)
    if people.user_named(session, name):
        raise DayError("name_taken")
    password = secrets.token_urlsafe(12)
    dialled = telephones.read(desk, telephone) if telephone.strip() else ""
    user = users.add(
        session,
        name,
        role,
        password,
        now,
        scope=scope,
        full_name=full_name.strip()[:80],
        must_change=True,
        telephone=dialled,
    )
    day.note(session, now, author, "user_added", name, f"{role} {scope}".strip())
    return user, password


def _check_role(desk: Desk, role: str, scope: str) -> None:
    if role not in users.ROLES or scope not in access.scopes_of(desk.catalogue, role):
        raise DayError("bad_role")


def get(session: Session, user_id: int) -> User:
    """Give a user, locked. Raises DayError."""
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise DayError("unknown_user")
    return user


def change(
    session: Session,
    desk: Desk,
    now: datetime,
    author: str,
    user: User,
    full_name: str,
    role: str,
    scope: str,
    telephone: str,
) -> None:
    """Change what a user is; another role or scope ends their sessions. Raises DayError."""
    _check_role(desk, role, scope)
    if role != ADMINISTRATOR:
        _keep_one(session, user)
    user.full_name = full_name.strip()[:80]
    user.telephone = telephones.read(desk, telephone) if telephone.strip() else f"client:{user.name}"
    was = f"{user.role} {user.scope}".strip()
    if (user.role, user.scope) != (role, scope):
        user.role, user.scope = role, scope
        people.end_logins(session, user.id)
    day.note(session, now, author, "user_changed", user.name, f"{was} -> {role} {scope} {user.telephone}")


def _keep_one(session: Session, user: User) -> None:
    """See that somebody is left who can arrange all this. Raises DayError."""
    if user.role == ADMINISTRATOR and people.active_ids(session, ADMINISTRATOR) <= {user.id}:
        raise DayError("last_administrator")


def disable(session: Session, now: datetime, author: str, user: User) -> None:
    """Let a user in no more, and end their sessions; what they did stays theirs. Raises DayError."""
    _keep_one(session, user)
    user.disabled_at = now
    people.end_logins(session, user.id)
    day.note(session, now, author, "user_disabled", user.name)


def enable(session: Session, now: datetime, author: str, user: User) -> None:
    user.disabled_at = None
    day.note(session, now, author, "user_enabled", user.name)


def reset_password(session: Session, now: datetime, author: str, user: User) -> str:
    """Give a one-time password in place of one that was forgotten."""
    day.note(session, now, author, "password_reset", user.name)
    return users.reset_password(session, user)


def end_sessions(session: Session, now: datetime, author: str, user: User) -> None:
    people.end_logins(session, user.id)
    day.note(session, now, author, "sessions_ended", user.name)


def end_session(session: Session, now: datetime, author: str, login_id: int) -> None:
    """End one session. Raises DayError if there is none."""
    login = session.get(Login, login_id)
    if login is None:
        raise DayError("unknown_user")
    day.note(session, now, author, "sessions_ended", login.user.name)
    session.delete(login)

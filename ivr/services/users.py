"""Who may work here: users, passwords, sessions."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from db.models import Login, User
from db.queries import people
from db.session import Session

ROLES = ("operator", "supervisor", "district", "unit", "administrator")
SCOPED = ("district", "unit")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
FIRST_NAME = "supervisor"
ADDING = timedelta(minutes=1)
SHORTEST_PASSWORD = 8
FAILURES_BEFORE_LOCK = 5
LOCK = timedelta(minutes=10)
LONGEST_LOCK = timedelta(hours=24)
MOST_LOCKOUTS = 8  # ten minutes doubled so often are longer than a day
HALF_IN = timedelta(minutes=5)
_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex())  # checked when a name is unknown, so that both take as long


class BadUser(ValueError):
    """The name, role or password will not do; the message says why."""


def add(
    session: Session,
    name: str,
    role: str,
    password: str,
    now: datetime,
    *,
    scope: str = "",
    full_name: str = "",
    telephone: str = "",
    must_change: bool = False,
) -> User:
    """Add a user; a district's or unit's has a scope, "district.3". Raises BadUser, and then nothing is changed.

    Their telephone is the browser phone, client:name, unless it is an extension, sip:201, or a number, +98….
    """
    if not NAME.fullmatch(name):
        raise BadUser("a name is 2 to 32 of a-z, 0-9, '.', '_' and '-'")
    if role not in ROLES:
        raise BadUser(f"a role is one of {', '.join(ROLES)}")
    if not scope.startswith(f"{role}.") if role in SCOPED else scope:
        raise BadUser("a district's or unit's user has a scope, as district.3 or unit.parks; nobody else has one")
    if people.user_named(session, name):
        raise BadUser(f"there is a user {name!r} already")
    _check_password(password)
    user = User(
        name=name,
        full_name=full_name,
        role=role,
        scope=scope,
        password_hash=_hasher.hash(password),
        must_change=must_change,
        created_at=now,
        telephone=telephone or f"client:{name}",
    )
    session.add(user)
    session.flush()
    return user


def in_browsers(session: Session) -> list[str]:
    """Name who is rung in a browser of their own at the desk; a name that is somebody's SIP extension is not theirs."""
    everybody = people.users(session)
    taken = {user.telephone.removeprefix("sip:") for user in everybody if user.telephone.startswith("sip:")}
    at_the_desk = [user for user in everybody if user.role not in SCOPED and user.disabled_at is None]
    return [user.name for user in at_the_desk if user.telephone == f"client:{user.name}" and user.name not in taken]


def ensure_first(session: Session, now: datetime) -> tuple[str, str] | None:
    """Add a first administrator if there is no user at all; give name and one-time password, to be shown once."""
    if people.count_users(session):
        return None
    if not people.take_lease(session, "first user", secrets.token_hex(8), now, now + ADDING):
        return None  # another house on this database is just adding one
    password = secrets.token_urlsafe(12)
    add(session, FIRST_NAME, "administrator", password, now, must_change=True)
    return FIRST_NAME, password


def log_in(session: Session, name: str, password: str, now: datetime, lasts: timedelta) -> str | None:
    """Give a new session's token, or None; five failures lock a name for ten minutes, and each time twice as long.

    The session of somebody with a second proof is let in nowhere until its code has come.
    """
    user = people.user_named(session, name, lock=True)
    right = _matches(user.password_hash if user else _NOBODY, password)
    if user is None or locked(user, now) or user.disabled_at is not None:
        return None
    if not right:
        failed(user, now)
        return None
    if user.proof_since is not None:
        return _begin(session, user, now, HALF_IN, proven=False)
    return begin(session, user, now, lasts)


def locked(user: User, now: datetime) -> bool:
    return user.locked_until is not None and user.locked_until > now


def failed(user: User, now: datetime) -> None:
    """Count a wrong password or code."""
    user.failures += 1
    if user.failures >= FAILURES_BEFORE_LOCK:
        user.failures, user.locked_until = 0, now + min(LOCK * 2**user.lockouts, LONGEST_LOCK)
        user.lockouts = min(user.lockouts + 1, MOST_LOCKOUTS)


def knows_password(user: User, password: str, now: datetime) -> bool:
    """Ask somebody who is logged in for the password again; a wrong one counts."""
    if locked(user, now):
        return False
    if not _matches(user.password_hash, password):
        failed(user, now)
        return False
    return True


def known(session: Session, name: str) -> bool:
    return people.user_named(session, name) is not None


def begin(session: Session, user: User, now: datetime, lasts: timedelta) -> str:
    """Begin a session of somebody who proved all that is asked; give its token."""
    user.failures, user.lockouts, user.locked_until = 0, 0, None
    return _begin(session, user, now, lasts, proven=True)


def _begin(session: Session, user: User, now: datetime, lasts: timedelta, *, proven: bool) -> str:
    token = secrets.token_urlsafe(32)
    people.forget_expired_logins(session, now)
    login = Login(token_hash=_digest(token), user_id=user.id, created_at=now, expires_at=now + lasts, proven=proven)
    session.add(login)
    session.flush()
    return token


def of_token(session: Session, token: str, now: datetime) -> User | None:
    """Give the user whose session this is, if it still lasts and nothing more is to be proven."""
    login = people.login(session, _digest(token), now) if token else None
    return login.user if login and login.proven and login.user.disabled_at is None else None


def half_in(session: Session, token: str, now: datetime) -> User | None:
    """Give the user, locked, whose password was right and whose code is still asked for."""
    login = people.login(session, _digest(token), now) if token else None
    if login is None or login.proven or login.user.disabled_at is not None:
        return None
    return people.user_locked(session, login.user_id)


def log_out(session: Session, token: str) -> None:
    people.end_login(session, _digest(token))


def change_password(session: Session, user_id: int, old: str, new: str, now: datetime, lasts: timedelta) -> str:
    """Change a password and end every session of the user but a new one. Raises BadUser."""
    user = people.user(session, user_id)
    if user is None or not _matches(user.password_hash, old):
        raise BadUser("wrong_password")
    _check_password(new)
    user.password_hash, user.must_change = _hasher.hash(new), False
    people.end_logins(session, user.id)
    return begin(session, user, now, lasts)


def reset_password(session: Session, user: User) -> str:
    """Give a user a one-time password, and end their sessions."""
    password = secrets.token_urlsafe(12)
    user.password_hash, user.must_change = _hasher.hash(password), True
    user.failures, user.lockouts, user.locked_until = 0, 0, None
    people.end_logins(session, user.id)
    return password


def _check_password(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise BadUser("short_password")


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

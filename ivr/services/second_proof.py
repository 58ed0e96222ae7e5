"""The second proof: a code of six digits that an application on one's own telephone shows for half a minute."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

import pyotp
from cryptography.fernet import Fernet, InvalidToken

from db.models import User
from db.queries import people
from db.session import Session
from ivr.config import Config
from ivr.services import access, audit, day, users
from ivr.services.audit import Deed

STEP_SECONDS = 30
DRIFT = (-1, 0, 1)  # clocks that go half a minute wrong either way


def wanted_of(config: Config, user: User) -> bool:
    """Say whether somebody must set up a second proof before anything else."""
    required = config.console.second_proof == "required"
    return required and user.role in access.SUPERVISORS and user.proof_since is None


def prepare(session: Session, config: Config, user_id: int, password: str, now: datetime) -> str:
    """Make a secret that counts as soon as a first code of it was typed in; say what is wrong, or ""."""
    user = people.user_locked(session, user_id)
    if user.proof_since is not None:
        return "proof_there"
    if not users.knows_password(user, password, now):
        return "wrong_password"
    user.proof_secret = _box(config).encrypt(pyotp.random_base32().encode()).decode()
    return ""


def confirm(session: Session, config: Config, deed: Deed, user_id: int, code: str, lasts: timedelta) -> str | None:
    """Ask for codes from now on; every session ends but a new one, whose token this gives. None for a wrong code."""
    user = people.user_locked(session, user_id)
    if user.proof_since is not None or not _takes(session, config, deed, user, code):
        return None
    user.proof_since = deed.now
    audit.write(session, deed, "proof_set", user.name)
    people.end_logins(session, user.id)
    return users.begin(session, user, deed.now, lasts)


def remove(session: Session, config: Config, deed: Deed, user_id: int, password: str, code: str) -> str:
    """Ask for codes no more, as for a new telephone; say what is wrong, or ""."""
    user = people.user_locked(session, user_id)
    if not users.knows_password(user, password, deed.now):
        return "wrong_password"
    if not _takes(session, config, deed, user, code):
        return "wrong_code"
    _forget(user)
    audit.write(session, deed, "proof_removed", user.name)
    return ""


def reset(session: Session, now: datetime, author: str, user: User) -> None:
    """Help somebody who lost the telephone: the password alone lets them in again, and their sessions end."""
    _forget(user)
    user.failures, user.lockouts, user.locked_until = 0, 0, None
    people.end_logins(session, user.id)
    day.note(session, now, author, "proof_reset", user.name)


def enter(
    session: Session, config: Config, address: str, token: str, code: str, now: datetime, lasts: timedelta
) -> str | None:
    """Take the code of a session that has but a password; give a new session's token, or None."""
    user = users.half_in(session, token, now)
    if user is None:
        return None
    deed = Deed(user.name, address, now)
    if not _takes(session, config, deed, user, code):
        return None
    users.log_out(session, token)
    audit.write(session, deed, "login")
    return users.begin(session, user, now, lasts)


def _takes(session: Session, config: Config, deed: Deed, user: User, code: str) -> bool:
    """Say whether this is a code of now, and use it up; a wrong one counts towards a lock and is written down."""
    if users.locked(user, deed.now):
        return False
    if accepts(config, user, code, deed.now):
        return True
    users.failed(user, deed.now)
    audit.write(session, deed, "proof_failed", user.name)
    return False


def accepts(config: Config, user: User, code: str, now: datetime) -> bool:
    """Say whether this is a code of now, and use it up: neither it nor an earlier one is taken again."""
    secret = secret_of(config, user)
    if not secret:
        return False
    totp, step = pyotp.TOTP(secret, interval=STEP_SECONDS), int(now.timestamp()) // STEP_SECONDS
    for at in (step + drift for drift in DRIFT):
        if at > user.proof_step and hmac.compare_digest(totp.generate_otp(at).encode(), code.encode()):
            user.proof_step = at
            return True
    return False


def secret_of(config: Config, user: User) -> str:
    """Open the secret; "" if there is none, or if it was closed with another key."""
    try:
        return _box(config).decrypt(user.proof_secret.encode()).decode() if user.proof_secret else ""
    except InvalidToken:
        return ""


def address_of(config: Config, user: User) -> str:
    """Write the secret as applications read it: otpauth://…"""
    issuer = f"Hotline {config.hotline.short_code}"
    return str(pyotp.TOTP(secret_of(config, user)).provisioning_uri(name=user.name, issuer_name=issuer))


def _forget(user: User) -> None:
    user.proof_secret, user.proof_since, user.proof_step = "", None, 0


def _box(config: Config) -> Fernet:
    """Close secrets with a key that is not in the database."""
    key = hashlib.sha256(b"second proof:" + config.server.secret_key.get_secret_value().encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))

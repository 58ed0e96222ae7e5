"""Tracking codes: drawn by chance, checked by their last digit, and guarded against guessing."""

import secrets
from datetime import datetime, timedelta

from stdnum import damm

from db.models import CodeFailure
from db.queries import people
from db.session import Session
from ivr.config import Codes

LENGTH = 10
ENDING = 4  # what is enough from the telephone that made the report
KEPT = timedelta(days=2)


def draw() -> str:
    """Draw a code: nine digits by chance, the first not zero, and Damm's check digit."""
    return complete(f"{secrets.randbelow(9) + 1}{secrets.randbelow(10**8):08}")


def complete(body: str) -> str:
    """Add the check digit to nine digits."""
    return f"{body}{damm.calc_check_digit(body)}"


def well_formed(code: str) -> bool:
    return len(code) == LENGTH and damm.is_valid(code)


def throttled(session: Session, limits: Codes, caller: str | None, now: datetime) -> bool:
    """Say whether so many wrong codes came, from this caller or over all, that none is looked up any more."""
    hour, day = now - timedelta(hours=1), now - timedelta(days=1)
    if people.count_code_failures(session, hour) >= limits.tries_overall_hour:
        return True
    if caller:
        return people.count_code_failures(session, day, caller) >= limits.tries_per_caller_day
    return people.count_code_failures(session, hour, "") >= limits.tries_withheld_hour


def remember_failure(session: Session, caller: str | None, now: datetime) -> None:
    session.add(CodeFailure(caller=caller or "", at=now))
    session.flush()


def forget_old_failures(session: Session, now: datetime) -> None:
    people.forget_code_failures(session, now - KEPT)

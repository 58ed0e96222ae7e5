"""Who works in the demonstration: all of them log in with one password, to be changed at once."""

import secrets
from datetime import datetime

from db.models import User
from db.queries import people
from db.session import Session
from ivr.catalogue import Catalogue
from ivr.demo.words import words
from ivr.services import referrals, users

OPERATORS = ("sara", "zahra", "ali", "maryam", "reza", "fatemeh", "hossein", "narges", "mehdi", "leila")
SUPERVISORS = ("samira",)


def hire(session: Session, catalogue: Catalogue, now: datetime) -> tuple[list[User], list[User], str]:
    """Add whoever is not there yet; give operators, supervisors, and the password of those who were added."""
    password = secrets.token_urlsafe(9)
    named = [("operator", OPERATORS, words()["operators"]), ("supervisor", SUPERVISORS, words()["supervisors"])]
    desk = [
        [_ensure(session, name, role, password, now, full_name=full) for name, full in zip(names, fulls, strict=True)]
        for role, names, fulls in named
    ]
    for scope in referrals.holders(catalogue):
        role = scope.partition(".")[0]
        _ensure(session, user_of(scope), role, password, now, scope=scope)
    return desk[0], desk[1], password


def user_of(scope: str) -> str:
    """Name whoever answers for a district or unit: district3, parks."""
    return scope.removeprefix("unit.").replace(".", "")


def _ensure(
    session: Session, name: str, role: str, password: str, now: datetime, *, scope: str = "", full_name: str = ""
) -> User:
    known = people.user_named(session, name)
    if known is not None:
        return known
    return users.add(session, name, role, password, now, scope=scope, full_name=full_name, must_change=True)

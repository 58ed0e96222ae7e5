"""Telephones of people who work here: a browser (client:name), an extension (sip:101), a number of the network."""

import re

from ivr.persian import ascii_digits
from ivr.services.day import DayError
from ivr.services.desk import Desk

CLIENT = re.compile(r"client:[a-z0-9][a-z0-9._-]{1,31}")
SIP = re.compile(r"sip:[A-Za-z0-9][A-Za-z0-9._-]{0,30}(@[A-Za-z0-9.-]{1,28})?")


def read(desk: Desk, written: str) -> str:
    """Bring a telephone to the form in which it is dialled. Raises DayError for what cannot be."""
    raw = ascii_digits(written).strip()
    if CLIENT.fullmatch(raw) or SIP.fullmatch(raw):
        return raw
    number = desk.plan.parse(raw) or desk.plan.keyed(raw)
    if not desk.callable(number):
        raise DayError("bad_telephone")
    return str(number)


def allowed(desk: Desk, telephone: str) -> bool:
    """Say whether a telephone may be rung: somebody's of the house, or a number that we would ever dial."""
    return bool(CLIENT.fullmatch(telephone) or SIP.fullmatch(telephone)) or desk.callable(telephone)

"""When to call again, as an operator says it."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from ivr import persian
from ivr.web.labels import word

OFFERS = ("half_hour", "two_hours", "tomorrow", "chosen")
MORNING = time(9)
DAYS_AHEAD = 10


def days(local: datetime) -> list[tuple[str, str]]:
    """Offer the coming days: ISO for the form, Jalali words for the eye."""
    coming = [local + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
    return [(moment.date().isoformat(), _words(moment, ahead)) for ahead, moment in enumerate(coming)]


def _words(local: datetime, ahead: int) -> str:
    _, month, day = persian.jalali_day(local, local.tzinfo or "UTC")
    near = {0: word("today", "day"), 1: word("tomorrow", "day")}.get(ahead, word(local.weekday(), "weekday"))
    return f"{near} {persian.persian_digits(str(day))} {persian.month_name(month)}"


def moment(form: Mapping[str, str], local: datetime) -> datetime | None:
    """Read the form on the city's clocks; None if it says no moment."""
    match form.get("again", ""):
        case "half_hour":
            return local + timedelta(minutes=30)
        case "two_hours":
            return local + timedelta(hours=2)
        case "tomorrow":
            return datetime.combine(local.date() + timedelta(days=1), MORNING, local.tzinfo)
        case "chosen":
            return _chosen(form.get("again_day", ""), form.get("again_time", ""), local)
    return None


def _chosen(day: str, clock: str, local: datetime) -> datetime | None:
    """Understand 14:30, 1430, 9 or 9.05, in any digits."""
    said = re.fullmatch(r"(\d{1,2})(?:[:.]?(\d{2}))?", persian.fold(clock))
    try:
        at = time(int(said[1]), int(said[2] or 0)) if said else None
        return datetime.combine(date.fromisoformat(day), at, local.tzinfo) if at else None
    except ValueError:
        return None

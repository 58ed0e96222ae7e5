"""When citizens may be called: never in quiet hours, and in the part of the day they chose."""

from datetime import datetime, time, timedelta

from ivr.config import Callbacks

WINDOWS = ("", "morning", "afternoon", "evening")


def span(limits: Callbacks, window: str) -> tuple[time, time]:
    """Give when a window begins and ends. Raises KeyError for one that does not exist."""
    edges = {
        "": (limits.opens, limits.closes),
        "morning": (limits.opens, limits.morning_until),
        "afternoon": (limits.morning_until, limits.afternoon_until),
        "evening": (limits.afternoon_until, limits.closes),
    }
    opens, closes = edges[window]
    return time.fromisoformat(opens), time.fromisoformat(closes)


def now_open(limits: Callbacks, local: datetime) -> tuple[str, ...]:
    """List the windows that this moment lies in: none in quiet hours."""
    return tuple(window for window in WINDOWS if _within(local, *span(limits, window)))


def _within(local: datetime, opens: time, closes: time) -> bool:
    return opens <= local.time() < closes


def opening(limits: Callbacks, local: datetime, window: str = "") -> datetime:
    """Give the moment itself if citizens may be called then, else the next opening."""
    opens, closes = span(limits, window)
    if opens <= local.time() < closes:
        return local
    day = local if local.time() < opens else local + timedelta(days=1)
    return day.replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0)


def promised_until(limits: Callbacks, local: datetime, ahead: int, window: str = "") -> datetime:
    """Say by when a caller with so many before them is called, on the full hour.

    Counts working minutes only: `minutes_each` for every turn of all `operators` together.
    """
    left = timedelta(minutes=limits.minutes_each * (ahead // limits.operators + 1))
    moment = opening(limits, local, window)
    _, closes = span(limits, window)
    while True:
        today = moment.replace(hour=closes.hour, minute=closes.minute, second=0, microsecond=0) - moment
        if left <= today:
            break
        left -= today
        moment = opening(limits, moment + today, window)
    moment += left
    full = moment.replace(minute=0, second=0, microsecond=0)
    return full if full == moment else full + timedelta(hours=1)

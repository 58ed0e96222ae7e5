"""Daily sums, kept exact: days whose rows have changed are counted anew from the rows themselves."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from db.queries.figures import changed, raw, sums
from db.session import Session
from ivr.services.desk import Desk
from ivr.services.figures import counting, days

LOOK_EVERY = timedelta(seconds=20)
OVERLAP = timedelta(minutes=2)
"""A transaction may be seen later than the moment it bears, but not by more than this."""


def look(session: Session, desk: Desk, now: datetime) -> None:
    """Look for changed days, unless that was done a moment ago."""
    last = changed.last_look(session)
    if last is None or now - last >= LOOK_EVERY or now < last:
        note_changes(session, desk, now, last)


def renew_next(session: Session, desk: Desk, now: datetime) -> bool:
    """Count the newest changed day anew; say whether there was one."""
    waiting = sums.stale(session, 1)
    for day in waiting:
        renew(session, desk, day, now)
    return bool(waiting)


def begin_again(session: Session, desk: Desk, now: datetime) -> int:
    """Have every day counted anew, after rows were brought in from elsewhere; say how many days there are."""
    every = list(every_day(session, desk, now))
    sums.make_stale(session, every)
    changed.looked(session, now)
    return len(every)


def note_changes(session: Session, desk: Desk, now: datetime, last: datetime | None) -> None:
    """Find the days that changed since the last look; at first, every day there is."""
    if last is None:
        sums.make_stale(session, every_day(session, desk, now))
    else:
        moments = changed.moments(session, last - OVERLAP)
        sums.make_stale(session, {desk.local(moment).date() for moment in moments})
    changed.looked(session, now)


def every_day(session: Session, desk: Desk, now: datetime) -> Iterator[date]:
    first = changed.first_moment(session)
    if first is not None:
        yield from days.Period("", desk.local(first).date(), desk.local(now).date())


def renew(session: Session, desk: Desk, day: date, now: datetime) -> None:
    """Count one local day from its rows, and put that in the place of what was known."""
    counted = count(session, desk, day)
    sums.replace(session, day, days.month_code(day), counted.counted, counted.span_rows(day), now)


def count(session: Session, desk: Desk, day: date) -> counting.Count:
    start, end = days.Period("", day, day).bounds(desk.zone)
    counted = counting.Count(desk.zone)
    again = raw.earlier_calls(session, start, end, counting.AGAIN_WITHIN)
    counting.calls(counted, raw.calls(session, start, end), again)
    counting.tickets(counted, raw.tickets(session, start, end))
    counting.callbacks(counted, raw.callbacks(session, start, end))
    counting.attempts(counted, raw.attempts(session, start, end))
    return counted

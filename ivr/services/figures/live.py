"""The wall: what waits, what is late, and today against what is usual by this hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from db.queries.figures import open as now_open
from db.session import Session
from ivr.services.desk import Desk
from ivr.services.figures import days

WEEKS = 8
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Queue:
    waiting: int
    oldest: datetime | None
    past_promise: int
    overdue: int


@dataclass(frozen=True)
class Today:
    """Since midnight, and what is usual by this time of a day like this: the middle of the last weeks'."""

    calls: int
    usual_calls: float | None
    reports: int
    usual_reports: float | None


def queue(session: Session, now: datetime) -> Queue:
    waiting, oldest = now_open.waiting(session)
    return Queue(waiting, oldest, now_open.past_promise(session, now), now_open.overdue(session, now))


def today(session: Session, desk: Desk, now: datetime) -> Today:
    begin = days.start(desk.local(now).date(), desk.zone)
    spans = [(begin - WEEK * n, now - WEEK * n) for n in range(WEEKS + 1)]
    calls = [now_open.calls_between(session, *span) for span in spans]
    reports = [now_open.tickets_between(session, *span) for span in spans]
    return Today(calls[0], _middle(calls[1:]), reports[0], _middle(reports[1:]))


def _middle(counts: list[int]) -> float | None:
    """Give the median of the weeks in which there was anything at all."""
    known = sorted(n for n in counts if n)
    if not known:
        return None
    half = len(known) // 2
    return float(known[half]) if len(known) % 2 else (known[half - 1] + known[half]) / 2

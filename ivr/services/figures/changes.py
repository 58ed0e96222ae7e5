"""What changed: districts and subjects with more than their own history lets expect, and the hot spots of this hour."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from db.queries.figures import open as now_open
from db.queries.figures import sums
from db.session import Session
from ivr import chance
from ivr.services.desk import Desk
from ivr.services.figures import days
from ivr.services.figures.days import Period

SUBJECTS = ("district", "category", "place")
WEEKS, FEWEST_WEEKS = 8, 3
WEEK = timedelta(days=7)
FEWEST = 3
HOURS = 3


@dataclass(frozen=True)
class Change:
    """A number beside its history; `subject` is district, category or place ("3/clean"); `p` is corrected."""

    subject: str
    key: str
    n: int
    usual: float
    weeks: int
    p: float
    first: date
    last: date

    @property
    def rose(self) -> bool:
        return self.p < chance.LEVEL and self.n >= FEWEST

    @property
    def district(self) -> str:
        return {"district": self.key, "place": self.key.partition("/")[0]}.get(self.subject, "")

    @property
    def category(self) -> str:
        return {"category": self.key, "place": self.key.partition("/")[2]}.get(self.subject, "")


def of_days(session: Session, desk: Desk, period: Period) -> list[Change]:
    """Compare reports of a day, or a few, with the same weekdays of the eight weeks before; likeliest rise first.

    The same season is meant by that, and days off are compared with days off only. A week without any report at all
    was before the hotline's time, and teaches nothing.
    """
    past = [Period("", period.first - WEEK * n, period.last - WEEK * n) for n in range(1, WEEKS + 1)]
    alike = [one for one in past if _kind(desk, one) == _kind(desk, period)]
    counted = {one: sums.totals(session, "all", one.first, one.last).get(("", "reports"), 0) for one in alike}
    history = [one for one in alike if counted[one]]
    if len(history) < FEWEST_WEEKS:
        return []
    found = [one for subject in SUBJECTS for one in _compare(session, subject, period, history)]
    return _corrected(found)


def _kind(desk: Desk, period: Period) -> tuple[bool, ...]:
    return tuple(desk.office.works_on(day) for day in period)


def _compare(session: Session, subject: str, period: Period, history: list[Period]) -> Iterator[Change]:
    now = _reports(session, subject, period)
    past = [_reports(session, subject, one) for one in history]
    for key in sorted(now):
        if "unknown" in key.split("/"):
            continue
        usual, p = chance.rise(now[key], [one.get(key, 0) for one in past])
        yield Change(subject, key, now[key], usual, len(past), p, period.first, period.last)


def _reports(session: Session, subject: str, period: Period) -> Mapping[str, int]:
    found = sums.totals(session, subject, period.first, period.last)
    return {key: n for (key, measure), n in found.items() if measure == "reports"}


def hot_spots(session: Session, desk: Desk, now: datetime) -> list[Change]:
    """Compare the last hours' reports, by district and subject, with the same hours of the same weekday before."""
    begin = now - timedelta(hours=HOURS)
    here = now_open.tickets_by_place(session, begin, now)
    past = [now_open.tickets_by_place(session, begin - WEEK * n, now - WEEK * n) for n in range(1, WEEKS + 1)]
    history = [one for one in past if one]
    if len(history) < FEWEST_WEEKS:
        return []
    today = desk.local(begin).date(), desk.local(now).date()
    found = []
    for place, n in sorted(here.items()):
        usual, p = chance.rise(n, [one.get(place, 0) for one in history])
        found.append(Change("place", "/".join(place), n, usual, len(history), p, *today))
    return [one for one in _corrected(found) if one.rose]


def _corrected(found: list[Change]) -> list[Change]:
    corrected = chance.honest([one.p for one in found])
    return sorted(
        (replace(one, p=p) for one, p in zip(found, corrected, strict=True)), key=lambda one: (one.p, one.key)
    )


def chosen(code: str, today: date) -> Period:
    """Understand what is compared: "week" for the last seven days, else yesterday."""
    return days.read("last7" if code == "week" else "last1", today)

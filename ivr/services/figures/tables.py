"""Figures over a stretch of days, by district, unit, category, hour, weekday or Jalali month."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from db.queries.figures import raw, sums
from db.session import Session
from ivr import chance
from ivr.services import referrals
from ivr.services.desk import Desk
from ivr.services.figures import counting, days
from ivr.services.figures.days import Period
from ivr.services.figures.definitions import FIGURES, LENGTHS, Figure

DIMENSIONS = ("district", "unit", "category", "hour", "weekday", "month")
WEEK = (5, 6, 0, 1, 2, 3, 4)  # from Saturday
HALVES_A_DAY = 48
NINE_TENTHS, HALF = 0.9, 0.5

Sums = Mapping[str, int]
Lengths = Mapping[int, int]
KeyOf = Callable[[Any, datetime], str]


@dataclass(frozen=True)
class Value:
    """A figure's worth: None where there is nothing to divide by; what was counted, over what; the interval."""

    worth: float | None
    of: int = 0
    over: int = 0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """All figures of one district, one hour, …; the key "" is everything together."""

    key: str
    values: Mapping[str, Value]
    sums: Sums


@dataclass(frozen=True)
class Table:
    by: str
    period: Period
    lines: tuple[Line, ...]
    whole: Line


def table(session: Session, desk: Desk, by: str, period: Period, now: datetime) -> Table:
    """Make the table of a dimension; a KeyError for one that is not in DIMENSIONS."""
    counted = _counted(session, by, period)
    for key, measures in _live(session, desk, by, period, now).items():
        counted.setdefault(key, Counter()).update(measures)
    lengths = {what: sums.spans(session, what, by, period.first, period.last) for what in LENGTHS}
    lines = [
        line(key, counted.get(key, Counter()), {what: lengths[what].get(key, {}) for what in LENGTHS})
        for key in keys(desk, by, period, counted)
    ]
    return Table(by, period, tuple(lines), whole(session, desk, period, now))


def whole(session: Session, desk: Desk, period: Period, now: datetime) -> Line:
    """Give all figures over everything."""
    measures: Counter[str] = Counter()
    for (_, measure), n in sums.totals(session, "all", period.first, period.last).items():
        measures[measure] += n
    measures.update(_live(session, desk, "all", period, now).get("", {}))
    every = {what: sums.spans(session, what, "all", period.first, period.last)[""] for what in LENGTHS}
    return line("", measures, every)


def line(key: str, measures: Sums, lengths: Mapping[str, Lengths]) -> Line:
    return Line(key, {figure.code: value(figure, measures, lengths) for figure in FIGURES}, measures)


def value(figure: Figure, measures: Sums, lengths: Mapping[str, Lengths]) -> Value:
    """Reckon one figure as its definition says."""
    if figure.kind in ("median", "p90"):
        histogram = lengths.get(figure.of[0], {})
        return quantile(histogram, HALF if figure.kind == "median" else NINE_TENTHS)
    of = sum(measures.get(one, 0) for one in figure.of)
    over = sum(measures.get(one, 0) for one in figure.over)
    if figure.kind == "count":
        return Value(of, of)
    if not over:
        return Value(None)
    interval = chance.wilson(of, over) if figure.asked else (None, None)
    return Value(of / over, of, over, *interval)


def quantile(histogram: Lengths, share: float) -> Value:
    """Give the length, in hours, within which such a share was done: the smallest that at least so many took."""
    total = sum(histogram.values())
    if not total:
        return Value(None)
    rank, passed = math.ceil(share * total), 0
    for halves in sorted(histogram):
        passed += histogram[halves]
        if passed >= rank:
            return Value(halves / 2, passed, total)
    raise AssertionError("a rank lies within its total")


def _counted(session: Session, by: str, period: Period) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    if by in ("weekday", "month"):
        for (key, measure), n in sums.totals_by(session, by, period.first, period.last).items():
            found.setdefault(key, Counter())[measure] += n
        return found
    subject = "slot" if by == "hour" else by
    for (key, measure), n in sums.totals(session, subject, period.first, period.last).items():
        shown = str(int(key) // 2) if by == "hour" else key
        found.setdefault(shown, Counter())[measure] += n
    return found


def _of_day(by: str) -> Callable[[date], str]:
    return (lambda day: str(day.weekday())) if by == "weekday" else (lambda day: str(days.month_code(day)))


def _live(session: Session, desk: Desk, by: str, period: Period, now: datetime) -> dict[str, Counter[str]]:
    """Count what time alone makes late."""
    start, end = period.bounds(desk.zone)
    key_of = _key_of(desk, by)
    found: dict[str, Counter[str]] = {}
    for row in raw.overdue_tickets(session, start, end, now):
        found.setdefault(key_of(row, row.opened_at), Counter())["overdue"] += 1
    for row in raw.late_callbacks(session, start, end, now):
        found.setdefault(key_of(row, row.requested_at), Counter())["cb_late"] += 1
    return found


def _key_of(desk: Desk, by: str) -> KeyOf:
    """Give what says under which key a row is counted."""
    place = {"district": 0, "category": 1, "unit": 2}
    if by in place:
        return lambda row, _: counting.place_of(row)[place[by]]
    if by == "hour":
        return lambda _, moment: str(desk.local(moment).hour)
    if by == "all":
        return lambda *_: ""
    of_day = _of_day(by)
    return lambda _, moment: of_day(desk.local(moment).date())


def keys(desk: Desk, by: str, period: Period, counted: Iterable[str]) -> list[str]:
    """List the lines of a table, in the order in which people expect them; nothing that was counted is left out."""
    expected = _expected(desk, by, period)
    return [*expected, *sorted(key for key in counted if key not in expected)]


def _expected(desk: Desk, by: str, period: Period) -> list[str]:
    catalogue = desk.catalogue
    lists: dict[str, Callable[[], list[str]]] = {
        "district": lambda: [one.code for one in catalogue.districts],
        "category": lambda: [one.code for one in catalogue.categories],
        "unit": lambda: list(referrals.holders(catalogue)),
        "hour": lambda: [str(hour) for hour in range(24)],
        "weekday": lambda: [str(day) for day in WEEK],
        "month": lambda: list(dict.fromkeys(str(days.month_code(day)) for day in period)),
    }
    return lists[by]()

"""How many calls to expect each half hour: from the hotline's own history, the calendars, and days marked by hand."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from db.queries.figures import marked, sums
from db.session import Session
from ivr import chance, persian, seasons
from ivr.services.desk import Desk
from ivr.services.figures import marks
from ivr.services.figures.days import SLOTS, Period

LOOK_BACK = timedelta(days=3 * 365)
SHORTEST, A_YEAR = 28, 330
TESTED = 28
LATELY = 90
YEAR_DAYS = 365.25
CALLS = "calls"


@dataclass(frozen=True)
class Forecast:
    """Calls expected, by day and by half hour; `error` of the test on the last four weeks, beside a plain guess's."""

    days: Mapping[date, float]
    slots: Mapping[date, Sequence[float]]
    history: int
    error: float | None
    plain_error: float | None


@dataclass(frozen=True)
class _Calendar:
    """Turns a day into features."""

    desk: Desk
    marked: Mapping[date, str]
    origin: date
    yearly: bool
    known: dict[date, list[float]] = field(default_factory=dict)

    def features(self, day: date) -> list[float]:
        if day not in self.known:
            self.known[day] = self._features(day)
        return self.known[day]

    def _features(self, day: date) -> list[float]:
        special = seasons.kinds(day, self.desk.office)
        found = [float(day.weekday() == n) for n in range(7)]
        found += [float(kind in special) for kind in seasons.KINDS]
        found += [float(self.marked.get(day) == kind) for kind in marks.KINDS]
        if self.yearly:
            _, month, of_month = persian.jalali_date(day)
            turn = 2 * math.pi * ((month - 1) * 30.5 + of_month) / YEAR_DAYS
            found += [math.sin(turn), math.cos(turn), math.sin(2 * turn), math.cos(2 * turn)]
            found.append((day - self.origin).days / YEAR_DAYS)
        return found


def expect(session: Session, desk: Desk, today: date, ahead: Period) -> Forecast | None:
    """Forecast the days of a stretch; None while there are not four weeks of history."""
    first = sums.first_day(session)
    if first is None or (today - first).days < SHORTEST:
        return None
    known = Period("", max(first, today - LOOK_BACK), today - timedelta(days=1))
    counts = sums.by_day(session, "all", known.first, known.last, (CALLS,))
    daily = {day: counts.get((day, "", CALLS), 0) for day in known}
    notes = {one.day: one.kind for one in marked.between(session, known.first, ahead.last)}
    calendar = _Calendar(desk, notes, known.first, yearly=known.days >= A_YEAR)
    expected = _regress(calendar, daily, list(ahead))
    shapes = _shapes(session, desk, Period("", max(known.first, today - timedelta(days=LATELY)), known.last))
    slots = {day: [n * share for share in shapes[desk.office.works_on(day)]] for day, n in expected.items()}
    return Forecast(expected, slots, known.days, *_test(calendar, daily))


def _regress(calendar: _Calendar, daily: Mapping[date, int], wanted: Sequence[date]) -> dict[date, float]:
    """Learn from some days what others will bring; the level of the last four weeks has the last word."""
    model = chance.learn([calendar.features(day) for day in daily], list(daily.values()))
    lately = sorted(daily)[-SHORTEST:]
    fitted = sum(model.expect([calendar.features(day) for day in lately]))
    level = math.sqrt(sum(daily[day] for day in lately) / fitted) if fitted else 1.0
    expected = model.expect([calendar.features(day) for day in wanted])
    return {day: n * level for day, n in zip(wanted, expected, strict=True)}


def _test(calendar: _Calendar, daily: Mapping[date, int]) -> tuple[float | None, float | None]:
    """Forecast the last four weeks from what came before, and the mean of the same weekdays beside it."""
    every = sorted(daily)
    learnt, tested = every[:-TESTED], every[-TESTED:]
    total = sum(daily[day] for day in tested)
    if len(learnt) < SHORTEST or not total:
        return None, None
    expected = _regress(calendar, {day: daily[day] for day in learnt}, tested)
    plain = {day: sum(daily[one] for one in learnt[-SHORTEST:] if one.weekday() == day.weekday()) / 4 for day in tested}
    return tuple(sum(abs(daily[day] - guess[day]) for day in tested) / total for guess in (expected, plain))  # type: ignore[return-value]  # two of them


def _shapes(session: Session, desk: Desk, lately: Period) -> dict[bool, list[float]]:
    """Give each half hour's share of a day, on working days and on days off; one kind never seen is like the other."""
    counted = sums.by_day(session, "slot", lately.first, lately.last, (CALLS,))
    totals = {True: [0] * SLOTS, False: [0] * SLOTS}
    for (day, slot, _), n in counted.items():
        totals[desk.office.works_on(day)][int(slot)] += n
    both = [a + b for a, b in zip(*totals.values(), strict=True)]
    return {works: _shares(of if sum(of) else both) for works, of in totals.items()}


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    return [n / total if total else 1 / SLOTS for n in counts]

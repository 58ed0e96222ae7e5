"""How many operators keep the promise to call back: the forecast's work, by half hour and by shift."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from db.queries.figures import sums
from db.session import Session
from ivr import waiting
from ivr.services import hours
from ivr.services.desk import Desk
from ivr.services.figures.days import SLOT_MINUTES, SLOTS, Period
from ivr.services.figures.forecast import LATELY, Forecast, expect

SHIFTS = ("morning", "afternoon", "evening")
AHEAD = 14
SECONDS_A_SLOT = SLOT_MINUTES * 60
NIGHT_SPREAD = 4  # half hours over which what was asked for at night is worked off


@dataclass(frozen=True)
class Aim:
    """What is promised: so many of a hundred are called within so many minutes; breaks take so many of a hundred."""

    minutes: int = 60
    percent: int = 90
    breaks: int = 15


@dataclass(frozen=True)
class Work:
    """What a call in leads to, as the last months had it: callbacks for each, and seconds of work for one."""

    callbacks_each: float
    seconds: float
    measured: bool


@dataclass(frozen=True)
class Shift:
    name: str
    opens: str
    closes: str
    operators: int
    callbacks: float
    person_hours: float


@dataclass(frozen=True)
class Day:
    """One day's plan: half hours in which citizens may be called have operators, others have none."""

    day: date
    calls: float
    slots: Sequence[float]
    operators: Sequence[int]
    shifts: Sequence[Shift]


@dataclass(frozen=True)
class Plan:
    forecast: Forecast
    work: Work
    aim: Aim
    days: Sequence[Day]


def plan(session: Session, desk: Desk, today: date, aim: Aim) -> Plan | None:
    """Plan two weeks from today; None while there is too little history."""
    ahead = Period("", today, today + timedelta(days=AHEAD - 1))
    forecast = expect(session, desk, today, ahead)
    if forecast is None:
        return None
    work = _work(session, desk, today)
    return Plan(forecast, work, aim, [_day(desk, day, forecast, work, aim) for day in ahead])


def _work(session: Session, desk: Desk, today: date) -> Work:
    """Measure what came of calls lately; a talk's planned length where nothing was measured."""
    found = sums.totals(session, "all", today - timedelta(days=LATELY), today - timedelta(days=1))
    of = {measure: n for (_, measure), n in found.items()}
    calls, ended, limits = of.get("calls", 0), of.get("cb_ended", 0), desk.config.callbacks
    each = of.get("cb", 0) / calls if calls else 0.0
    if not ended or not of.get("op_tries"):
        return Work(each, limits.minutes_each * 60.0, measured=False)
    talking = of.get("op_seconds", 0) + of.get("op_wrap", 0)
    unanswered = (of["op_tries"] - of.get("op_talks", 0)) * limits.ring_seconds
    return Work(each, (talking + unanswered) / ended, measured=True)


def _day(desk: Desk, day: date, forecast: Forecast, work: Work, aim: Aim) -> Day:
    calls = forecast.slots[day]
    asked = _asked(calls, work.callbacks_each, *_open_slots(desk, ""))
    operators = [_operators(n, work.seconds, aim) for n in asked]
    shifts = [_shift(desk, name, asked, operators) for name in SHIFTS]
    return Day(day, forecast.days[day], calls, operators, shifts)


def _asked(calls: Sequence[float], each: float, first: int, last: int) -> list[float]:
    """Give the callbacks that fall due in each half hour: those of the night in the morning's first hours."""
    asked = [n * each if first <= slot < last else 0.0 for slot, n in enumerate(calls)]
    night = sum(n * each for slot, n in enumerate(calls) if not first <= slot < last)
    spread = min(NIGHT_SPREAD, last - first)
    for slot in range(first, first + spread):
        asked[slot] += night / spread
    return asked


def _operators(callbacks: float, seconds: float, aim: Aim) -> int:
    load = callbacks * seconds / SECONDS_A_SLOT
    at_work = waiting.servers_for(load, aim.minutes * 60, seconds, aim.percent / 100)
    return math.ceil(at_work / (1 - aim.breaks / 100))


def _open_slots(desk: Desk, window: str) -> tuple[int, int]:
    opens, closes = hours.span(desk.config.callbacks, window)
    last = (closes.hour * 60 + closes.minute + SLOT_MINUTES - 1) // SLOT_MINUTES
    return (opens.hour * 60 + opens.minute) // SLOT_MINUTES, min(SLOTS, last)


def _shift(desk: Desk, name: str, asked: Sequence[float], operators: Sequence[int]) -> Shift:
    """Give a shift as many operators as its fullest half hour needs."""
    first, last = _open_slots(desk, name)
    opens, closes = hours.span(desk.config.callbacks, name)
    most = max(operators[first:last], default=0)
    person_hours = most * (last - first) * SLOT_MINUTES / 60
    return Shift(name, f"{opens:%H:%M}", f"{closes:%H:%M}", most, sum(asked[first:last]), person_hours)


def aim(given: Mapping[str, str]) -> Aim:
    """Read what is promised from a form; what is not a sensible number is as usual."""
    usual = Aim()
    return Aim(
        _between(given.get("minutes", ""), 5, 480, usual.minutes),
        _between(given.get("percent", ""), 50, 99, usual.percent),
        _between(given.get("breaks", ""), 0, 60, usual.breaks),
    )


def _between(written: str, least: int, most: int, usual: int) -> int:
    return min(most, max(least, int(written))) if written.strip().isdecimal() else usual

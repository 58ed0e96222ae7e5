"""The city's year: which days bring how many calls, about what, and at which hours."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ivr import persian, workdays

THURSDAY, FRIDAY = 3, 4
BY_WEEKDAY = {3: 0.75, 4: 0.45, 5: 1.18}  # Thursday, Friday, Saturday; Python counts from Monday
BY_HOUR = (4, 2, 1, 1, 1, 2, 8, 26, 62, 92, 128, 132, 112, 78, 58, 50, 50, 54, 56, 52, 44, 34, 22, 11)
BIRTHDAY = "Birthday of Mahdi"
WET_MONTHS, SNOW_MONTHS = (8, 9, 10, 11, 12, 1), (10, 11)
YEAR_END, NOWRUZ_DAYS = 12, 13
MID_MONTH = 14

SUBJECTS = {"clean": 30, "green": 15, "road": 17, "drain": 8, "obstruct": 13, "traffic": 9, "other": 8}
MORE = {  # what a day like this brings more of
    "rain": {"drain": 5.0, "road": 1.3},
    "storm": {"drain": 16.0, "green": 1.6, "road": 1.3},
    "snow": {"road": 7.0, "green": 1.5},
    "year_end": {"clean": 1.6, "obstruct": 1.5},
    "nowruz": {"clean": 1.7, "traffic": 1.6, "green": 1.3},
    "birthday": {"clean": 1.9, "traffic": 2.2, "obstruct": 1.4},
}
BUSIER = {"rain": 1.5, "storm": 4.6, "snow": 3.4, "year_end": 1.3, "nowruz": 1.15, "birthday": 1.8, "holiday": 0.55}


@dataclass(frozen=True)
class Day:
    """A day of the city: what kind it is, its share of the calls, and its share of each subject."""

    date: date
    kind: str
    share: float
    subjects: dict[str, float]


def year(rng: random.Random, first: date, last: date, country: str) -> list[Day]:
    """Give every day from first to last with its weather and feasts."""
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    named = workdays.occasions(country, tuple(range(first.year, last.year + 1)))
    weather = dict(_weather(rng, dates))
    return [_day(rng, one, weather.get(one, ""), named) for one in dates]


def _weather(rng: random.Random, dates: Sequence[date]) -> Iterator[tuple[date, str]]:
    """Let it rain now and then in the wet months, once as never before, and snow for two days in winter."""
    months = {one: persian.jalali_date(one)[1] for one in dates}
    wet = [one for one in dates if months[one] in WET_MONTHS and rng.random() < 1 / 12]
    yield from ((one, "rain") for one in wet)
    working = [one for one in wet if one.weekday() not in (THURSDAY, FRIDAY)]
    if working:
        yield rng.choice(working), "storm"
    white = [one for one in dates if months[one] in SNOW_MONTHS]
    if white:
        begins = rng.choice(white)
        yield from ((one, "snow") for one in white if 0 <= (one - begins).days <= 1)


def _day(rng: random.Random, day: date, weather: str, named: dict[date, str]) -> Day:
    kind = weather or _feast(day, named)
    share = BY_WEEKDAY.get(day.weekday(), 1.0) * BUSIER.get(kind, 1.0) * rng.uniform(0.92, 1.08)
    more = MORE.get(kind, {})
    return Day(day, kind, share, {subject: size * more.get(subject, 1.0) for subject, size in SUBJECTS.items()})


def _feast(day: date, named: dict[date, str]) -> str:
    near = (day + timedelta(days=n) for n in range(-1, 3))
    if any(BIRTHDAY in named.get(one, "") for one in near):
        return "birthday"
    _, month, of_month = persian.jalali_date(day)
    if month == 1 and of_month <= NOWRUZ_DAYS:
        return "nowruz"
    if month == YEAR_END and of_month > MID_MONTH:
        return "year_end"
    return "holiday" if day in named else ""

"""What kind of day it is: Jalali and Hijri seasons in which a city calls more or less than on others."""

from datetime import date, timedelta

from hijridate import Gregorian

from ivr import persian
from ivr.workdays import Workdays

RAMADAN, SHABAN, MUHARRAM = 9, 8, 1
ESFAND, FARVARDIN = 12, 1
KINDS = ("nowruz", "year_end", "ramadan", "nimeh_shaban", "ashura", "day_off", "after_day_off")
_FIRST_DAYS, _LAST_DAYS = 13, 15
_NIMEH, _AROUND_NIMEH = 15, 1
_TASUA, _ASHURA = 9, 10


def hijri(day: date) -> tuple[int, int, int]:
    """Give year, month and day after Umm al-Qura; what is seen in Iran may be a day later."""
    found = Gregorian(day.year, day.month, day.day).to_hijri()
    return found.year, found.month, found.day


def kinds(day: date, office: Workdays) -> frozenset[str]:
    """Name what is special about a day."""
    _, month, of_month = persian.jalali_date(day)
    _, moon, of_moon = hijri(day)
    is_so = {
        "nowruz": month == FARVARDIN and of_month <= _FIRST_DAYS,
        "year_end": month == ESFAND and of_month >= _LAST_DAYS,
        "ramadan": moon == RAMADAN,
        "nimeh_shaban": moon == SHABAN and abs(of_moon - _NIMEH) <= _AROUND_NIMEH,
        "ashura": moon == MUHARRAM and of_moon in (_TASUA, _ASHURA),
        "day_off": not office.works_on(day),
        "after_day_off": office.works_on(day) and not office.works_on(day - timedelta(days=1)),
    }
    return frozenset(name for name, so in is_so.items() if so)

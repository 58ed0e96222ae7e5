"""Local days: where they begin and end, and the stretches of them that somebody may look at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ivr import persian

ONE = timedelta(days=1)
LATELY = (1, 7, 30, 90)
SLOTS = 48
SLOT_MINUTES = 30


@dataclass(frozen=True)
class Period:
    """A stretch of local days, both ends counted; `code` names it in an address."""

    code: str
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(self.days))

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        return start(self.first, zone), start(self.last + ONE, zone)


def start(day: date, zone: ZoneInfo) -> datetime:
    """Give the moment at which a local day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def slot(local: datetime) -> int:
    """Say which half hour of the day it is."""
    return local.hour * 2 + local.minute // SLOT_MINUTES


def month_code(day: date) -> int:
    year, month, _ = persian.jalali_date(day)
    return year * 100 + month


def month(code: int) -> Period:
    """Give a Jalali month by its code, 140508. Raises ValueError."""
    first, last = persian.month_days(code // 100, code % 100)
    return Period(str(code), first, last)


def months_back(today: date, count: int) -> list[int]:
    """List the codes of the month that a day lies in and of those before it, newest first."""
    found, day = [], today
    for _ in range(count):
        found.append(month_code(day))
        day = month(found[-1]).first - ONE
    return found


def read(code: str, today: date) -> Period:
    """Understand a period's code: "140508", "1405", "last30", "1405/01/01-1405/02/15"; else this month, until today."""
    try:
        return _read(code, today)
    except ValueError:
        this = month(month_code(today))
        return Period(this.code, this.first, today)


def _read(code: str, today: date) -> Period:
    if found := re.fullmatch(r"last([0-9]{1,3})", code):
        return Period(code, today - timedelta(days=int(found[1])), today - ONE)
    if re.fullmatch(r"1[34][0-9]{4}", code):
        whole = month(int(code))
        return Period(code, whole.first, max(whole.first, min(whole.last, today)))
    if re.fullmatch(r"1[34][0-9]{2}", code):
        first, last = persian.gregorian(int(code), 1, 1), persian.month_days(int(code), 12)[1]
        return Period(code, first, max(first, min(last, today)))
    first, last = (jalali(part) for part in code.split("-"))
    if first > last:
        raise ValueError("the wrong way round")
    return Period(code, first, last)


def jalali(written: str) -> date:
    """Read a Jalali day, 1405/08/13. Raises ValueError."""
    year, month_of_year, day = (int(part) for part in persian.ascii_digits(written.strip()).split("/"))
    return persian.gregorian(year, month_of_year, day)


def written(day: date) -> str:
    year, month_of_year, of_month = persian.jalali_date(day)
    return f"{year:04}/{month_of_year:02}/{of_month:02}"

"""When the city's offices work: days, hours and holidays; how long a promise takes in such time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FURTHEST = timedelta(days=5 * 365)


@dataclass(frozen=True)
class Workdays:
    """Office hours of one city; holidays come from a library, by country ("IR"), those to come by its estimate."""

    zone: ZoneInfo
    opens: time
    closes: time
    days: tuple[str, ...]
    holidays: HolidayBase

    def works_on(self, day: date) -> bool:
        return DAYS[day.weekday()] in self.days and day not in self.holidays

    def after(self, moment: datetime, work: timedelta) -> datetime:
        """Give the moment at which so much office time has passed."""
        left = work
        for start, end in self.spans(moment, moment + FURTHEST):
            if left <= end - start:
                return start + left
            left -= end - start
        return moment + FURTHEST

    def between(self, earlier: datetime, later: datetime) -> timedelta:
        """Say how much office time lies between two moments; none if they stand the wrong way round."""
        return sum((end - start for start, end in self.spans(earlier, later)), timedelta())

    def spans(self, earlier: datetime, later: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Give the stretches of office time between two moments, in order."""
        day, last = earlier.astimezone(self.zone).date(), later.astimezone(self.zone).date()
        while day <= last:
            if self.works_on(day):
                start = max(datetime.combine(day, self.opens, self.zone).astimezone(earlier.tzinfo), earlier)
                end = min(datetime.combine(day, self.closes, self.zone).astimezone(earlier.tzinfo), later)
                if start < end:
                    yield start, end
            day += timedelta(days=1)


def workdays(zone: ZoneInfo, opens: str, closes: str, days: tuple[str, ...], country: str) -> Workdays:
    """Put office hours together; clocks are written "07:30"."""
    return Workdays(zone, time.fromisoformat(opens), time.fromisoformat(closes), days, country_holidays(country))


def occasions(country: str, years: tuple[int, ...]) -> dict[date, str]:
    """Name the holidays of these years, in English: "Nowruz", "Birthday of Mahdi"."""
    return dict(country_holidays(country, years=years, language="en_US"))

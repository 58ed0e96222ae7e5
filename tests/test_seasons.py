"""What kind of day it is, by three calendars."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from ivr import persian, seasons
from ivr.workdays import workdays

OFFICE = workdays(ZoneInfo("Asia/Tehran"), "07:30", "14:30", ("sat", "sun", "mon", "tue", "wed"), "IR")


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        (date(2026, 11, 24), set()),
        (date(2026, 11, 27), {"day_off"}),
        (date(2026, 11, 28), {"after_day_off"}),
        (date(2026, 3, 21), {"nowruz", "day_off"}),
        (date(2026, 4, 2), {"nowruz", "day_off"}),
        (date(2026, 3, 10), {"year_end", "ramadan"}),
        (date(2026, 2, 20), {"ramadan", "day_off"}),
        (date(2026, 2, 3), {"nimeh_shaban"}),
        (date(2026, 2, 4), {"nimeh_shaban", "day_off"}),
        (date(2026, 6, 25), {"ashura", "day_off"}),
    ],
)
def test_a_day_is_of_these_kinds(day, kinds):
    assert seasons.kinds(day, OFFICE) == kinds


def test_ramadan_is_a_month_of_each_year():
    for year in range(2024, 2031):
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
        assert 28 <= sum("ramadan" in seasons.kinds(day, OFFICE) for day in days) <= 60


def test_jalali_days_go_there_and_back():
    for n in range(0, 4000, 7):
        day = date(2020, 1, 1) + timedelta(days=n)
        assert persian.gregorian(*persian.jalali_date(day)) == day
    assert persian.month_days(1403, 12) == (date(2025, 2, 19), date(2025, 3, 20))
    with pytest.raises(ValueError, match="day"):
        persian.gregorian(1404, 12, 30)

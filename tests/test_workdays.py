"""Office time: days, hours, holidays; forwards and between."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.workdays import workdays

YEARS = (datetime(2026, 1, 1), datetime(2028, 1, 1))  # noqa: DTZ001  # given without a zone on purpose
QOM = ZoneInfo("Asia/Tehran")
OFFICE = workdays(QOM, "07:30", "14:30", ("sat", "sun", "mon", "tue", "wed"), "IR")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=QOM)


@pytest.mark.parametrize(
    ("opened", "hours", "due"),
    [
        ("2026-11-24T10:00", 2, "2026-11-24T12:00"),
        ("2026-11-24T13:30", 2, "2026-11-25T08:30"),
        ("2026-11-24T03:00", 7, "2026-11-24T14:30"),
        ("2026-11-25T14:00", 1, "2026-11-28T08:00"),  # Thursday and Friday are free
        ("2026-11-24T10:00", 21, "2026-11-29T10:00"),
        ("2026-03-18T13:30", 2, "2026-03-25T08:30"),  # oil day and Nowruz
        ("2026-06-24T09:00", 1, "2026-06-27T08:30"),  # Tasua, Ashura
    ],
)
def test_promises_run_in_office_hours(opened, hours, due):
    assert OFFICE.after(at(opened), timedelta(hours=hours)) == at(due)
    assert OFFICE.between(at(opened), at(due)) == timedelta(hours=hours)


def test_no_office_time_lies_in_a_weekend_or_backwards():
    assert OFFICE.between(at("2026-11-25T15:00"), at("2026-11-28T07:00")) == timedelta()
    assert OFFICE.between(at("2026-11-25T12:00"), at("2026-11-24T12:00")) == timedelta()


@given(st.datetimes(*YEARS), st.integers(1, 60 * 70))
def test_what_goes_by_is_what_was_promised(opened, minutes):
    work = timedelta(minutes=minutes)
    moment = opened.replace(tzinfo=QOM)
    assert OFFICE.between(moment, OFFICE.after(moment, work)) == work

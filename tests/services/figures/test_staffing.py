"""The forecast knows weekdays, calendars and marked days; the plan has enough operators for the promise."""

from datetime import date, timedelta
from random import Random

import pytest

from db.models import User
from ivr import seasons, waiting
from ivr.services.figures import forecast, marks, staffing
from ivr.services.figures.days import SLOTS, Period
from tests.services.figures import history

TODAY = date(2026, 11, 24)
RAIN = (0, 40, 81, 133, 200, 290)


def usual(day, office):
    """Say what a day brings: half on days off, a fifth more at Nowruz, a quarter less in Ramadan."""
    kinds = seasons.kinds(day, office)
    calls = 1200.0
    for kind, factor in (("day_off", 0.5), ("nowruz", 1.2), ("ramadan", 0.75)):
        calls *= factor if kind in kinds else 1
    return calls


@pytest.fixture
def year(database, desk):
    """A year of calls, three times as many on days of rain; half of them between ten and eleven."""
    rain = {TODAY - timedelta(days=5 + n) for n in RAIN}
    random = Random(7)

    def of_day(day):
        calls = round(usual(day, desk.office) * (3 if day in rain else 1) * random.uniform(0.95, 1.05))
        half = calls // 2
        return {
            ("all", "", "calls"): calls,
            ("slot", "20", "calls"): half,
            ("slot", "30", "calls"): calls - half - 10,
            ("slot", "2", "calls"): 10,
            ("all", "", "cb"): calls // 4,
            ("all", "", "cb_ended"): calls // 4,
            ("all", "", "op_tries"): calls // 4,
            ("all", "", "op_talks"): calls // 4,
            ("all", "", "op_seconds"): 180 * (calls // 4),
            ("all", "", "op_wrap"): 60 * (calls // 4),
        }

    history.write(database, TODAY - timedelta(days=365), TODAY - timedelta(days=1), of_day)
    return rain


@pytest.fixture
def marked(database, year, clock):
    user = User(name="maryam", role="supervisor", password_hash="-", created_at=clock())
    with database.transaction() as session:
        for day in year:
            written = forecast.persian.jalali_date(day)
            marks.mark(session, user, clock(), "{}/{}/{}".format(*written), "rain", "")


def test_a_day_is_expected_as_days_like_it_were(database, desk, marked):
    ahead = Period("", TODAY, TODAY + timedelta(days=29))
    with database.reading() as session:
        found = forecast.expect(session, desk, TODAY, ahead)
    for day in ahead:
        assert found.days[day] == pytest.approx(usual(day, desk.office), rel=0.12), day
        assert sum(found.slots[day]) == pytest.approx(found.days[day])
        assert found.slots[day][20] == pytest.approx(found.days[day] / 2, rel=0.02)
    assert found.error < 0.08
    assert found.history == 365


def test_rain_that_is_marked_does_not_spoil_dry_days_and_can_be_expected(database, desk, marked, clock):
    user = User(name="maryam", role="supervisor", password_hash="-", created_at=clock())
    with database.transaction() as session:
        marks.mark(session, user, clock(), "1405/09/04", "rain", "forecast")
    with database.reading() as session:
        found = forecast.expect(session, desk, TODAY, Period("", TODAY, TODAY + timedelta(days=1)))
    dry, wet = found.days.values()
    assert 2.3 < wet / dry < 3.5


def test_too_short_a_history_foretells_nothing(database, desk):
    history.write(
        database, TODAY - timedelta(days=20), TODAY - timedelta(days=1), lambda day: {("all", "", "calls"): 9}
    )
    with database.reading() as session:
        assert forecast.expect(session, desk, TODAY, Period("", TODAY, TODAY)) is None
        assert staffing.plan(session, desk, TODAY, staffing.Aim()) is None


def test_every_half_hour_has_the_operators_that_its_promise_needs(database, desk, marked):
    aim = staffing.Aim(minutes=20, percent=90, breaks=10)
    with database.reading() as session:
        plan = staffing.plan(session, desk, TODAY, aim)
    assert len(plan.days) == 14
    assert plan.work.measured
    assert plan.work.seconds == pytest.approx(240, rel=0.01)
    assert plan.work.callbacks_each == pytest.approx(0.25, abs=0.01)
    day = plan.days[0]
    peak = day.slots[20] * plan.work.callbacks_each * plan.work.seconds / 1800
    assert waiting.served_within(peak, round(day.operators[20] * 0.9), 1200, plan.work.seconds) >= 0.9
    assert not any(day.operators[slot] for slot in (*range(16), *range(42, SLOTS)))  # quiet hours: 21:00 to 08:00
    assert all(day.operators[slot] for slot in range(16, 20))  # what was asked for at night
    morning = day.shifts[0]
    assert (morning.name, morning.opens, morning.closes) == ("morning", "08:00", "12:00")
    assert morning.operators == max(day.operators[16:24])
    asked = sum(day.slots) * plan.work.callbacks_each
    assert sum(one.callbacks for one in day.shifts) == pytest.approx(asked)


def test_an_aim_is_read_within_sense():
    assert staffing.aim({}) == staffing.Aim(60, 90, 15)
    assert staffing.aim({"minutes": "1", "percent": "100", "breaks": "x"}) == staffing.Aim(5, 99, 15)
    assert staffing.aim({"minutes": "\u06f3\u06f0"}).minutes == 30


def test_a_mark_is_a_day_and_a_kind(database, clock):
    user = User(name="maryam", role="supervisor", password_hash="-", created_at=clock())
    with database.transaction() as session:
        with pytest.raises(marks.BadMark, match="bad_day"):
            marks.mark(session, user, clock(), "1405/12/30", "rain", "")
        with pytest.raises(marks.BadMark, match="unknown_mark"):
            marks.mark(session, user, clock(), "1405/09/04", "sun", "")
        marks.mark(session, user, clock(), "1405/09/04", "rain", " x ")
        marks.mark(session, user, clock(), "1405/09/04", "snow", "y")
        assert [(one.kind, one.note) for one in marks.known(session, TODAY, TODAY + timedelta(days=9))] == [
            ("snow", "y")
        ]
        marks.unmark(session, "1405/09/04")
        assert marks.known(session, TODAY, TODAY + timedelta(days=9)) == []

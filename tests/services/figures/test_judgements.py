"""What is said about the figures: fair or not, changed or not; planted truths are found, and nothing else."""

from datetime import date, timedelta
from random import Random

import pytest

from db.models import Ticket
from ivr.services.figures import changes, days, fairness, tables
from tests.services.figures import history
from tests.services.figures.naive import Naive
from tests.year import SUBJECTS, Year, count

LAST = date(2026, 11, 23)
PEOPLE = {"1": 165, "2": 190, "3": 140, "4": 180, "5": 95, "6": 210, "7": 61, "8": 160}


def test_rates_are_counts_by_inhabitants(database, desk, clock):
    Year(database, clock())
    count(database, desk, clock())
    period = days.read("last30", desk.local(clock()).date())
    people = {one.code: one.population for one in desk.catalogue.districts}
    assert sum(people.values()) == 1_201_158
    with database.reading() as session:
        naive = Naive(session, period.first, period.last, clock())
        found = fairness.judge(session, desk, tables.table(session, desk, "district", period, clock()))
        for code, population in people.items():
            here = naive.figures("district", code)
            others = [naive.figures("district", other) for other in people if other != code]
            rate = found.verdicts["reports"][code]
            assert rate.worth == pytest.approx(here["reports"] / population * 1000)
            rest = sum(one["reports"] for one in others) / (1_201_158 - population) * 1000
            assert rate.rest == pytest.approx(rest)
            for figure in fairness.SHARES:
                (of, over), verdict = here[figure], found.verdicts[figure].get(code)
                assert verdict is None if not over else verdict.worth == pytest.approx(of / over)
    assert found.estimated


def city(slow, busy):
    """Make days of a city in which one district is slow and one has twice the reports; the others are alike."""
    random = Random(1)

    def of_day(_):
        found = {}
        for district, people in PEOPLE.items():
            reports = round(people * (0.4 if district == busy else 0.2) * random.uniform(0.9, 1.1))
            in_time = round(reports * (0.6 if district == slow else 0.8))
            counted = {"reports": reports, "calls": 2 * reports, "settled": reports, "in_time": in_time}
            for measure, n in counted.items():
                found["district", district, measure] = n
        return found

    return of_day


def test_what_differs_is_found_and_what_does_not_is_left(database, desk, clock):
    history.write(database, LAST - timedelta(days=29), LAST, city(slow="4", busy="6"))
    period = days.read("last30", LAST + timedelta(days=1))
    with database.reading() as session:
        found = fairness.judge(session, desk, tables.table(session, desk, "district", period, clock()))
    late = [one for one in found.differing if one.figure == "in_time"]
    assert {one.district for one in late if not one.good} == {"4"}
    worst = min(late, key=lambda one: one.p)
    assert (worst.good, worst.higher) == (False, False)
    busiest = max(found.verdicts["reports"].values(), key=lambda one: one.worth)
    assert (busiest.district, busiest.differs, busiest.good) == ("6", True, None)


def quiet(day):
    """Make days alike but for chance, with weekends at half."""
    random = Random(day.toordinal())
    half = 0.5 if day.weekday() in (3, 4) else 1
    found = {("all", "", "reports"): 500}
    for district in "12345678":
        found["district", district, "reports"] = round(60 * half + random.gauss(0, 7))
        for category in ("clean", "green", "road"):
            found["place", f"{district}/{category}", "reports"] = max(0, round(20 * half + random.gauss(0, 4)))
    return found


def test_a_rise_is_found_and_quiet_days_raise_no_alarm(database, desk):
    history.write(database, LAST - timedelta(days=90), LAST, quiet)
    tomorrow = LAST + timedelta(days=1)
    with database.reading() as session:
        assert not [one for one in changes.of_days(session, desk, changes.chosen("", tomorrow)) if one.rose]
        alarms = 0
        for back in range(20):
            day = tomorrow - timedelta(days=back)
            alarms += any(one.rose for one in changes.of_days(session, desk, changes.chosen("", day)))
        assert alarms <= 3

    def more(day):
        found = quiet(day)
        found["district", "6", "reports"] += 55
        found["place", "6/clean", "reports"] += 50
        return found

    history.write(database, tomorrow, tomorrow, more)
    with database.reading() as session:
        compared = changes.of_days(session, desk, changes.chosen("", tomorrow + timedelta(days=1)))
    rose = [one for one in compared if one.rose]
    assert {(one.subject, one.key) for one in rose} == {("district", "6"), ("place", "6/clean")}
    assert {(one.district, one.category) for one in rose} == {("6", ""), ("6", "clean")}
    assert all(one.weeks >= 3 for one in rose)


def test_without_a_past_nothing_is_judged(database, desk):
    history.write(database, LAST - timedelta(days=10), LAST, quiet)
    with database.reading() as session:
        assert changes.of_days(session, desk, changes.chosen("", LAST + timedelta(days=1))) == []


def test_a_hot_spot_of_the_last_hours_is_found(database, desk, clock):
    Year(database, clock(), days=70)
    with database.reading() as session:
        assert changes.hot_spots(session, desk, clock()) == []
    with database.transaction() as session:
        for n in range(9):
            category, unit = SUBJECTS[1]
            opened = clock() - timedelta(minutes=10 * n + 1)
            session.add(
                Ticket(
                    code=f"9{n:09}", category=category, district="6", unit=unit, priority="normal", state="new",
                    opened_at=opened, due_at=opened, changed_at=opened,
                )
            )  # fmt: skip
    with database.reading() as session:
        (spot,) = changes.hot_spots(session, desk, clock())
    assert (spot.district, spot.category) == ("6", "clean")
    assert spot.n >= 9

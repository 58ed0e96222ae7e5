"""Every figure of every page agrees with a plain count over all rows, on both kinds of database."""

from datetime import timedelta

import pytest

from db.models import Attempt, Callback, Ticket
from db.queries.figures import sums
from ivr.services.figures import days, live, overview, rollup, tables
from ivr.services.figures.definitions import BY_CODE, FIGURES, GROUPS
from tests.services.figures.naive import Naive
from tests.year import TEHRAN, Year, count

PERIODS = ["140508", "140507", "last7", "last30", "1405", "1405/08/29-1405/09/02"]


@pytest.fixture
def weeks(database, desk, clock):
    """Six weeks of calls, counted."""
    Year(database, clock())
    count(database, desk, clock())
    return database


def plain(figure, value):
    """Write a value as the naive count does."""
    if figure.kind in ("median", "p90"):
        return value.worth
    return value.of if figure.kind == "count" else (value.of, value.over)


def assert_agree(line, expected):
    found = {code: plain(BY_CODE[code], value) for code, value in line.values.items()}
    assert found == expected


def test_every_figure_is_what_a_plain_count_gives(weeks, desk, clock):
    for code in PERIODS:
        agree_over(weeks, desk, clock, days.read(code, desk.local(clock()).date()))


def agree_over(weeks, desk, clock, period):
    with weeks.reading() as session:
        naive = Naive(session, period.first, period.last, clock())
        assert_agree(tables.whole(session, desk, period, clock()), naive.figures())
        for by in tables.DIMENSIONS:
            table = tables.table(session, desk, by, period, clock())
            assert_agree(table.whole, naive.figures())
            for line in table.lines:
                assert_agree(line, naive.figures(by, line.key))
            assert sum(line.values["calls"].of for line in table.lines) == len(naive.calls), by
            assert sum(line.values["reports"].of for line in table.lines) == len(naive.tickets), by


def test_the_lists_beside_the_figures_agree_too(weeks, desk, clock):
    period = days.read("last30", desk.local(clock()).date())
    with weeks.reading() as session:
        naive = Naive(session, period.first, period.last, clock())
        whole = tables.whole(session, desk, period, clock())
        assert sum(n for _, n in overview.dispositions(whole.sums)) == len(naive.calls)
        left = [call.disposition[10:] for call in naive.calls if call.disposition.startswith("abandoned:")]
        assert dict(overview.left_at(session, period)) == {"main": len(left)}
        daily = overview.daily(session, period)
        for n, day in enumerate(period):
            assert daily["calls"][n] == sum(naive.local(call.started_at).date() == day for call in naive.calls)
        loads = overview.loads(session, period)
        assert [one.name for one in loads] == ["omid", "sara"]
        assert sum(one.talks for one in loads) == sum(
            bool(one.seconds) and period.first <= naive.local(one.created_at).date() <= period.last
            for one in session.query(Attempt)
        )
        queue = live.queue(session, clock())
        waiting = session.query(Callback).filter_by(state="queued", machine=False).all()
        assert (queue.waiting, queue.oldest) == (len(waiting), min(one.requested_at for one in waiting))


def test_what_changes_is_counted_anew_and_nothing_else(weeks, desk, clock):
    today = desk.local(clock()).date()
    clock.move(minutes=5)
    with weeks.transaction() as session:
        ticket = session.query(Ticket).filter(Ticket.state == "in_progress", Ticket.district == "3").first()
        old = desk.local(ticket.opened_at).date()
        ticket.state, ticket.first_answered_at, ticket.answered_at = "answered", clock(), clock()
        ticket.district, ticket.changed_at = "4", clock()
        session.query(Callback).update({"changed_at": clock() - timedelta(days=9)})
    with weeks.transaction() as session:
        rollup.look(session, desk, clock())
        assert old in sums.stale(session, 99)
        assert len(sums.stale(session, 99)) < 5
        while rollup.renew_next(session, desk, clock()):
            pass
    with weeks.reading() as session:
        for day in days.read("last30", today):
            counted = rollup.count(session, desk, day).counted
            kept = {
                (subject, key, measure): n
                for subject in ("all", "slot", "district", "category", "unit", "place", "node", "operator")
                for (_, key, measure), n in sums.by_day(session, subject, day, day).items()
            }
            assert kept == {key: n for key, n in counted.items() if n}, day


def test_a_day_begins_at_midnight_in_tehran():
    aban, azar = days.month(140508), days.month(140509)
    assert aban.bounds(TEHRAN)[1] == azar.bounds(TEHRAN)[0]
    assert f"{azar.bounds(TEHRAN)[0]:%Y-%m-%d %H:%M %Z}" == "2026-11-21 20:30 UTC"


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("140508", "1405/08/01", "1405/08/30"),
        ("140509", "1405/09/01", "1405/09/04"),
        ("140312", "1403/12/01", "1403/12/30"),  # 1403 is a leap year
        ("140412", "1404/12/01", "1404/12/29"),
        ("1404", "1404/01/01", "1404/12/29"),
        ("last7", "1405/08/27", "1405/09/03"),
        ("1405/06/31-1405/07/01", "1405/06/31", "1405/07/01"),
        ("1405/07/31-1405/08/01", "1405/09/01", "1405/09/04"),  # no such day: this month
        ("nonsense", "1405/09/01", "1405/09/04"),
    ],
)
def test_periods_are_read_in_jalali_days(code, first, last):
    today = days.jalali("1405/09/04")
    period = days.read(code, today)
    assert (days.written(period.first), days.written(period.last)) == (first, last)


def test_every_figure_stands_in_one_group():
    shown = [code for codes in GROUPS.values() for code in codes]
    assert sorted(shown) == sorted(figure.code for figure in FIGURES)


def test_a_quantile_is_a_length_that_was():
    assert tables.quantile({}, 0.5).worth is None
    assert tables.quantile({3: 1}, 0.9).worth == 1.5
    assert tables.quantile({1: 5, 2: 4, 40: 1}, 0.5).worth == 0.5
    assert tables.quantile({1: 5, 2: 4, 40: 1}, 0.9).worth == 1
    assert tables.quantile({1: 5, 2: 4, 40: 1}, 0.91).worth == 20

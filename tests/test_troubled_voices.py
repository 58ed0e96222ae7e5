"""A recording is empty, lost, late or torn: its ticket is there all the same, and it is asked for until it is here."""

# ruff: noqa: F401, F811  # fixtures are imported, and then asked for by their names
import pytest

from db.models import Recording
from ivr import jobs as work
from tests.test_jobs import path
from tests.worker import RE1, office, provider, sound

WHOLE = sound()
MINUTES_AWAY = 2


@pytest.fixture
def reporting(line):
    return line.dials().presses("1").presses("3").presses("3")


def says_nothing(call):
    """No action is asked for after an empty recording: the next verb runs, and asks once more."""
    call.says_nothing()
    call.says_nothing()


def absent(call):
    call.says_nothing()
    assert call.reports(RE1, "absent", 0).status_code == 204


def failed(call):
    call.speaks(RE1)
    assert call.reports(RE1, "failed", 0).status_code == 204


def without_action(call):
    assert call.hangs_up().status_code == 204
    assert call.reports(RE1).status_code == 204


def without_news(call):
    call.speaks(RE1)


def row(database):
    with database.reading() as session:
        return session.query(Recording).one_or_none()


@pytest.mark.parametrize("happens", [says_nothing, absent, failed, without_action, without_news])
def test_there_is_one_ticket_whatever_becomes_of_the_recording(line, reporting, database, happens):
    """Check 6."""
    happens(reporting)
    reporting.hangs_up()
    (ticket,) = line.rows("tickets")
    assert (ticket["category"], ticket["district"]) == ("road", "3")
    kept = row(database)
    states = {absent: "absent", failed: "failed", without_action: "pending", without_news: "pending"}
    assert (kept.state if kept else None) == states.get(happens)


@pytest.mark.parametrize(
    "away",
    [(404, {}, b""), (200, {"Content-Length": str(len(WHOLE))}, WHOLE[:999]), (200, {}, WHOLE[:20])],
    ids=["404", "torn", "no sound"],
)
def test_a_voice_that_cannot_be_had_is_asked_for_until_it_is_here(
    line,
    reporting,
    office,
    provider,
    database,
    clock,
    away,
):
    """Check 6: for two minutes, and what is told of it raises the alarms of ops/prometheus meanwhile."""
    without_news(reporting)
    reporting.hangs_up()
    voice = row(database).id
    provider.answers[path(office)] = away
    began = clock()
    while (clock() - began).total_seconds() < 60 * MINUTES_AWAY:
        work.sweep(office, clock())
        work.fetch_into(office, voice)
        clock.move(seconds=work.TICK_SECONDS)
    kept = row(database)
    assert kept.state == "pending"
    assert 4 <= kept.tries <= 10
    assert kept.last_error
    provider.answers[path(office)] = (200, {"Content-Type": "audio/x-wav"}, WHOLE)
    clock.move(minutes=6)
    work.fetch_into(office, voice)
    assert row(database).state == "stored"
    (ticket,) = line.rows("tickets")
    assert [one["state"] for one in ticket["recordings"]] == ["stored"]

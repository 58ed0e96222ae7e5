"""What was kept for long enough goes, a few rows a round; what is younger, or open, stays."""

from datetime import timedelta

import pytest

from db.models import Audit, Call, Callback, FigureDay, FigureSpan, Recording, Removal, Ticket, Turn
from ivr.config import Keep
from ivr.phone import ALIAS
from ivr.services import keeping, recordings, retention
from ivr.services.figures import rollup
from tests.forgotten import fill, run
from tests.lived import MAYA, live
from tests.web.staff import hires


@pytest.fixture
def city(app, line, desk, database, clock, elsewhere, monkeypatch):
    hires(app, role="supervisor")
    city = live(line, desk, database, clock, elsewhere(), monkeypatch)
    fill(database, clock())
    keeps(city, recordings_months=12, numbers_months=24)
    return city


def keeps(city, **months):
    """Let this installation keep what it keeps for so long."""
    object.__setattr__(city.desk.config, "keep", Keep(**months))  # settings are frozen; this is its own installation


def rounds(city, times=12):
    for _ in range(times):
        retention.carry_out(city.database, city.desk, "a sweep", city.clock())
        keeping.clear(city.database, city.desk, city.clock(), 100)


def closes(city):
    """Close every ticket and every callback, long ago enough for either to count as over."""
    with city.database.transaction() as session:
        for model in (Ticket, Callback):
            session.query(model).filter(model.closed_at.is_(None)).update({"closed_at": city.clock()})


def read(city, model):
    with city.database.reading() as session:
        found = session.query(model).order_by(model.id).all()
        session.expunge_all()
    return found


def test_nothing_young_is_touched(city):
    closes(city)
    before = [one.state for one in read(city, Recording)]
    city.clock.move(days=360)
    rounds(city)
    assert [one.state for one in read(city, Recording)] == before
    assert {call.caller for call in read(city, Call) if call.direction == "inbound"} == {MAYA, "+989351112233"}


def test_old_voices_go_here_and_at_the_provider(city, config):
    closes(city)
    stored = [one for one in read(city, Recording) if one.state == "stored"]
    assert len(stored) == 3
    city.clock.move(days=370)
    rounds(city)
    assert {one.state for one in read(city, Recording)} == {"expired"}
    assert list(config.recordings_dir.rglob("*.wav")) == []
    assert {one.sid for one in read(city, Removal)} == {one.sid for one in stored}
    assert {call.caller for call in read(city, Call)} >= {MAYA}, "numbers are kept for longer"


def test_voices_and_numbers_of_an_open_ticket_stay(city, config):
    closes(city)
    with city.database.transaction() as session:
        session.query(Ticket).filter_by(caller=MAYA).update({"closed_at": None})
    city.clock.move(days=2000)
    rounds(city)
    with city.database.reading() as session:
        (ticket,) = session.query(Ticket).filter_by(caller=MAYA)
        assert {voice.state for voice in ticket.recordings} == {"stored"}
        assert all((config.recordings_dir / voice.path).is_file() for voice in ticket.recordings)
        assert ticket.call.caller == MAYA
        assert session.query(Ticket).filter(Ticket.closed_at.is_not(None), Ticket.caller.startswith("+")).count() == 0


def test_old_numbers_give_way_to_pseudonyms_and_menus_stay(city):
    closes(city)
    before = read(city, Turn)
    city.clock.move(days=740)
    rounds(city)
    inbound = [call for call in read(city, Call) if call.direction == "inbound"]
    assert all(ALIAS.fullmatch(call.caller) and call.caller_raw == call.caller == call.number for call in inbound)
    assert len({call.caller for call in inbound}) == 2, "two citizens are still two"
    assert all(ALIAS.fullmatch(one.number) for one in read(city, Callback))
    assert all(ALIAS.fullmatch(ticket.caller) for ticket in read(city, Ticket))
    assert [turn.keys for turn in read(city, Turn)] == [turn.keys for turn in before]
    assert {turn.reply for turn in read(city, Turn)} == {""}
    for line in read(city, Audit):
        assert "+98" not in line.target + line.detail
    assert {line.action for line in read(city, Audit)} >= {"caller_limited", "searched"}


def test_figures_are_what_they_were(city):
    closes(city)

    def sums():
        with city.database.transaction() as session:
            rollup.begin_again(session, city.desk, city.clock())
            while rollup.renew_next(session, city.desk, city.clock()):
                pass
            days = session.query(FigureDay).order_by(FigureDay.subject, FigureDay.day, FigureDay.key, FigureDay.measure)
            counted = [(one.subject, one.day, one.key, one.measure, one.n) for one in days]
            return counted, session.query(FigureSpan).count()

    before = sums()
    city.clock.move(days=740)
    rounds(city)
    assert any(ALIAS.fullmatch(call.caller or "") for call in read(city, Call))
    assert sums() == before


def test_nought_is_for_ever(city):
    keeps(city, recordings_months=0, numbers_months=0)
    closes(city)
    city.clock.move(days=9999)
    rounds(city)
    assert {one.state for one in read(city, Recording)} == {"stored"}
    assert read(city, Removal) == []


def test_a_few_go_in_a_round_and_then_it_rests_for_a_day(city, monkeypatch):
    monkeypatch.setattr(retention, "BITE", 1)
    keeps(city, recordings_months=1, numbers_months=0)
    closes(city)
    city.clock.move(days=40)
    left = []
    for _ in range(4):
        rounds(city, 1)
        left.append(sum(one.state == "stored" for one in read(city, Recording)))
    assert left == [2, 1, 0, 0]
    with city.database.transaction() as session:
        session.query(Recording).update({"state": "stored"})
    city.clock.move(hours=23)
    rounds(city)
    assert {one.state for one in read(city, Recording)} == {"stored"}
    city.clock.move(hours=2)
    rounds(city)
    assert {one.state for one in read(city, Recording)} == {"expired"}


def test_a_voice_that_went_is_not_fetched_again(city, database):
    with database.transaction() as session:
        session.query(Recording).update({"state": "pending", "next_try_at": city.clock()})
    closes(city)
    city.clock.move(days=370)
    rounds(city)
    with database.transaction() as session:
        for voice in session.query(Recording).all():
            recordings.report(session, voice.call, voice.sid, 9, city.clock())
            assert recordings.claim(session, city.desk, [voice.id], city.clock()) == []
    assert {one.state for one in read(city, Recording)} == {"expired"}


def test_nothing_goes_before_the_city_has_said_for_how_long(city, config):
    closes(city)
    city.clock.move(days=9999)
    keeps(city)
    rounds(city)
    assert [one.state for one in read(city, Recording)] == ["stored"] * 3
    assert run(config, "keep", "--dry-run").output == ""


def test_what_would_go_is_said_first(city, config, monkeypatch):
    monkeypatch.setenv("IVR_KEEP__RECORDINGS_MONTHS", "12")
    closes(city)
    with city.database.transaction() as session:
        session.query(Recording).update({"created_at": city.clock() - timedelta(days=4000)})
    before = [one.state for one in read(city, Recording)]
    said = run(config, "keep", "--dry-run")
    assert (said.exit_code, "recordings: 3" in said.output) == (0, True), said.output
    assert [one.state for one in read(city, Recording)] == before
    done = run(config, "keep")
    assert done.exit_code == 0, done.output
    assert "recordings: 0" in run(config, "keep", "--dry-run").output

"""A citizen asks what is known of them, and asks to be forgotten."""

import json
import logging
from pathlib import Path

import pytest
from sqlalchemy import make_url

from db.models import Audit, Call, Callback, Recording, Removal, Ticket, TicketText
from ivr.cli import citizens as command
from ivr.phone import ALIAS, Plan, Spelling
from ivr.services import citizens, removals
from ivr.services.desk import open_spool
from tests.forgotten import SPELLED, dump, erases, fill, finds, run, spell_out, spool_aside
from tests.killed import dies_in, kill
from tests.lived import MAYA, OMID, live
from tests.web.staff import hires

HERS = Spelling.of(Plan("IR", "25"), MAYA)


@pytest.fixture
def provider(elsewhere):
    return elsewhere()


@pytest.fixture
def city(app, line, desk, database, clock, provider, monkeypatch):
    hires(app, role="supervisor")
    city = live(line, desk, database, clock, provider, monkeypatch)
    city.line.dials(MAYA).presses("1").presses("1").presses("3").speaks("RE" + "8" * 32).presses("1").hangs_up()
    return city


@pytest.fixture
def full(city, database, clock, config):
    """A house in which she is everywhere."""
    fill(database, clock())
    spell_out(database)
    spool_aside(config)
    return city


def told(config):
    """Read all that is on the disk, and the database's own file wherever it is."""
    files = [path for path in config.data.dir.rglob("*") if path.is_file()]
    url = make_url(config.database_url)
    if url.get_backend_name() == "sqlite":
        files += Path(url.database).parent.glob(Path(url.database).name + "*")
    return {path.name: path.read_bytes().decode("latin-1") for path in files}


def holding(texts):
    return [name for name, text in texts.items() if any(spelled in text for spelled in (*SPELLED, "9121234567"))]


def test_she_is_found_wherever_she_is(full, config):
    found = finds(config)
    assert {name: len(found[name]) for name in ("calls", "tickets", "recordings", "abuse of the line")} == {
        "calls": 2,
        "tickets": 2,
        "recordings": 2,
        "abuse of the line": 1,
    }
    assert {"callbacks", "talks with a manager", "wrong tracking codes", "spooled events"} <= set(found)
    assert {"audit", "saved_view", "phone_line", "turn"} <= {line["table"] for line in found["mentions"]}
    assert finds(config, "09360000001") == {}


def test_nothing_spells_her_number_afterwards(full, config, database, caplog):
    caplog.set_level(logging.INFO)
    assert holding({"dump": json.dumps(dump(config.database_url), ensure_ascii=False)})
    erases(config)
    after = json.dumps(dump(config.database_url), ensure_ascii=False)
    assert not HERS.says(after)
    assert holding({**told(config), "dump": after, "log": caplog.text}) == []
    assert open_spool(config, "web").aside() == []


def test_her_voices_go_and_his_stay(city, config, database, provider, clock):
    with database.reading() as session:
        before = {one.sid: one.path for one in session.query(Recording)}
        his = {one.sid for one in session.query(Recording).join(Call) if one.call.number == OMID}
    erases(config)
    left = {path.name for path in config.recordings_dir.rglob("*.wav")}
    assert left == {Path(before[sid]).name for sid in his if before[sid]}
    with database.reading() as session:
        hers = [one for one in session.query(Recording) if one.sid not in his]
        assert {(one.state, one.path, one.sha256) for one in hers} == {("expired", None, None)}
        waiting = {one.sid: one.id for one in session.query(Removal)}
    assert set(waiting) == {one.sid for one in hers}
    for sid in waiting:
        place = f"/2010-04-01/Accounts/{config.twilio.account_sid}/Recordings/{sid}.json"
        provider.answers[place] = (204, {}, b"")
    for removal in waiting.values():
        removals.carry_out(database, city.desk, removal, clock())
        removals.carry_out(database, city.desk, removal, clock())
    assert [path for path, *_ in provider.asked[-len(waiting) :]] == [
        f"/2010-04-01/Accounts/{config.twilio.account_sid}/Recordings/{sid}.json" for sid in waiting
    ]
    with database.reading() as session:
        assert session.query(Removal).count() == 0


def test_a_provider_that_does_not_delete_is_asked_again_and_seen(city, config, database, provider, clock):
    erases(config)
    with database.reading() as session:
        first = session.query(Removal).order_by(Removal.id).first()
    place = f"/2010-04-01/Accounts/{config.twilio.account_sid}/Recordings/{first.sid}.json"
    provider.answers[place] = (500, {}, b"{}")
    clock.move(seconds=5)
    removals.carry_out(database, city.desk, first.id, clock())
    with database.reading() as session:
        (row,) = session.query(Removal).filter_by(id=first.id)
        assert (row.tries, row.last_error) == (1, "Unsure: 500")
        assert row.next_try_at > clock()
    removals.carry_out(database, city.desk, first.id, clock())
    asked = [path for path, *_ in provider.asked].count(place)
    assert asked == 1, "its next try has not come"
    clock.move(hours=1)
    with database.transaction() as session:
        removals.ask_for_due(session, clock(), 10)
        assert ("ivr.jobs.remove_recording", first.id) in session.info["after_commit"]
    provider.answers[place] = (404, {}, b"{}")
    removals.carry_out(database, city.desk, first.id, clock())
    with database.reading() as session:
        assert session.get(Removal, first.id) is None


def test_a_ticket_keeps_its_figures_and_loses_its_words(full, config, database):
    code = finds(config)["tickets"][0]["code"]
    before = full.ticket(code)
    with database.reading() as session:
        assert session.query(TicketText).filter_by(ticket_id=before.id).count() == 1
    erases(config)
    after = full.ticket(code)
    for stays in ("category", "district", "unit", "state", "opened_at", "due_at", "closed_at", "changed_at"):
        assert getattr(after, stays) == getattr(before, stays), stays
    assert (after.address, after.description, after.answer) == ("", "", "")
    assert ALIAS.fullmatch(after.caller)
    assert {event.text for event in after.history} == {""}
    with database.reading() as session:
        assert session.query(TicketText).filter_by(ticket_id=after.id).count() == 0
    assert [event.kind for event in after.history] == [event.kind for event in before.history]


def test_he_is_left_as_he_was(city, config):
    before = finds(config, OMID)
    erases(config)
    assert finds(config, OMID) == before


def test_a_callback_is_withdrawn_and_its_ticket_goes_on(city, config, database):
    code = city.report(MAYA, "RE" + "7" * 32)
    city.answer(code)
    city.clock.move(minutes=3)
    city.sweep()
    with database.transaction() as session:
        (waiting,) = session.query(Callback).filter(Callback.number == MAYA, Callback.closed_at.is_(None))
        waiting.state = "due_again"
    erases(config)
    with database.reading() as session:
        assert session.query(Callback).filter(Callback.closed_at.is_(None)).count() == 0
        (ticket,) = session.query(Ticket).filter_by(code=code)
        assert ticket.state == "closed_unconfirmed"
    assert city.sweep() == [], "nobody is rung under an alias"


def test_an_erasure_says_who_and_how_many_and_never_whom(city, config, database):
    erases(config)
    with database.reading() as session:
        line = session.query(Audit).filter_by(action="citizen_erased").one()
    assert line.actor.endswith("(command line)")
    assert "calls=2" in line.detail
    assert not HERS.says(line.detail)
    assert ALIAS.fullmatch(line.target)


def test_it_asks_for_the_number_again(city, config):
    before = dump(config.database_url)
    for said in ("09121234568\n", "\n\n", ""):
        assert run(config, "citizen", "erase", MAYA, said=said).exit_code != 0
    assert dump(config.database_url) == before
    assert run(config, "citizen", "erase", "0912 123 4567", said="00989121234567\n").exit_code == 0
    assert run(config, "citizen", "erase", "137").exit_code == 2


def test_it_waits_for_a_call_to_end(city, config):
    before = dump(config.database_url)
    caller = city.line.dials(MAYA)
    done = run(config, "citizen", "erase", MAYA, "--yes")
    assert (done.exit_code, "under way" in done.output) == (2, True)
    assert dump(config.database_url)["recording"] == before["recording"]
    caller.hangs_up()
    erases(config)


def test_it_waits_for_the_spool(city, config):
    open_spool(config, "fallback").put({"kind": "fallback", "form": {"From": MAYA}, "query": {}})
    done = run(config, "citizen", "erase", MAYA, "--yes")
    assert (done.exit_code, "wait in the spool" in done.output) == (2, True)


@pytest.mark.parametrize("step", range(len(citizens.STEPS)), ids=[name for name, _ in citizens.STEPS])
@pytest.mark.parametrize("when", ["before the commit", "after it"])
def test_a_killed_erasure_goes_on_where_it_was(full, config, monkeypatch, step, when):
    name, does = citizens.STEPS[step]
    rounds = []

    def die(*given):
        if when == "after it" and not rounds:
            rounds.append(does(*given))
            return rounds[0] or 1  # come again
        does(*given)
        return kill()

    steps = list(citizens.STEPS)
    steps[step] = (name, die)
    with monkeypatch.context() as patched:
        patched.setattr(citizens, "STEPS", tuple(steps))
        assert dies_in(lambda: erases(config))
    erases(config)
    after = dump(config.database_url)
    assert not HERS.says(json.dumps(after, ensure_ascii=False))
    assert {one["state"] for one in after["recording"] if one["call_id"] in of(after)} == {"expired"}
    assert not [turn for turn in after["turn"] if turn["call_id"] in of(after) and turn["reply"]]


def of(dumped):
    return {call["id"] for call in dumped["call"] if ALIAS.fullmatch(call["number"] or "")}


def test_what_comes_in_meanwhile_is_said(city, config, monkeypatch):
    forget = citizens.forget_spooled

    def dials(*given):
        city.line.dials(MAYA)
        return forget(*given)

    monkeypatch.setattr(command.citizens, "forget_spooled", dials)
    done = run(config, "citizen", "erase", MAYA, "--yes")
    assert (done.exit_code, "run it again" in done.output) == (2, True)

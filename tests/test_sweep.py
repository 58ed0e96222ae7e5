"""The sweep: one at a time, it finds whom everybody has left, and no broken call stops it."""

# ruff: noqa: F401, F811  # fixtures are imported, and then asked for by their names
from db.models import Callback
from db.queries import calls, people
from ivr import jobs as work
from tests.test_jobs import attempt
from tests.worker import RE1, office, provider


def test_two_sweeps_do_not_run_at_once(office, clock, monkeypatch):
    assert work.sweep(office, clock())
    monkeypatch.setattr(work, "HOLDER", "another")
    assert not work.sweep(office, clock())
    clock.move(seconds=60)
    assert work.sweep(office, clock())


def test_a_vanished_operators_callback_comes_back_to_its_place(office, attempt, database, clock):
    with database.reading() as session:
        asked = session.get(Callback, 1).rank_at
    clock.move(hours=1)
    work.sweep(office, clock())
    with database.reading() as session:
        callback = session.get(Callback, 1)
        assert (callback.state, callback.claimed_by, callback.rank_at) == ("due_again", None, asked)
        assert people.user_named(session, "sara") is not None


def test_a_call_that_never_said_it_was_over_is_ended_and_its_voice_kept(office, line, clock):
    line.dials().presses("1").presses("3").presses("5").speaks(RE1)
    clock.move(minutes=20)
    work.sweep(office, clock())
    (ticket,) = line.rows("tickets")
    assert [one["sid"] for one in ticket["recordings"]] == [RE1]
    assert line.rows("calls")[0]["ended_at"]


def test_a_broken_call_does_not_hold_up_the_others(office, line, clock, database):
    broken, whole = line.dials(), line.dials("+989121234568")
    with database.transaction() as session:
        calls.find(session, broken.sid).flow = "a flow that is no more"
    clock.move(minutes=20)
    work.sweep(office, clock())
    ended = {one["call_sid"]: bool(one["ended_at"]) for one in line.rows("calls")}
    assert ended == {broken.sid: False, whole.sid: True}

"""Turns of long ago go to the archive of their month: all of them, none twice, and nothing of what is open."""

# ruff: noqa: F401, F811  # fixtures are imported, and then asked for by their names
import threading
from datetime import timedelta

import pytest

from db.models import Call, Callback, FigureDay, Recording, Ticket, Turn, TurnArchive
from db.queries import archive as rows
from ivr import persian
from ivr.services import archives, archiving, keeping
from ivr.services.archives import ArchiveError, Works
from ivr.services.figures import rollup
from tests.archived import Killed, archive, archived, city, dies_at, ended, files, keeps, month, turns, works
from tests.forgotten import dump, run
from tests.lived import MAYA


def test_what_is_archived_is_what_was_there(works, month, config):
    before = turns(works)
    old = ended(works, month)
    assert len(old) == 4
    assert len(before) == 5
    assert archive(works) == [4]
    assert turns(works) == {call: of for call, of in before.items() if call not in old}
    assert archived(works, month) == {call: of for call, of in before.items() if call in old}
    (file,) = files(config)
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"Play" not in file.read_bytes()
    with works.database.reading() as session:
        row = session.query(TurnArchive).one()
        assert (row.calls, row.turns) == (4, sum(len(of) for of in archived(works, month).values()))
        assert {call.archived for call in session.query(Call).filter(Call.id.in_(old))} == {month.name}
    assert archive(works) == [0], "a second run has nothing to do"


def test_months_are_jalali_and_whole(works, clock, desk):
    (first,) = archiving.due(works)
    assert first.name == "1405-09"
    assert persian.jalali(first.since, desk.zone) == "1405/09/01 00:00"
    assert persian.jalali(first.until, desk.zone) == "1405/10/01 00:00"
    clock.move(days=31)
    assert [month.name for month in archiving.due(works)] == ["1405-09", "1405-10"]
    keeps(desk, turns_months=0)
    assert list(archiving.due(works)) == []


@pytest.mark.parametrize(
    "left_open",
    [
        lambda session: session.query(Ticket).filter_by(caller=MAYA).update({"closed_at": None}),
        lambda session: session.query(Callback).update({"closed_at": None}),
        lambda session: session.query(Recording).update({"state": "pending"}),
    ],
    ids=["ticket", "callback", "voice"],
)
def test_calls_of_what_is_open_stay_and_follow_when_it_is_over(works, month, left_open):
    before = turns(works)
    with works.database.transaction() as session:
        left_open(session)
    (went,) = archive(works)
    stayed = ended(works, month) & set(turns(works))
    assert went == 4 - len(stayed)
    assert stayed
    assert went, "whoever only asked is over"
    with works.database.transaction() as session:
        session.query(Recording).filter_by(state="pending").update({"state": "absent"})
        for model in (Ticket, Callback):
            session.query(model).filter(model.closed_at.is_(None)).update({"closed_at": works.clock()})
    assert archive(works) == [len(stayed)]
    assert archived(works, month) == {call: of for call, of in before.items() if call in ended(works, month)}


def test_the_call_of_a_joined_ticket_stays_while_the_one_it_is_joined_to_is_open(works, month):
    with works.database.transaction() as session:
        (repeat,) = session.query(Ticket).filter(Ticket.duplicate_of.is_not(None))
        session.query(Ticket).filter_by(id=repeat.duplicate_of).update({"closed_at": None})
        call_id = repeat.call_id
    archive(works)
    assert call_id in turns(works)


@pytest.mark.parametrize(
    ("owner", "name", "nth"),
    [
        (archives.turn_file, "check", 1),  # written, and not read back
        (keeping, "enter", 1),  # read back, and not yet the archive
        (archiving, "_let_go", 2),  # between write and delete: the first looks for what an earlier run left
        (rows, "let_go", 1),
        (rows, "let_go", 3),  # in the middle of deleting
    ],
)
def test_a_run_that_is_killed_loses_nothing_and_the_next_one_ends_it(
    works, month, monkeypatch, clock, config, owner, name, nth
):
    monkeypatch.setattr(archiving, "CALLS_AT_ONCE", 1)
    before, old = turns(works), ended(works, month)
    with monkeypatch.context() as patched:
        dies_at(patched, owner, name, nth)
        with pytest.raises(Killed):
            archive(works)
    there = {**archived(works, month), **turns(works)}
    assert there == before
    clock.move(minutes=11)
    archive(works)
    assert archived(works, month) == {call: of for call, of in before.items() if call in old}
    assert set(turns(works)) == set(before) - old
    clock.move(hours=13)
    keeping.clear_all(works.database, works.desk, clock())
    assert len(files(config)) == 1, "what was written in vain is taken away"


def test_turns_that_changed_between_write_and_delete_are_not_deleted(works, month, monkeypatch):
    let_go, times = archiving._let_go, []

    def meanwhile(*given):
        times.append(1)
        with works.database.transaction() as session:
            session.query(Turn).filter_by(n=1).update({"keys": str(len(times))})
        return let_go(*given)

    monkeypatch.setattr(archiving, "_let_go", meanwhile)
    before = turns(works)
    assert archive(works) == [0]
    assert set(turns(works)) == set(before)
    monkeypatch.undo()
    changed = turns(works)
    assert archive(works) == [4]
    assert archived(works, month) == {call: of for call, of in changed.items() if call in ended(works, month)}


def test_nobody_archives_while_another_does(works, desk, database, clock):
    other = Works(desk, database, clock)
    with works.alone(), pytest.raises(ArchiveError, match="being written now"):
        other.hold()
    other.hold()


def test_once_a_day_and_only_if_the_city_says_so(works, month, desk, clock):
    keeps(desk)
    archiving.nightly(works)
    assert ended(works, month) <= set(turns(works))
    keeps(desk, turns_months=1)
    archiving.nightly(works)
    assert not ended(works, month) & set(turns(works))
    clock.move(days=31)
    archiving.nightly(works)
    assert len(turns(works)) == 0


def test_the_sweep_has_it_done_beside_its_work(works, month):
    archiving.beside(works)
    for thread in threading.enumerate():
        if thread.name == archiving.LEASE:
            thread.join(60)
    assert not ended(works, month) & set(turns(works))


def test_a_dry_run_says_what_would_go_and_touches_nothing(works, config, database, clock, monkeypatch):
    monkeypatch.setenv("IVR_KEEP__TURNS_MONTHS", "12")
    with database.transaction() as session:
        session.query(Call).update({"ended_at": clock() - timedelta(days=4000)})
    before = dump(config.database_url)
    said = run(config, "archive", "--dry-run")
    assert (said.exit_code, said.output) == (0, f"1394-11: {len(before['turn'])} turns of 5 calls would go\n")
    assert dump(config.database_url) == before
    assert files(config) == []
    said = run(config, "archive")
    assert (said.exit_code, said.output) == (0, "1394-11: the turns of 5 calls went\n")
    assert dump(config.database_url)["turn"] == []
    assert run(config, "archive", "--dry-run").output == ""


def test_figures_are_what_they_were(works, database, desk, clock):
    def sums():
        with database.transaction() as session:
            rollup.begin_again(session, desk, clock())
            while rollup.renew_next(session, desk, clock()):
                pass
            days = session.query(FigureDay).order_by(FigureDay.subject, FigureDay.day, FigureDay.key, FigureDay.measure)
            return [(one.subject, one.day, one.key, one.measure, one.n) for one in days]

    before = sums()
    assert before
    archive(works)
    assert sums() == before

"""Turns of long ago go to the archive of their month: all of them, none twice, and nothing of what is open."""

import json
from datetime import timedelta

import pytest

from db.models import Call, Callback, FigureDay, FileKey, Lease, Recording, Ticket, Turn, TurnArchive
from db.queries import archive as rows
from db.session import Database
from ivr import persian
from ivr.config import Keep
from ivr.services import archives, archiving, backup, keeping, restore
from ivr.services.archives import ArchiveError, Works
from ivr.services.desk import Desk
from ivr.services.figures import rollup
from ivr.telephony.accounts import accounts
from ivr.vault import keys as keyring
from tests.forgotten import dump, erases, finds, run
from tests.lived import MAYA, OMID, live
from tests.web.staff import hires

ANOTHER = "+989360000000"


@pytest.fixture
def city(app, line, desk, database, clock, elsewhere, monkeypatch):
    """Three citizens called in one month, and one a month later; all is over. Another keyed Maya's number."""
    hires(app, role="supervisor")
    city = live(line, desk, database, clock, elsewhere(), monkeypatch)
    line.dials(ANOTHER).presses("3").presses("2").hangs_up()
    with database.transaction() as session:
        turn = session.query(Turn).join(Call).filter(Call.caller == ANOTHER, Turn.keys == "2").one()
        turn.keys = "09121234567"
        session.query(Recording).filter_by(state="pending").update({"state": "absent"})
        for model in (Ticket, Callback):
            session.query(model).filter(model.closed_at.is_(None)).update({"closed_at": clock()})
    keeps(desk, turns_months=1)
    clock.move(days=31)
    line.dials(ANOTHER).presses("3").presses("2").hangs_up()
    clock.move(days=31)
    return city


def keeps(desk, **months):
    object.__setattr__(desk.config, "keep", Keep(**months))  # settings are frozen; this is its own installation


@pytest.fixture
def works(city, desk, database, clock):
    return Works(desk, database, clock)


@pytest.fixture
def month(works):
    """The first month."""
    return next(archiving.due(works))


def archive(works):
    with works.alone():
        return [archiving.carry_out(works, month) for month in archiving.due(works)]


def turns(works):
    """Give all turns that are in the database, by call."""
    return by_call(dump(works.desk.config.database_url)["turn"])


def archived(works, month):
    return by_call([row for part in archives.parts(works, month.name) for row in part])


def by_call(found):
    return {
        call: sorted((row for row in found if row["call_id"] == call), key=lambda row: row["n"])
        for call in {row["call_id"] for row in found}
    }


def files(config):
    return [path for path in config.recordings_dir.rglob("archive/*") if path.is_file()]


def ended(works, month):
    with works.database.reading() as session:
        found = session.query(Call.id).filter(Call.ended_at >= month.since, Call.ended_at < month.until)
        return {call_id for (call_id,) in found}


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


class Killed(BaseException):
    """What no part of the house expects."""


def dies_at(monkeypatch, owner, name, nth=1):
    """Kill whoever comes to this for the nth time."""
    real, times = getattr(owner, name), []

    def die(*given, **named):
        times.append(1)
        if len(times) == nth:
            raise Killed
        return real(*given, **named)

    monkeypatch.setattr(owner, name, die)


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


def with_another_key(works, tmp_path):
    keyring.new(tmp_path / "others")
    data = works.desk.config.data.model_copy(update={"keys_file": str(tmp_path / "others")})
    config = works.desk.config.model_copy(update={"data": data})
    return Works(
        Desk(config, works.desk.catalogue, works.desk.speech, works.desk.accounts), works.database, works.clock
    )


def test_a_wrong_key_is_called_one(works, month, tmp_path):
    archive(works)
    with works.database.reading() as session:
        call = session.query(Call).filter_by(archived=month.name).first()
        session.expunge(call)
    with pytest.raises(ArchiveError, match=f"archive of {month.name} cannot be opened .*not in the keys file"):
        archives.of_call(with_another_key(works, tmp_path), call)


def test_a_damaged_archive_is_called_one_and_nothing_more_goes(works, month, config, database):
    archive(works)
    (file,) = files(config)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with database.transaction() as session:
        call = session.query(Call).filter_by(archived=month.name).first()
        copy = Call(sid="CA9", account_sid="AC", flow=call.flow, started_at=call.started_at, last_turn_at=call.ended_at)
        copy.ended_at = call.ended_at
        session.add(copy)
        session.flush()
        session.add(Turn(call_id=copy.id, n=0, node="main", event="answered", reply="x", at=call.ended_at))
    with pytest.raises(ArchiveError, match="cannot be opened"):
        archive(works)
    assert "x" in {row["reply"] for of in turns(works).values() for row in of}


def test_one_calls_turns_are_shown_and_the_audit_log_says_so(works, config, database):
    before = turns(works)
    archive(works)
    with database.reading() as session:
        call = session.query(Call).filter_by(caller=MAYA, direction="inbound").one()
        code = session.query(Ticket.code).filter_by(call_id=call.id).scalar()
    for written in (call.sid, code):
        shown = run(config, "archive", "--show", written)
        assert shown.exit_code == 0, shown.output
        assert [json.loads(one) for one in shown.output.splitlines()] == before[call.id]
    actions = [row for row in dump(config.database_url)["audit"] if row["action"] == "archive_shown"]
    assert [row["target"] for row in actions] == [f"call:{call.id}"] * 2
    assert run(config, "archive", "--show", "CA0").exit_code == 2


def test_a_citizen_is_forgotten_in_the_archive_too(works, month, config, database):
    before = turns(works)
    archive(works)
    (old_file,) = files(config)
    assert sum(one["turns"] for one in finds(config)["archived turns"]) > 1
    with database.reading() as session:
        his, hers = ({call.id for call in session.query(Call).filter_by(number=one)} for one in (OMID, MAYA))
        (other,) = session.query(Call.id).filter_by(caller=ANOTHER, archived=month.name)
    erases(config)
    assert "archived turns" not in finds(config)
    after = archived(works, month)
    with database.reading() as session:
        assert session.query(FileKey).filter_by(place=f"archive/{old_file.name}").count() == 0
    assert hers
    for call in hers:
        assert {(row["keys"], row["reply"]) for row in after[call]} == {("", "")}
        assert [(row["node"], row["event"], row["at"]) for row in after[call]] == [
            (row["node"], row["event"], row["at"]) for row in before[call]
        ]
    assert [row["keys"][:1] for row in after[other[0]]] == ["", "3", "~"]
    assert his
    for call in his:
        assert after[call] == before[call]
    assert not old_file.exists()


def test_what_a_killed_run_left_of_a_citizen_goes_too(works, month, config, monkeypatch):
    with monkeypatch.context() as patched:
        dies_at(patched, archiving, "_let_go", 2)
        with pytest.raises(Killed):
            archive(works)
    assert "09121234567" in json.dumps(archived(works, month))
    with works.database.transaction() as session:
        session.query(Lease).filter_by(name=archives.LEASE).delete()  # as if its time were over
    erases(config)
    assert "+98912" not in json.dumps(archived(works, month))
    assert "09121234567" not in json.dumps(archived(works, month))
    archive(works)
    assert len(archived(works, month)) == 4


def test_where_numbers_are_to_go_turns_wait_for_that(works, month, database, desk):
    keeps(desk, turns_months=1, numbers_months=24)
    assert archive(works) == [0]
    with database.transaction() as session:
        session.query(Call).update({"caller_raw": "~"})
        session.query(Turn).filter(Turn.keys == "09121234567").update({"keys": ""})
    assert archive(works) == [4]


def test_what_was_archived_before_numbers_were_to_go_loses_them_when_they_have(works, month, database, desk):
    archive(works)
    keeps(desk, turns_months=1, numbers_months=24)
    archive(works)
    assert "09121234567" in json.dumps(archived(works, month)), "not yet: the call still names somebody"
    with database.transaction() as session:
        session.query(Call).update({"caller_raw": "~"})
    archive(works)
    found = [row for of in archived(works, month).values() for row in of]
    assert {row["reply"] for row in found} == {""}
    assert max(len(row["keys"]) for row in found) == 1
    assert "1" in {row["keys"] for row in found}


def test_a_backup_holds_the_archive_and_a_restore_brings_it_back(works, month, kept, target, tmp_path, voice, clock):
    archive(works)
    before = archived(works, month)
    made = backup.make(kept, tmp_path / "house.backup", clock())
    assert made.missing == []
    restore.restore(target, made.path)
    there = Database(target.database_url)
    again = Works(Desk(target, *voice, accounts(target)), there, clock)
    assert archived(again, month) == before
    there.close()


def test_a_backup_names_an_archive_that_is_gone(works, kept, tmp_path, clock):
    archive(works)
    (file,) = files(kept)
    file.unlink()
    assert backup.make(kept, tmp_path / "house.backup", clock()).missing == [f"archive/{file.name}"]

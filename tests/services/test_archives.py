"""Archives of turns are read with their key alone, forget whom the house forgets, and are in every backup."""

# ruff: noqa: F401, F811  # fixtures are imported, and then asked for by their names
import json

import pytest

from db.models import Call, FileKey, Lease, Ticket, Turn
from db.session import Database
from ivr.services import archives, archiving, backup, keeping, restore
from ivr.services.archives import ArchiveError, Works
from ivr.services.desk import Desk
from ivr.telephony.accounts import accounts
from ivr.vault import keys as keyring
from tests.archived import ANOTHER, Killed, archive, archived, city, dies_at, files, keeps, month, turns, works
from tests.forgotten import dump, erases, finds, run
from tests.lived import MAYA, OMID


def test_a_backup_that_began_before_an_archive_was_written_anew_is_whole(works, kept, tmp_path, clock, monkeypatch):
    archive(works)
    add_files = backup._add_files

    def meanwhile(*given):
        with works.alone():
            content = archives.kept(works, "1405-09")
            archives.write(works, "1405-09", content, nameless=False)
        keeping.clear_all(works.database, works.desk, clock())
        return add_files(*given)

    monkeypatch.setattr(backup, "_add_files", meanwhile)
    made = backup.make(kept, tmp_path / "house.backup", clock())
    assert made.missing == []
    assert len(files(kept)) == 2


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


def test_whoever_has_another_key_is_told_so_and_nothing_is_erased_by_halves(
    works, month, config, tmp_path, monkeypatch
):
    archive(works)
    keyring.new(tmp_path / "others")
    monkeypatch.setenv("IVR_DATA__KEYS_FILE", str(tmp_path / "others"))
    with works.database.reading() as session:
        sid = session.query(Call.sid).filter_by(archived=month.name).limit(1).scalar()
    before = dump(config.database_url)
    for asked in (("archive", "--show", sid), ("citizen", "erase", MAYA, "--yes"), ("citizen", "find", MAYA)):
        said = run(config, *asked)
        assert (said.exit_code, type(said.exception)) == (2, SystemExit), asked
        assert f"the archive of {month.name} cannot be opened" in said.output
    after = dump(config.database_url)
    assert {name for name in after if after[name] != before[name]} == {"audit"}, "whoever asked is written down"
    assert [row["action"] for row in after["audit"][len(before["audit"]) :]] == ["archive_shown"]


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


def test_nothing_is_erased_while_archives_are_written(works, config):
    works.hold()
    before = dump(config.database_url)
    said = run(config, "citizen", "erase", MAYA, "--yes")
    assert (said.exit_code, "archives are being written now" in said.output) == (2, True)
    assert dump(config.database_url) == before


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

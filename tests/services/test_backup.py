"""A backup of a house that has lived, and a restore that equals it, row for row and byte for byte."""

import hashlib
import shutil

import pytest

from db import dumping, migrate
from db.models import Callback, Ticket
from db.session import Database
from ivr.app import build
from ivr.services import backup, restore
from ivr.services.archive import BackupError
from ivr.services.desk import Desk
from ivr.telephony.accounts import accounts
from ivr.vault import keys as keyring
from ivr.vault.frames import FRAME, HEADER_BYTES, TAG
from ivr.web.shell import Shell
from tests.killed import dies_in, kill
from tests.lived import live
from tests.restored import nothing_is_in, rows_of, with_keys
from tests.web.staff import Staff, hires


@pytest.fixture
def city(app, line, desk, database, clock, elsewhere, monkeypatch):
    zahra = hires(app, role="supervisor")
    zahra.logs_in()
    return live(line, desk, database, clock, elsewhere(), monkeypatch)


@pytest.fixture
def made(kept, city, tmp_path, clock):
    return backup.make(kept, tmp_path / "house.backup", clock())


def files_of(config):
    return {
        str(path.relative_to(config.data.dir)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in (config.recordings_dir, config.var_dir / "announcements")
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_restored_house_equals_its_source(made, kept, target):
    before = rows_of(kept.database_url)
    filled = {"call", "turn", "recording", "ticket", "ticket_event", "callback", "attempt", "photo", "user", "login"}
    assert filled <= {name for name, rows in before.items() if rows}
    led = Ticket.__table__.columns.keys().index("duplicate_of")
    assert any(ticket[led] and ticket[led] > ticket[0] for ticket in before["ticket"]), "one leads to a later row"
    assert made.missing == []
    done = restore.restore(target, made.path)
    assert rows_of(target.database_url) == before
    assert done.rows == sum(len(rows) for rows in before.values())
    assert len(files_of(target)) == 4, "three voices and a photo"
    assert not any(b"RIFF" in path.read_bytes() for path in target.recordings_dir.rglob("*.wav"))
    assert files_of(target) == files_of(kept)
    assert not restore.unfinished(target)


def test_a_file_that_has_two_names_is_kept_under_both(kept, city, tmp_path, clock, target):
    voice = next(kept.recordings_dir.rglob("*.wav"))
    voice.with_name("another.wav").hardlink_to(voice)
    restore.restore(target, backup.make(kept, tmp_path / "house.backup", clock()).path)
    assert len(files_of(target)) == 5
    assert files_of(target) == files_of(kept)


def test_a_restored_house_serves(made, target, voice, clock):
    restore.restore(target, made.path)
    database = Database(target.database_url)
    app = build(Shell(Desk(target, *voice, accounts(target)), database, clock))
    zahra = Staff(app, "zahra").logs_in()
    with database.reading() as session:
        tickets = [(one.code, one.recordings[0].id, one.recordings[0].sha256) for one in session.query(Ticket)]
    for code, recording, sha256 in tickets:
        assert zahra.opens(f"/tickets/{code}").status == 200
        assert f"/recordings/{recording}" in zahra.page
        with zahra.client.get(zahra.address(recording)) as heard:
            assert hashlib.sha256(heard.data).hexdigest() == sha256
    assert app.test_client().get("/healthz").status_code == 200
    database.close()


def test_new_rows_count_on_after_the_restored_ones(made, target, voice, clock):
    restore.restore(target, made.path)
    database = Database(target.database_url)
    with database.transaction() as session:
        last = max(one.id for one in session.query(Callback))
        one = Callback(type="machine", number="+982530000000", requested_at=clock(), due_at=clock())
        one.promised_at = one.rank_at = clock()
        session.add(one)
        session.flush()
        assert one.id == last + 1
    database.close()


def test_an_archive_tells_nothing_without_its_key(made):
    content = made.path.read_bytes()
    assert made.path.stat().st_mode & 0o777 == 0o600
    for said in (b"RIFF", b"ticket", b"+98912", b"ustar", b"JFIF"):
        assert said not in content


def test_a_wrong_key_is_called_one(made, target, tmp_path):
    keyring.new(tmp_path / "others")
    with pytest.raises(BackupError, match="this is not the key of"):
        restore.restore(with_keys(target, tmp_path / "others"), made.path)
    assert nothing_is_in(target)


def test_voices_that_nobody_could_open_are_not_brought_in(made, target, tmp_path):
    keyring.new(tmp_path / "others")
    data = target.data.model_copy(update={"keys_file": str(tmp_path / "others")})
    with pytest.raises(BackupError, match="is not the right keys file: 4 files are sealed under"):
        restore.restore(target.model_copy(update={"data": data}), made.path)
    assert nothing_is_in(target)


def frame(n):
    return slice(HEADER_BYTES + n * (FRAME + TAG), HEADER_BYTES + (n + 1) * (FRAME + TAG))


def cut(content):
    return content[: len(content) // 2]


def cut_at_a_frame(content):
    return content[: frame(2).start]


def swapped(content):
    return content[: frame(1).start] + content[frame(2)] + content[frame(1)] + content[frame(3).start :]


def stained(content):
    return content[: frame(3).start + 9] + bytes([content[frame(3).start + 9] ^ 1]) + content[frame(3).start + 10 :]


def test_a_damaged_archive_is_refused_and_leaves_nothing(made, target):
    whole = made.path.read_bytes()
    assert len(whole) > frame(4).stop
    for damage in (cut, cut_at_a_frame, swapped, stained, lambda content: content[:9]):
        made.path.write_bytes(damage(whole))
        with pytest.raises(BackupError, match="damaged or not whole"):
            restore.restore(target, made.path)
        assert nothing_is_in(target)
    made.path.write_bytes(whole)
    restore.restore(target, made.path)


def test_what_is_not_empty_is_left_alone(made, target):
    for left in ("recordings/2026/11/a.wav", "var/hotline.db", "var/secrets.env"):
        path = target.data.dir / left
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("ours")
        with pytest.raises(BackupError, match="not empty"):
            restore.restore(target, made.path)
        assert path.read_text() == "ours"
        shutil.rmtree(target.data.dir)


def test_a_database_that_is_not_empty_is_left_alone(made, target):
    migrate.upgrade(target.database_url)
    for lock in target.var_dir.glob("*.lock"):
        lock.unlink()
    with pytest.raises(BackupError, match="not empty"):
        restore.restore(target, made.path)
    assert rows_of(target.database_url)["ticket"] == []


@pytest.mark.parametrize("when", ["_keep", "_move"])
def test_a_restore_that_dies_leaves_nothing_to_start_on(made, target, monkeypatch, when):
    """Die without any tidying up, as by a power failure: while files are collected, and when they are in place."""
    moving = restore._move

    def die(*given):
        moving(*given) if when == "_move" else None
        kill()

    monkeypatch.setattr(restore, when, die)
    assert dies_in(lambda: restore.restore(target, made.path))
    monkeypatch.undo()
    assert restore.unfinished(target)
    assert dumping.is_empty(target.database_url)
    if when == "_keep":
        restore.restore(target, made.path)
        assert not restore.unfinished(target)
    else:
        with pytest.raises(BackupError, match="not empty"):
            restore.restore(target, made.path)


def test_a_full_disk_leaves_no_archive(kept, city, tmp_path, clock, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup.os, "fsync", full)
    with pytest.raises(BackupError, match="No space left"):
        backup.make(kept, tmp_path / "house.backup", clock())
    assert list(tmp_path.glob("*house*")) == []


def test_one_moment_is_kept_while_others_write(kept, city, tmp_path, clock, target, monkeypatch):
    before = rows_of(kept.database_url)
    rows = dumping.Snapshot.rows
    began = []

    def meanwhile(snapshot, name):
        if not began:
            began.append(name)
            first = list(rows(snapshot, name))
            city.line.dials("+989360000000").presses("1").presses("1").presses("3").speaks("RE" + "9" * 32)
            return iter(first)
        return rows(snapshot, name)

    monkeypatch.setattr(dumping.Snapshot, "rows", meanwhile)
    made = backup.make(kept, tmp_path / "house.backup", clock())
    restore.restore(target, made.path)
    assert len(rows_of(kept.database_url)["call"]) == len(before["call"]) + 1
    assert rows_of(target.database_url) == before


def test_a_voice_that_is_not_on_the_disk_is_named(kept, city, tmp_path, clock):
    (lost, *_) = sorted(kept.recordings_dir.rglob("*.wav"))
    lost.unlink()
    made = backup.make(kept, tmp_path / "house.backup", clock())
    assert made.missing == [str(lost.relative_to(kept.recordings_dir))]


def test_keys_lie_apart(kept, config, tmp_path, clock):
    with pytest.raises(BackupError, match="no keys file is set"):
        backup.make(config, tmp_path / "house.backup", clock())
    inside = config.data.dir / "keys"
    inside.parent.mkdir(parents=True, exist_ok=True)
    keyring.new(inside)
    with pytest.raises(BackupError, match="kept apart"):
        backup.make(with_keys(config, inside), tmp_path / "house.backup", clock())

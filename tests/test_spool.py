"""The spool: kept before anybody is told, sealed, read back oldest first; what is torn is set aside."""

import errno
import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from ivr.spool import HEAD, RESERVE, SLOT, Full, Spool
from tests.disks import mounted

EVENT = {"kind": "turn", "form": {"From": "+989121234567", "Digits": "3"}}


@pytest.fixture
def spool(tmp_path):
    return opened(tmp_path / "spool")


def opened(directory, secret="a secret", limit=1000):
    made = Spool(directory, secret, limit)
    made.prepare()
    return made


def slots(spool):
    return len(list(spool.directory.glob("*.slot")))


@pytest.fixture
def small_disk(tmp_path):
    with mounted(tmp_path / "disk", "2M") as disk:
        yield disk


@pytest.fixture
def full_disk(monkeypatch):
    """No new file has room; what is there already can be written over."""
    fill = Spool._fill

    def refuse(spool, path, data, flags):
        if flags & os.O_CREAT:
            path.touch()
            raise OSError(errno.ENOSPC, "No space left on device")
        fill(spool, path, data, flags)

    def begin():
        monkeypatch.setattr(Spool, "_fill", refuse)

    return begin


def test_what_is_kept_is_read_back_oldest_first_also_by_another_process(spool):
    for n in range(20):
        spool.put({"n": n})
    other = Spool(spool.directory, "a secret", 1000)
    assert [other.read(path) for path in other.waiting()] == [{"n": n} for n in range(20)]
    for path in other.waiting():
        other.done(path)
    assert spool.waiting() == []


def test_nobody_else_can_read_it(spool):
    spool.put(EVENT)
    (path,) = spool.waiting()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(spool.directory.stat().st_mode) == 0o700
    assert b"98912" not in path.read_bytes()


def test_it_is_synced_before_it_has_its_name_and_its_name_before_anybody_is_told(spool, monkeypatch):
    told, sync, rename = [], os.fsync, type(spool.directory).rename

    def synced(handle):
        told.append("directory" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(type(spool.directory), "rename", lambda old, new: (told.append("name"), rename(old, new))[1])
    spool.put(EVENT)
    assert told == ["file", "name", "directory"]


@pytest.mark.parametrize("left", [0, 5, HEAD - 1, HEAD, HEAD + 20, -1])
def test_a_torn_file_is_set_aside_with_an_alarm_and_the_others_are_read(spool, caplog, left):
    for n in range(3):
        spool.put({"n": n})
    torn = spool.waiting()[1]
    torn.write_bytes(torn.read_bytes()[:left])
    found = [spool.read(path) for path in spool.waiting()]
    assert found == [{"n": 0}, None, {"n": 2}]
    assert [path.name for path in spool.aside()] == [torn.name]
    (alarm,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "torn" in alarm.getMessage()


@pytest.mark.parametrize("place", [HEAD - 1, HEAD, HEAD + 12, -1])
def test_a_changed_byte_is_noticed(spool, place):
    spool.put(EVENT)
    (path,) = spool.waiting()
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert spool.read(path) is None
    assert len(spool.aside()) == 1


def test_another_key_does_not_open_it_and_it_is_not_called_torn(spool, caplog):
    spool.put(EVENT)
    other = Spool(spool.directory, "another secret", 1000)
    (path,) = other.waiting()
    assert other.read(path) is None
    (kept,) = other.aside()
    assert "another key" in caplog.text
    kept.rename(path)
    assert spool.read(path) == EVENT


def test_a_full_disk_still_takes_as_many_as_there_are_slots_and_then_says_no(spool, full_disk):
    full_disk()
    for n in range(RESERVE):
        spool.put({"n": n})
    with pytest.raises(Full):
        spool.put({"n": RESERVE})
    assert [spool.read(path)["n"] for path in spool.waiting()] == list(range(RESERVE))
    assert list(spool.directory.glob("*.part")) == []


def test_what_is_longer_than_a_slot_needs_room_of_its_own(spool, full_disk):
    long = {"form": {"x": "y" * SLOT}}
    spool.put(long)
    full_disk()
    with pytest.raises(Full):
        spool.put(long)
    assert slots(spool) == RESERVE, "and it used up none of the reserve"
    assert [spool.read(path) for path in spool.waiting()] == [long]


def test_without_a_reserve_it_still_keeps_what_the_disk_takes(tmp_path):
    plain = Spool(tmp_path / "spool", "a secret", 1000)
    plain.put(EVENT)
    assert [plain.read(path) for path in plain.waiting()] == [EVENT]


def test_a_disk_that_is_really_full(small_disk):
    spool = opened(small_disk.place / "spool")
    small_disk.fill()
    for n in range(RESERVE):
        spool.put({"n": n})
    with pytest.raises(Full):
        spool.put({"n": RESERVE})
    assert [spool.read(path)["n"] for path in spool.waiting()] == list(range(RESERVE))
    small_disk.free()
    for path in spool.waiting():
        spool.done(path)
    spool.prepare()
    assert slots(spool) == RESERVE, "the reserve is there again"


def test_a_slot_is_given_to_one_of_those_who_reach_for_it(spool, full_disk):
    full_disk()

    def put(n):
        try:
            spool.put({"n": n})
        except Full:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        kept = [n for n, was in enumerate(pool.map(put, range(2 * RESERVE))) if was]
    assert len(kept) == RESERVE
    assert sorted(spool.read(path)["n"] for path in spool.waiting()) == kept


def test_it_takes_no_more_than_its_limit(tmp_path):
    spool = opened(tmp_path / "spool", limit=3)
    for _ in range(3):
        spool.put(EVENT)
    with pytest.raises(Full, match="3 events"):
        spool.put(EVENT)
    spool.done(spool.waiting()[0])
    spool.put(EVENT)


def test_what_a_killed_process_left_half_written_is_cleared_away_later(spool):
    half = spool.directory / "half.part"
    half.write_bytes(b"half")
    spool.prepare()
    assert half.exists(), "somebody may be writing it just now"
    os.utime(half, (0, 0))
    spool.prepare()
    assert not half.exists()

"""The embedded Valkey: one per directory, and a start whatever its files look like."""

import pytest

from ivr.queues import ValkeyServer, valkey
from ivr.queues.valkey import ValkeyError


def files(broker):
    return sorted((broker.server.directory / "appendonlydir").glob("*.incr.aof"))


def test_what_was_acknowledged_is_there_after_a_kill(broker):
    for n in range(200):
        broker.asks().set(f"row{n}", n)
    broker.kill()
    broker.start()
    assert broker.asks().dbsize() == 200


def test_a_second_one_in_the_same_place_is_refused(broker, monkeypatch):
    monkeypatch.setattr(valkey, "LOCK_PATIENCE_SECONDS", 0.3)
    with pytest.raises(ValkeyError, match="another Valkey is writing"):
        ValkeyServer(broker.server.directory, broker.server.directory / "t").start()
    assert broker.asks().ping()


def test_a_torn_end_costs_only_what_was_torn(broker):
    for n in range(100):
        broker.asks().set(f"row{n}", n)
    broker.kill()
    newest = files(broker)[-1]
    newest.write_bytes(newest.read_bytes()[:-5])
    broker.start()
    assert broker.asks().dbsize() == 99


def test_files_broken_in_the_middle_are_set_aside_and_it_starts_empty(broker):
    for n in range(100):
        broker.asks().set(f"row{n}", n)
    broker.kill()
    newest = files(broker)[-1]
    content = bytearray(newest.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40] = b"\xff" * 40
    newest.write_bytes(content)
    broker.start()
    assert broker.asks().dbsize() == 0
    kept = list(broker.server.directory.glob("appendonlydir.broken-*"))
    assert len(kept) == 1
    assert (kept[0] / newest.name).read_bytes() == bytes(content)


def test_broken_files_and_a_server_that_never_answers_do_not_leave_it_running(broker, monkeypatch):
    broker.kill()
    monkeypatch.setattr(valkey, "LOADING_PATIENCE_SECONDS", -1)
    with pytest.raises(ValkeyError, match="does not start"):
        broker.server.start()
    monkeypatch.undo()
    broker.start()
    assert broker.asks().ping(), "and the lock is free again"


def test_it_listens_to_its_owner_alone(broker):
    assert broker.server.socket.stat().st_mode & 0o777 == 0o600
    assert broker.server.directory.stat().st_mode & 0o777 == 0o700


def test_a_place_that_somebody_else_made_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "valkey").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValkeyError, match="directory of our own"):
        ValkeyServer(tmp_path / "valkey", tmp_path / "valkey" / "s").start()

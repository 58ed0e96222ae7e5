"""Backup and restore as whoever looks after the machine sees them."""

import shutil

import pytest
from click.testing import CliRunner

from ivr.cli import main
from tests.served import House


def run(*arguments, **environment):
    return CliRunner().invoke(main, [str(one) for one in arguments], env={k: str(v) for k, v in environment.items()})


def test_a_serving_house_is_backed_up_and_served_elsewhere(tmp_path):
    keys = tmp_path / "keys"
    assert run("keys", "new", keys).exit_code == 0
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    first = House(tmp_path / "first", IVR_BACKUP__KEYS_FILE=str(keys))
    second = House(tmp_path / "second", IVR_BACKUP__KEYS_FILE=str(keys))
    first.start()
    try:
        first.ivr("add-user", "zahra", "--role", "operator", "--password-stdin", said="a long password\n")
        assert "rows" in first.ivr("backup", str(tmp_path / "one.backup"))
    finally:
        first.stop()
    shutil.rmtree(tmp_path / "first")
    assert "restored as of" in second.ivr("restore", str(tmp_path / "one.backup"))
    second.start()
    try:
        assert "one-time password" not in second.log.read_text(), "its users came along: it makes no first one"
    finally:
        second.stop()


@pytest.mark.parametrize("command", [("serve",), ("web",), ("work",)])
def test_nothing_starts_on_half_a_restore(tmp_path, command):
    (tmp_path / "var/restoring").mkdir(parents=True)
    done = run(*command, IVR_DATA__DIR=tmp_path)
    assert done.exit_code == 2
    assert "has not come to its end" in done.output


def test_troubles_are_said_in_one_sentence(tmp_path):
    keys = tmp_path / "keys"
    run("keys", "new", keys)
    assert run("keys", "new", keys).exit_code == 2
    done = run("backup", tmp_path / "a", IVR_DATA__DIR=tmp_path / "d")
    assert (done.exit_code, "no keys file is set" in done.output) == (2, True)
    (tmp_path / "a").write_bytes(b"nothing that was sealed")
    done = run("restore", tmp_path / "a", IVR_DATA__DIR=tmp_path / "d", IVR_BACKUP__KEYS_FILE=keys)
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert "damaged or not whole" in done.output
    done = run("backup", tmp_path / "b", IVR_DATA__DIR=tmp_path / "d", IVR_BACKUP__KEYS_FILE=keys)
    assert done.exit_code == 2, "there is no database"
    assert not (tmp_path / "b").exists()


def test_the_first_start_makes_the_keys_and_no_start_goes_on_without_them(tmp_path):
    (tmp_path / "house").mkdir()
    house = House(tmp_path / "house", XDG_CONFIG_HOME=str(tmp_path / "home"))
    keys = tmp_path / "home/hotline-137/recordings.keys"
    house.start()
    house.stop()
    assert f"the keys of all voices are in {keys}: keep a copy" in house.log.read_text()
    assert keys.stat().st_mode & 0o777 == 0o600
    assert keys.parent.stat().st_mode & 0o777 == 0o700
    keys.rename(tmp_path / "away")
    house.start(healthy=False)
    assert house.process.wait(60) == 2
    assert "is not there, and 1 files are sealed under the key" in house.log.read_text()
    (tmp_path / "away").rename(keys)
    keys.write_text(f"{keys.read_text()}{'ab' * 32}\n")
    assert house.ivr("keys", "rewrap").startswith("1 keys were wrapped anew")
    assert house.ivr("keys", "seal").startswith("0 files were sealed")

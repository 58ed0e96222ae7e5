"""One Asterisk for each machine, whole or not there, whoever comes first."""

import subprocess
import threading
import time

import pytest

from tests.exchange import archive, asterisk


@pytest.fixture
def unpackings(tmp_path, monkeypatch):
    """Unpack slowly, and nothing; note each time it is done."""
    done = []

    def unpack(suite, place):
        done.append(suite)
        place.mkdir()
        (place / "half").touch()
        time.sleep(0.2)
        (place / "whole").touch()

    monkeypatch.setattr(archive, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(archive, "_unpack", unpack)
    return done


def test_whoever_comes_while_it_is_unpacked_waits_for_it(unpackings):
    places = []
    comers = [threading.Thread(target=lambda: places.append(archive.tree("sid") / "whole")) for _ in range(4)]
    for one in comers:
        one.start()
    for one in comers:
        one.join()
    assert [place.exists() for place in places] == [True] * 4
    assert unpackings == ["sid"]


def test_suites_do_not_get_into_each_others_way(unpackings):
    assert archive.tree("sid") != archive.tree("bullseye")
    assert unpackings == ["sid", "bullseye"]


def test_what_somebody_killed_left_behind_is_cleared_away(unpackings):
    (archive.CACHE / ".sid-left/tree").mkdir(parents=True)
    (archive.CACHE / ".bullseye-at-work/tree").mkdir(parents=True)
    archive.tree("sid")
    assert sorted(path.name for path in archive.CACHE.iterdir()) == [
        ".bullseye-at-work", "asterisk-sid", "asterisk-sid.lock",
    ]  # fmt: skip


def test_what_could_not_be_unpacked_is_not_there(unpackings, monkeypatch):
    def unpack(suite, place):
        place.mkdir()
        raise archive.NotToBeHad("the line is cut")

    with monkeypatch.context() as patch:
        patch.setattr(archive, "_unpack", unpack)
        with pytest.raises(archive.NotToBeHad):
            archive.tree("sid")
    assert [path.name for path in archive.CACHE.iterdir()] == ["asterisk-sid.lock"]
    assert (archive.tree("sid") / "whole").exists()


def test_without_an_archive_tests_are_skipped_but_not_in_ci(unpackings, monkeypatch):
    def refuse(*_words, **_settings):
        raise subprocess.CalledProcessError(100, "apt-get", stderr="nobody there")

    monkeypatch.setattr(archive, "_unpack", lambda suite, place: archive._run("apt-get", "update"))
    monkeypatch.setattr(archive.subprocess, "run", refuse)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="nobody there"):
        asterisk.unpacked("sid")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(archive.NotToBeHad, match="nobody there"):
        asterisk.unpacked("sid")

"""What a machine's voice has said, fetched from another machine: neither has a directory of the other's."""

# ruff: noqa: F401, F811  # fixtures are imported, and then asked for by their names
import threading

import pytest

from ivr.services import backup, clips
from ivr.vault import keys as keyring
from tests.restored import with_keys
from tests.services.test_clips import announced, machine
from tests.services.test_store import elsewhere_store


@pytest.fixture
def apart(machine):
    """Two machines whose voices have not said anything yet."""
    return machine("c", silent=True), machine("d", silent=True)


def says(machine, prompt="info_waste"):
    (clip,) = machine.desk.speech.clips(prompt, {})
    return clip


def test_what_one_machine_says_may_be_asked_of_the_other(apart):
    first, second = apart
    clip = says(first)
    assert second.fetches(clip.hash) == (404, b"")
    first.mirror.offer()
    assert second.fetches(clip.hash) == (200, clip.path.read_bytes())
    assert second.desk.speech.find(clip.hash).words == clip.words
    assert (second.clips(), len(list((second.config.var_dir / "speech").glob("*.wav")))) == ([], 1)


def test_what_is_on_its_way_is_waited_for(apart):
    first, second = apart
    clip = says(first)
    later = threading.Timer(0.4, first.mirror.offer)
    later.start()
    assert second.fetches(clip.hash) == (200, clip.path.read_bytes())
    later.join()


def test_all_that_was_said_is_offered_a_part_at_a_time_and_once(apart, monkeypatch):
    first, _ = apart
    monkeypatch.setattr(clips, "AT_ONCE", 2)
    said, put = [says(first, prompt).hash for prompt in ("info_waste", "info_about", "apology")], []
    monkeypatch.setattr(clips, "share", lambda desk, clip, folder: put.append((clip.hash, folder)))
    for _ in range(3):
        first.mirror.offer()
    assert sorted(put) == sorted((one, clips.PROMPTS) for one in said)


def test_calls_go_on_while_what_is_said_cannot_be_offered(apart, elsewhere_store, caplog):
    first, second = apart
    elsewhere_store.stop()
    clip = says(first)
    for _ in range(2):
        first.mirror.offer()
    assert len([one for one in caplog.messages if one.startswith("prompts that another machine")]) == 1
    assert first.fetches(clip.hash)[0] == 200
    elsewhere_store.start()
    first.mirror.offer()
    assert second.fetches(clip.hash)[0] == 200


def test_a_backup_leaves_out_what_is_said_again(apart, elsewhere_store, tmp_path, clock):
    first, second = apart
    says(first)
    announced(first)
    keyring.new(tmp_path / "keys")
    config = with_keys(second.config, tmp_path / "keys")
    before = backup.make(config, tmp_path / "before.backup", clock())
    first.mirror.offer()
    assert [place for place in elsewhere_store.lying() if clips.PROMPTS in place]
    assert backup.make(config, tmp_path / "after.backup", clock()).files == before.files > 0

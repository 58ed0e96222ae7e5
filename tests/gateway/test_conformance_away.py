"""A hotline that is not there at all: its callers wait for it a little, and then the exchange takes their message."""

import time

import pytest

from tests.exchange.ear import words
from tests.gateway.script import Scripted
from tests.gateway.stage import CLIPS, TOKEN, Stage


@pytest.fixture
def lonely(tmp_path):
    """A stage whose hotline has just closed."""
    with Stage(tmp_path, IVR_GATEWAY__PATIENCE="rc=20&rp=ct,5xx&ct=1000&rt=3000&tt=4000") as stage:
        stage.desk.close()
        yield stage


def reopened(stage):
    """Open the hotline again at the same address, with the same scripts."""
    old = stage.desk
    stage.desk = Scripted(TOKEN, old.sounds, old.server_port)
    stage.desk.numbers, stage.desk.calls = old.numbers, old.calls
    return stage.desk


def test_a_hotline_that_comes_back_in_time_has_lost_nobody(lonely):
    with lonely.call("<Play>/audio/thanks.wav</Play>", wait=False) as call:
        time.sleep(1.5)
        assert 200 not in call.phone.codes
        desk = reopened(lonely)
        call.phone.wait_answered()
        call.ends()
        assert call.heard == ["thanks"]
        assert call.times("answer") == 1
        assert desk.unsigned == []


def test_a_hotline_that_stays_away_is_told_of_the_message_later(lonely):
    with lonely.call("<Play>/audio/menu.wav</Play>", wait=False, recording="") as call:
        began = time.monotonic()
        call.phone.wait_answered(15)
        assert 3 < time.monotonic() - began < 12
        call.hears("apology")
        call.phone.hears(1)
        call.phone.speaks(CLIPS["menu"])
        call.phone.presses("#")
        call.phone.wait_over()
        assert words(call.phone.heard(), CLIPS) == ["apology", "thanks"]
        time.sleep(1)
        reopened(lonely)
        kept = call.script.waits_for("recording", seconds=40, RecordingStatus="completed")
        assert int(kept["RecordingDuration"]) in (5, 6, 7)
        assert call.times("answer") == 0

"""Children that die young come back later and later; those that end well after a while come back at once."""

import os
import signal
import sys

import pytest

from ivr.supervisor.children import FIRST_PAUSE, HEALTHY_SECONDS, LONGEST_PAUSE, Child
from tests.served import running


@pytest.fixture
def child():
    one = Child("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"])
    yield one
    one.stop()


def killed(child, now):
    """Kill it, and have that noticed at a moment; give the pause before it is started again."""
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait()
    child.tend(now)
    assert child.process is None
    assert child.again_at == now + child.pause
    return child.pause


def test_the_pauses_grow_to_a_limit_and_start_anew_after_health(child):
    now, pauses = 1000.0, []
    for _ in range(8):
        child.tend(now)
        pauses.append(killed(child, now))
        child.tend(now + pauses[-1] / 2)
        assert child.process is None, "not before its pause is over"
        now += pauses[-1]
    assert pauses == sorted(pauses)
    assert pauses[0] < 1 < pauses[-1] == LONGEST_PAUSE
    child.tend(now)
    assert killed(child, now + HEALTHY_SECONDS + 1) == FIRST_PAUSE


def test_it_is_stopped_for_good(child):
    child.tend(0.0)
    pid = child.process.pid
    child.stop()
    assert not running(pid)

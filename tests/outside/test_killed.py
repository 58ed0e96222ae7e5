"""kill -9 in the middle of it: every voice is there within two minutes, no ticket twice, none missing."""

import os
import signal
import time
from pathlib import Path

from tests.outside.crowd import report, stored

CALLS = 14
PATIENCE_SECONDS = 120


def kill(house, words):
    """Kill a child and wait until its parent has started it again."""
    before = house.until(lambda: house.child(words))
    os.kill(before, signal.SIGKILL)
    house.until(lambda: house.child(words) not in {None, before})


def test_nothing_is_lost_or_doubled_when_worker_and_broker_are_killed(line, trap):
    exchange, house = line
    carrier = exchange.carrier
    carrier.flowing.clear()  # the first voice stops half way, and the others wait in the queue
    calls = [report(exchange, n).sid for n in range(CALLS)]
    house.until(lambda: carrier.asked)
    assert len(carrier.asked) == 1
    kill(house, "broker")
    kill(house, "work --only jobs")
    carrier.missing_until = time.monotonic() + 5
    carrier.flowing.set()
    restarted = time.monotonic()
    calls += [report(exchange, CALLS + n).sid for n in range(2)]  # the hotline goes on answering
    recordings = house.until(lambda: stored(house), seconds=PATIENCE_SECONDS)
    assert time.monotonic() - restarted < PATIENCE_SECONDS
    assert {row["sid"]: row["sha256"] for row in recordings} == {sid: carrier.digest(sid) for sid in carrier.media}
    assert sorted(row["call_sid"] for row in recordings) == calls
    tickets = house.export("tickets")
    assert sorted(ticket["call_sid"] for ticket in tickets) == calls
    assert len({ticket["code"] for ticket in tickets}) == len(calls)
    assert [len(ticket["recordings"]) for ticket in tickets] == [1] * len(calls)
    kept = {row["path"] for row in recordings}
    found = {str(path) for path in Path(house.environment["IVR_DATA__DIR"], "recordings").rglob("*") if path.is_file()}
    assert found == kept, "no half of a voice is left behind"
    assert trap.asked == []

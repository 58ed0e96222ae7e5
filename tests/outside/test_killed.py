"""kill -9 in the middle of the work: every voice is there within two minutes, no ticket twice, none missing."""

import os
import signal

CALLS = 12


def reports(town, count):
    calls = []
    for _ in range(count):
        call = town.call()
        for key in ("1", "1", "3"):
            call.press(key)
        calls.append(call.speak().press("1").hang_up())
    return calls


def all_stored(town, calls):
    rows = {row["sid"]: row for row in town.house.export("recordings")}
    return all(rows[sid]["sha256"] == digest for call in calls for sid, digest in call.voices)


def test_worker_and_broker_are_killed_with_voices_still_to_be_fetched(new_town):
    town = new_town()
    town.media.late = True
    calls = reports(town, CALLS)
    town.house.until(lambda: len(town.media.asked) > 3)
    for words in ("work --only jobs", "broker"):
        os.kill(town.house.until(lambda words=words: town.house.child(words)), signal.SIGKILL)
    town.media.late = False
    calls += reports(town, 3)
    town.house.until(lambda: all_stored(town, calls), seconds=120)
    tickets = town.house.export("tickets")
    assert sorted(row["call_sid"] for row in tickets) == sorted(call.sid for call in calls)
    assert len({row["code"] for row in tickets}) == len(calls)
    assert all(len(row["recordings"]) == 1 for row in tickets)
    assert [path for path in town.media.asked if "/somewhere/else/" in path] == [], "nobody goes where a form says"

"""The database is stopped, frozen or held by somebody: callers hear Persian in time, and nothing they say is lost."""

import itertools
import shutil
import sqlite3
import time
from contextlib import contextmanager

import pytest

from db import migrate
from ivr import jobs as work
from ivr.services.desk import open_spool
from tests.caller import Caller

RE1, RE2, RE3 = (f"RE{n:032x}" for n in (1, 2, 3))
IN_TIME_SECONDS = 5
_numbers = itertools.count(1)


class Trouble:
    """A database, and what may happen to it."""

    def __init__(self, url, happens):
        self.url, self.happens = url, happens


@contextmanager
def held(path):
    """Hold SQLite's only writing place, as a backup gone wrong would."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


@pytest.fixture(params=["stopped", "frozen", "held"])
def trouble(request, tmp_path):
    if request.param == "held":
        path = tmp_path / "hotline.db"
        migrate.upgrade(f"sqlite:///{path}")
        return Trouble(f"sqlite:///{path}", lambda: held(path))
    server = request.getfixturevalue("postgres")
    url = server.create(f"trouble_{next(_numbers)}", "template_house")
    return Trouble(url, {"stopped": server.away, "frozen": server.frozen}[request.param])


@pytest.fixture
def database_url(trouble):
    return trouble.url


@pytest.fixture
def patience_seconds():
    return 3.0


@pytest.fixture
def spools(config):
    return [open_spool(config, whose) for whose in ("web", "fallback")]


@pytest.fixture
def replay(desk, database, spools):
    return lambda: work.replay(work.Office(desk, database, None), spools)


@pytest.fixture
def hurried(monkeypatch):
    """Measure every request; none may take longer than a caller waits."""
    took, request = [], Caller.request

    def timed(caller, *arguments, **named):
        began = time.monotonic()
        try:
            return request(caller, *arguments, **named)
        finally:
            took.append(time.monotonic() - began)

    monkeypatch.setattr(Caller, "request", timed)
    return took


def words(desk, prompt):
    return " ".join(clip.words for clip in desk.speech.clips(prompt, {}) if clip.words)


def leaves_a_message(call, voice):
    """Hear the apology, and speak."""
    assert call.words == words(call.line.desk, "apology")
    record = call.waits("Record")
    assert record.get("maxLength") == "120"
    assert record.get("recordingStatusCallbackEvent") == "completed absent"
    call.speaks(voice)
    assert call.words == words(call.line.desk, "apology_end")
    assert call.verbs[-1] == "Hangup"
    assert call.reports(voice).status_code == 204
    assert call.hangs_up().status_code == 204


def everything(line):
    """Give all rows, without what the clock made of them."""
    return [line.rows(kind) for kind in ("calls", "tickets", "recordings", "callbacks")]


def test_callers_are_heard_and_each_event_is_taken_once(line, desk, trouble, spools, replay, hurried, tmp_path):
    spool, _ = spools
    reporting = line.dials().presses("1").presses("3").presses("3")
    asking = line.dials("+989120000009")
    with trouble.happens():
        reporting.speaks(RE1)
        leaves_a_message(reporting, RE2)
        asking.presses("0")
        assert asking.words == words(desk, "apology")
        new = line.dials("+989121110000")
        leaves_a_message(new, RE3)
        assert len(spool.waiting()) == 4 + 1 + 4
        shutil.copytree(spool.directory, tmp_path / "copy")
    assert max(hurried) < IN_TIME_SECONDS
    replay()
    assert (spool.waiting(), spool.aside()) == ([], [])
    report, message = line.rows("tickets")
    assert (report["category"], report["district"], report["caller"]) == ("road", "3", "+989121234567")
    assert [voice["sid"] for voice in report["recordings"]] == [RE1, RE2]
    assert (message["category"], message["district"], message["caller"]) == ("other", "unknown", "+989121110000")
    assert [voice["sid"] for voice in message["recordings"]] == [RE3]
    assert [callback["number"] for callback in line.rows("callbacks")] == ["+989120000009"]
    before = everything(line)
    for event in (tmp_path / "copy").glob("*.event"):
        shutil.copy(event, spool.directory)
    replay()
    assert spool.waiting() == []
    assert everything(line) == before, "and a second time changes nothing"


@pytest.mark.parametrize("trouble", ["frozen"], indirect=True)
def test_while_it_is_frozen_only_one_caller_at_a_time_waits_for_it(line, trouble, hurried, replay):
    line.dials()
    with trouble.happens():
        for n in range(10):
            line.dials(f"+98912111{n:04}")
    quick = [seconds for seconds in hurried if seconds < 0.5]
    assert len(quick) >= 9, hurried
    replay()
    assert len(line.rows("calls")) == 11


@pytest.mark.parametrize("trouble", ["stopped", "held"], indirect=True)
def test_a_spool_that_waits_is_not_lost_while_the_database_is_still_away(line, trouble, spools, replay):
    with trouble.happens():
        line.dials()
        replay()
        assert len(spools[0].waiting()) == 1
    replay()
    assert len(line.rows("calls")) == 1


@pytest.mark.parametrize("path", ["answer", "turn/1", "recording", "status", "fallback"])
def test_what_is_neither_in_the_database_nor_on_disk_is_never_taken_for_kept(line, trouble, path):
    config = line.desk.config
    limited = config.data.model_copy(update={"spool_events": 1})
    object.__setattr__(config, "data", limited)  # settings are frozen; this test has its own installation
    call = line.dials(answered=False)
    with trouble.happens():
        said = {"CallStatus": "completed", "RecordingSid": RE1}
        first = line.post(f"http://hotline.test/voice/{path}", call.form(**said))
        second = line.post(f"http://hotline.test/voice/{path}", call.form(**said))
    assert first.status_code in {200, 204}
    assert (second.status_code, second.data) == (503, b"")


def test_an_event_that_nobody_can_take_is_set_aside_and_stops_no_other(line, spools, replay, clock, trouble, caplog):
    spool, _ = spools
    spool.put({"kind": "answer", "form": {}, "query": {}, "at": clock().isoformat()})
    call = line.dials(answered=False)
    spool.put({"kind": "answer", "form": call.form(), "query": {}, "at": clock().isoformat()})
    replay()
    assert [row["call_sid"] for row in line.rows("calls")] == [call.sid]
    assert len(spool.aside()) == 1
    assert "set aside" in caplog.text

"""Jobs and the sweep: each does its work once, gives way to others, and finds what got lost."""

# ruff: noqa: F401, F811  # fixtures are imported, and then asked for by their names

import hashlib
import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty

from db.models import Attempt, Recording
from ivr import jobs as work
from ivr.queues import FETCH_RECORDING, JOBS
from ivr.services import callbacks, keeping, users
from ivr.services.recordings import LEASE
from ivr.telephony import media
from ivr.telephony.outside import Refused
from tests.worker import RE1, Exchange, office, provider, row, sound, voice_path


@pytest.fixture
def voice_of(line, office, provider, database):
    """A voice that was reported and is still to be fetched; gives its row's id."""
    line.dials().presses("4").presses("1").speaks(RE1).presses("1")
    with database.reading() as session:
        return session.query(Recording).one().id


def path(office):
    return voice_path(office.desk, RE1)


def test_a_voice_is_fetched_and_kept_by_month_under_a_name_of_its_own(office, voice_of, provider, database, desk):
    provider.answers[path(office)] = (200, {"Content-Type": "audio/x-wav"}, sound())
    work.fetch_into(office, voice_of)
    kept = row(database, voice_of)
    assert (kept.state, kept.seconds, kept.tries) == ("stored", 2, 1)
    place = Path(kept.path)
    assert place.parts[:2] == ("2026", "11")
    assert RE1 not in place.name
    with database.reading() as session, keeping.opened(session, desk, kept.path) as said:
        assert said.read() == sound()
    assert b"RIFF" not in (desk.config.recordings_dir / place).read_bytes()
    assert kept.sha256 == hashlib.sha256(sound()).hexdigest()
    work.fetch_into(office, voice_of)
    assert len(provider.asked) == 1, "what is here is not fetched again"


def test_a_voice_that_is_not_there_yet_is_asked_for_with_growing_gaps(office, voice_of, provider, database, clock):
    gaps = []
    for _ in range(4):
        work.fetch_into(office, voice_of)
        kept = row(database, voice_of)
        gaps.append((kept.next_try_at - clock()).total_seconds())
        clock.move(seconds=gaps[-1])
    assert (kept.state, kept.tries) == ("pending", 4)
    assert gaps == sorted(gaps)
    assert gaps[0] < gaps[-1]
    assert "404" in kept.last_error
    provider.answers[path(office)] = (200, {}, sound())
    work.fetch_into(office, voice_of)
    assert row(database, voice_of).state == "stored"


@pytest.mark.parametrize("body", [b"", b"not a sound at all", sound()[:20], b"<html>sorry</html>" * 100])
def test_what_cannot_be_heard_is_not_kept(office, voice_of, provider, database, desk, body):
    provider.answers[path(office)] = (200, {"Content-Type": "audio/x-wav"}, body)
    work.fetch_into(office, voice_of)
    kept = row(database, voice_of)
    assert (kept.state, kept.path) == ("pending", None)
    assert kept.last_error
    assert [one for one in desk.config.recordings_dir.rglob("*") if one.is_file()] == []


def test_while_a_voice_comes_what_is_here_of_it_lies_sealed(office, voice_of, provider, database, desk):
    said, seen = sound(20), []

    def halves(request):
        request.send_response(200)
        request.end_headers()
        request.wfile.write(said[: len(said) // 2])
        while not (found := [one.read_bytes() for one in desk.config.recordings_dir.glob(".*.part")]) or not found[0]:
            time.sleep(0.01)
        seen.append(found)
        request.wfile.write(said[len(said) // 2 :])

    provider.answers[path(office)] = halves
    work.fetch_into(office, voice_of)
    ((half,),) = seen
    assert half
    assert b"RIFF" not in half
    assert said[100:120] not in half
    assert row(database, voice_of).sha256 == hashlib.sha256(said).hexdigest()


def test_two_who_fetch_at_once_do_not_meet(office, voice_of, provider, database):
    provider.answers[path(office)] = lambda request: (work.fetch_into(office, voice_of), request.send_error(404))
    work.fetch_into(office, voice_of)
    assert len(provider.asked) == 1, "the second found it claimed"


def test_a_fetch_that_outlives_its_lease_and_the_next_one_store_once(office, voice_of, provider, database, desk, clock):
    def overtaken(request):
        provider.answers[path(office)] = (200, {}, sound())
        clock.move(seconds=LEASE.total_seconds() + 1)
        work.fetch_into(office, voice_of)
        request.send_response(200)
        request.end_headers()
        request.wfile.write(sound(3))

    provider.answers[path(office)] = overtaken
    work.fetch_into(office, voice_of)
    kept = row(database, voice_of)
    assert (kept.state, kept.sha256) == ("stored", hashlib.sha256(sound()).hexdigest())
    keeping.clear(database, desk, clock(), 10)
    (only,) = [one for one in desk.config.recordings_dir.rglob("*") if one.is_file()]
    assert only == desk.config.recordings_dir / kept.path


def test_headers_that_come_drop_by_drop_do_not_hold_a_worker(office, voice_of, provider, desk):
    """As rq does it: an alarm ends the job when its time is over, and then no half-fetched file is left."""

    def drip(request):
        while True:
            request.wfile.write(b"HTTP/1.1 200 OK\r\n" if not begun else b"X: x\r\n")
            request.wfile.flush()
            begun.append(1)
            time.sleep(0.05)

    begun = []
    provider.answers[path(office)] = drip
    with pytest.raises(JobTimeoutException), UnixSignalDeathPenalty(1, JobTimeoutException):
        work.fetch_into(office, voice_of)
    assert [one for one in desk.config.recordings_dir.rglob("*") if one.is_file()] == []


@pytest.fixture
def voices(line, office, provider, database):
    """Three voices of three calls, none of them fetched yet; gives their rows' ids."""
    for one in "123":
        provider.answers[voice_path(office.desk, "RE" + one * 32)] = (200, {}, sound())
        line.dials().presses("4").presses("1").speaks("RE" + one * 32).presses("1")
    with database.reading() as session:
        return [one.id for one in session.query(Recording).order_by(Recording.id)]


def test_one_job_fetches_what_came_meanwhile(office, voices, provider, database):
    work.fetch_with_rest(office, voices[1])
    assert [row(database, voice).state for voice in voices] == ["stored"] * 3
    work.fetch_with_rest(office, voices[0])
    assert len(provider.asked) == 3


def test_a_voice_that_was_tried_waits_for_its_next_try(office, voices, provider, database):
    provider.answers = {}
    work.fetch_with_rest(office, voices[0])
    work.fetch_with_rest(office, voices[0])
    assert len(provider.asked) == 3
    assert {row(database, voice).tries for voice in voices} == {1}


def test_a_job_whose_time_is_over_leaves_the_rest_to_the_next(office, voices, database, jobs, monkeypatch):
    monkeypatch.setattr(work, "GATHERING_SECONDS", -1)
    jobs.clear()
    work.fetch_with_rest(office, voices[1])
    assert [row(database, voice).state for voice in voices] == ["pending", "stored", "pending"]
    assert jobs == [("ivr.jobs.fetch_recording", voices[0])]


def test_what_killed_fetches_left_is_thrown_away(office, desk):
    desk.config.recordings_dir.mkdir(parents=True)
    left, running = (desk.config.recordings_dir / name for name in (".0123.part", ".4567.part"))
    left.write_bytes(b"half")
    running.write_bytes(b"another worker's")
    os.utime(left, (0, 0))
    work.clean_parts(desk.config)
    assert list(desk.config.recordings_dir.iterdir()) == [running]


@pytest.fixture
def attempt(line, database, desk, clock):
    """A try that is committed and not yet asked for; gives its id."""
    line.dials().presses("0")
    with database.transaction() as session:
        user = users.add(session, "sara", "operator", "a long password", clock())
        callback = callbacks.claim_next(session, desk, user, clock())
        return callbacks.dial(session, desk, callback, user, clock()).id


def attempt_row(database, attempt):
    with database.reading() as session:
        found = session.get(Attempt, attempt)
        return found.state, found.call_sid, found.callback.state


def test_a_telephone_is_asked_for_once_however_often_the_job_runs(office, attempt, database):
    for _ in range(3):
        work.dial_from(office, attempt)
    assert [one.to for one in office.telephony.asked] == ["client:sara"]
    assert attempt_row(database, attempt) == ("asked", "CA9", "dialling")


def test_a_refusal_gives_the_callback_back_for_wrap_up(office, attempt, database):
    work.dial_from(replace(office, telephony=Exchange(Refused("no"))), attempt)
    assert attempt_row(database, attempt) == ("ended", None, "wrap_up")


def test_a_lost_dialling_job_is_sent_again(office, attempt, clock, jobs):
    jobs.clear()
    clock.move(seconds=20)
    work.sweep(office, clock())
    assert (callbacks.DIAL, attempt) in jobs


def test_a_lost_fetching_job_is_sent_again(office, voice_of, clock, jobs):
    jobs.clear()
    clock.move(seconds=60)
    work.sweep(office, clock())
    assert ("ivr.jobs.fetch_recording", voice_of) in jobs


def test_a_fetch_gives_up_before_somebody_else_may_begin():
    assert timedelta(seconds=media.CONNECT_SECONDS + media.WHOLE_SECONDS) <= LEASE
    assert timedelta(seconds=JOBS[FETCH_RECORDING].seconds) <= LEASE

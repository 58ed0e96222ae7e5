"""kill -9 between a commit and what it leaves to do: no voice stays unasked for, and no job is for nothing."""

import multiprocessing
import os
import random
import signal
import time

import pytest

from db.models import Recording
from db.session import Database
from ivr import jobs as work
from ivr.queues import Queues
from ivr.services import calls
from ivr.services.calls import Heard
from tests.longer import times

KILLS = times(40, 200)
FETCH = b"fetch_recording-"


def report_for_ever(desk, database_url, broker_url, now, seed, busy):
    """Take one reported voice after the other, as a web process does, until killed."""
    database = Database(database_url, deliver=Queues(broker_url).enqueue)
    chance = random.Random(seed)
    while True:
        sid, voice = (f"{kind}{chance.getrandbits(128):032x}" for kind in ("CA", "RE"))
        account = desk.config.twilio.account_sid
        heard = Heard(sid=sid, account_sid=account, caller_raw="+989121234567", called="137", recording_sid=voice)
        with database.transaction() as session:
            calls.keep(session, desk, heard, "completed", now)
        busy.set()


def taken_off(broker):
    """Take what is asked for off the queue; give the voices that it names."""
    with broker.asks() as redis:
        jobs = redis.lrange("rq:queue:default", 0, -1)
        redis.flushall()
    return {int(job.removeprefix(FETCH)) for job in jobs}


@pytest.fixture
def pending(database):
    def look():
        with database.reading() as session:
            return {one.id for one in session.query(Recording).filter_by(state="pending")}

    return look


def test_every_voice_is_asked_for_and_every_job_has_its_voice(config, desk, broker, database, clock, pending):
    """Check 12."""
    fork, chance = multiprocessing.get_context("fork"), random.Random(137)
    unasked = 0
    for n in range(KILLS):
        busy = fork.Event()
        arguments = (desk, config.database_url, broker.url, clock(), n, busy)
        process = fork.Process(target=report_for_ever, args=arguments)
        process.start()
        assert busy.wait(30)
        time.sleep(chance.uniform(0, 0.03))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        jobs = taken_off(broker)
        unasked += not jobs
        assert jobs <= pending(), "a job is only sent once its voice is committed"
    voices = pending()
    assert len(voices) >= KILLS
    office = work.Office(desk, Database(config.database_url, deliver=Queues(broker.url).enqueue), None)
    clock.move(minutes=2)
    work.sweep(office, clock())
    office.database.close()
    jobs = taken_off(broker)
    assert jobs, "one job that fetches all that is due"
    assert jobs <= voices
    print(f"{KILLS} kills, {len(voices)} voices, {unasked} times none was asked for before the sweep")  # noqa: T201

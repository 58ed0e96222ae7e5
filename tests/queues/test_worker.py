"""Jobs: carried out once asked for, refused if they are not ours, never outliving their worker."""

import os
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from ivr.queues import JOBS, Queues
from ivr.queues.names import FETCH_RECORDING
from tests.queues.conftest import until
from tests.queues.kinds import GATHERING, KINDS, NOTE, POLITE, SLOW


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_a_job_is_done_and_leaves_no_trace(broker, workers, notes):
    queues = Queues(broker.url, KINDS)
    assert queues.enqueue(NOTE, 7)
    assert workers("burst").wait(30) == 0
    assert len((notes / "7").read_text().splitlines()) == 1
    assert [key for key in broker.asks().scan_iter() if b"rq:job" in key] == []


def test_how_jobs_wait_and_end_is_told(broker, workers, notes):
    queues = Queues(broker.url, KINDS)
    assert queues.answers()
    assert [queues.enqueue(NOTE, row) for row in (7, 8)] == [True, True]
    Queue("default", connection=broker.asks(), serializer=JSONSerializer).enqueue_call("os.mkdir", args=[1])
    time.sleep(0.2)
    told = queues.waiting(datetime.now(UTC))
    assert told["default"].jobs == 3
    assert 0.2 <= told["default"].oldest_seconds < 10
    assert told["urgent"].jobs == told["urgent"].oldest_seconds == 0
    assert queues.ended() == {}
    assert workers("burst").wait(30) == 0
    assert queues.ended() == {("note", "done"): 2, ("forbidden", "failed"): 1}
    broker.kill()
    assert not queues.answers()
    assert queues.waiting(datetime.now(UTC)) is queues.ended() is None


def test_a_job_steps_back_behind_callers_and_the_next_one_does_not(broker, workers, notes):
    queues = Queues(broker.url, KINDS)
    assert queues.enqueue(POLITE, 7)
    assert workers("burst").wait(30) == 0
    assert int((notes / "7").read_text()) == os.nice(0) + 7
    assert JOBS[FETCH_RECORDING].nice > 0


def test_a_job_that_waits_already_is_not_added_again(broker, workers, notes):
    queues = Queues(broker.url, KINDS)
    assert all(queues.enqueue(NOTE, 7) for _ in range(5))
    assert queues.enqueue(NOTE, 7, key="another")
    workers("burst").wait(30)
    assert len((notes / "7").read_text().splitlines()) == 2


def test_a_kind_that_gathers_shares_its_queue_with_no_other():
    for gathering in (kind for kind in JOBS.values() if kind.gathers):
        assert [kind for kind in JOBS.values() if kind.queue == gathering.queue] == [gathering]


def test_a_job_that_gathers_waits_alone(broker, workers, notes):
    queues = Queues(broker.url, GATHERING)
    assert all(queues.enqueue(NOTE, row) for row in (7, 8, 9))
    assert workers("burst").wait(30) == 0
    assert [one.name for one in notes.iterdir()] == ["7"]
    assert queues.enqueue(NOTE, 8)
    workers("burst").wait(30)
    assert (notes / "8").exists()


@pytest.mark.parametrize(
    ("name", "arguments", "keywords"),
    [
        ("os.mkdir", ["{notes}/made"], {}),
        ("tests.queues.kinds.note", ["7"], {}),
        ("tests.queues.kinds.note", [7, 8], {}),
        ("tests.queues.kinds.note", [7], {"row": 7}),
        ("tests.queues.kinds.note", [True], {}),
    ],
)
def test_a_job_that_is_not_ours_is_never_run(broker, workers, notes, name, arguments, keywords):
    forged = Queue("default", connection=broker.asks(), serializer=JSONSerializer)
    forged.enqueue_call(
        name, args=[str(one).format(notes=notes) if isinstance(one, str) else one for one in arguments], kwargs=keywords
    )
    worker = workers("burst")
    assert worker.wait(30) == 0
    assert "ForbiddenJobError" in worker.stderr.read()
    assert list(notes.iterdir()) == []


def test_a_running_job_ends_with_its_worker_and_the_next_worker_lets_go_of_it(broker, workers, notes):
    queues = Queues(broker.url, KINDS)
    queues.enqueue(SLOW, 7)
    first = workers()
    until(lambda: (notes / "7").exists() and (notes / "7").read_text().strip())
    horse = int((notes / "7").read_text())
    first.kill()
    first.wait()
    until(lambda: gone(horse), seconds=5)
    queues.enqueue(NOTE, 8)
    workers()
    until((notes / "8").exists)
    assert queues.enqueue(SLOW, 7), "it may be asked for again"
    until(lambda: len((notes / "7").read_text().splitlines()) == 2)


def test_no_acknowledged_job_is_lost_when_the_broker_is_killed_under_load(broker, workers, notes):
    acknowledged, stop = [], threading.Event()

    def load():
        queues, row = Queues(broker.url, KINDS), 0
        while not stop.is_set():
            row += 1
            if queues.enqueue(NOTE, row):
                acknowledged.append(row)

    sender = threading.Thread(target=load)
    sender.start()
    for _ in range(5):
        before = len(acknowledged)
        until(lambda before=before: len(acknowledged) > before + 20)
        broker.kill()
        broker.start()
    stop.set()
    sender.join()
    with broker.asks() as redis:
        waiting = set(redis.lrange("rq:queue:default", 0, -1))
    assert len(acknowledged) > 100
    assert {f"note-{row}".encode() for row in acknowledged} - waiting == set()


def test_a_worker_goes_on_by_itself_after_the_broker_was_killed(broker, workers, notes):
    workers()
    queues = Queues(broker.url, KINDS)
    queues.enqueue(NOTE, 1)
    until((notes / "1").exists)
    broker.kill()
    broker.start()
    until(lambda: queues.enqueue(NOTE, 2))
    until((notes / "2").exists, seconds=30)


def test_whoever_may_not_wait_does_not_wait(broker):
    queues = Queues(broker.url, KINDS)
    broker.process.send_signal(signal.SIGSTOP)
    try:
        begun = time.monotonic()
        assert not queues.enqueue(NOTE, 1)
        assert time.monotonic() - begun < 1.8
        begun = time.monotonic()
        assert not queues.enqueue(NOTE, 2), "and for a while it is not even asked"
        assert time.monotonic() - begun < 0.1
    finally:
        broker.process.send_signal(signal.SIGCONT)
    with Redis.from_url(broker.url) as redis:
        until(lambda: queues.enqueue(NOTE, 3), seconds=5)
        assert b"note-2" not in redis.lrange("rq:queue:default", 0, -1)


def test_a_dead_broker_is_no_reason_to_fail(broker):
    queues = Queues(broker.url, KINDS)
    broker.kill()
    begun = time.monotonic()
    assert not queues.enqueue(NOTE, 1)
    assert time.monotonic() - begun < 0.5
    broker.start()
    assert queues.enqueue(NOTE, 1)

"""Jobs whose worker was killed on another machine: their name must not keep the sweep from asking again."""

from datetime import UTC, datetime

import pytest
from redis import Redis
from rq import Queue
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from ivr.queues import JobKind, Queues
from tests.queues.conftest import until
from tests.queues.kinds import KINDS, NOTE

QUEUE = "rq:queue:default"


def taken(redis):
    """Take a job as a worker does, and be killed before that is written down anywhere."""
    return redis.lpop(QUEUE).decode()


def noted(redis):
    """Take it, write down who has it, and be killed before it began."""
    job = Job.fetch(taken(redis), connection=redis, serializer=JSONSerializer)
    with redis.pipeline() as together:
        Execution.create(job, 3600, pipeline=together, worker_name="on a machine that is no more")
        together.execute()
    return job.id


def begun(redis):
    """Take it, begin, and be killed in the middle."""
    job_id = noted(redis)
    redis.hset(
        f"rq:job:{job_id}", mapping={"status": "started", "started_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    )
    return job_id


@pytest.mark.parametrize("killed", [taken, noted, begun])
def test_what_a_killed_worker_had_is_asked_for_again_once_its_time_is_over(broker, workers, notes, killed):
    """Checks 8 and 11."""
    queues, redis = Queues(broker.url, {NOTE: JobKind("default", seconds=1)}), broker.asks()
    assert queues.enqueue(NOTE, 7)
    assert killed(redis) == "note-7"
    until(lambda: queues.enqueue(NOTE, 7) and redis.llen(QUEUE))
    assert queues.enqueue(NOTE, 7)
    assert redis.llen(QUEUE) == 1, "one that waits is not added again"
    assert workers("burst").wait(30) == 0
    assert len((notes / "7").read_text().splitlines()) == 1
    left = Queue("default", connection=redis, serializer=JSONSerializer)
    assert left.started_job_registry.get_job_ids(cleanup=False) == []
    assert list(redis.scan_iter("rq:job:*")) == list(redis.scan_iter("rq:exec*")) == []


@pytest.mark.parametrize(
    "where", [lambda redis: "note-7", taken, noted, begun], ids=["waits", "taken", "noted", "begun"]
)
def test_what_may_still_run_is_not_added_again(broker, where):
    queues, redis = Queues(broker.url, KINDS), broker.asks()
    assert queues.enqueue(NOTE, 7)
    assert where(redis) == "note-7"
    before = redis.llen(QUEUE)
    assert queues.enqueue(NOTE, 7)
    assert redis.llen(QUEUE) == before


def test_the_lock_of_an_upkeep_that_was_killed_keeps_nobody_out(broker, workers):
    lock = Queue("default", connection=broker.asks()).registry_cleaning_key
    with Redis.from_url(broker.url) as redis:
        redis.set(lock, 1, ex=700)
        workers()
        until(lambda: not redis.exists(lock))

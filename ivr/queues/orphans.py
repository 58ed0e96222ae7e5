"""Jobs that somebody took and will never end: their name alone would keep the sweep from asking again, for ever."""

from datetime import UTC, datetime, timedelta
from typing import cast

from rq import Queue
from rq.executions import Execution, ExecutionRegistry


def let_go(queue: Queue, job_id: str, seconds: int) -> bool:
    """Forget a job that neither waits nor can still run; say whether its name is free.

    A worker that looks at several queues takes a job off its queue first, and only then writes down that it did: killed
    between the two, it leaves a job that is in no list, and that rq's own upkeep never sees.
    """
    job = queue.fetch_job(job_id)
    if job is None:
        return True
    since = job.started_at or job.enqueued_at
    if since is not None and datetime.now(UTC) - since < timedelta(seconds=seconds):
        return False
    redis = queue.connection
    if redis.lpos(queue.key, job_id) is not None:
        return False
    registry = queue.started_job_registry
    taken = [entry for entry in cast("list[bytes]", redis.zrange(registry.key, 0, -1)) if _of(entry, job_id)]
    records = [Execution.from_composite_key(entry.decode(), redis).key for entry in taken]
    with redis.pipeline() as together:
        if taken:
            together.zrem(registry.key, *taken)
        together.delete(job.key, ExecutionRegistry(job_id, redis).key, *records)
        together.execute()
    return True


def _of(entry: bytes, job_id: str) -> bool:
    return entry.decode().rpartition(":")[0] == job_id

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from ivr.queues.allowed import allow_only
from ivr.queues.names import ENDED, JOBS, QUEUES, JobKind
from ivr.queues.orphans import let_go

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1
REST_SECONDS = 2


@dataclass(frozen=True)
class Waiting:
    """What stands in one queue: jobs that wait, for how long the oldest has, and jobs that run."""

    jobs: int
    oldest_seconds: float
    running: int


class Queues:
    """The sending end, for those who may not wait: a caller is on the line."""

    def __init__(self, redis_url: str, kinds: Mapping[str, JobKind] = JOBS) -> None:
        connection = Redis.from_url(
            redis_url,
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        job_class = allow_only(kinds)
        self._kinds = kinds
        self._resting_until = 0.0
        self._queues = {
            name: Queue(name, connection=connection, serializer=JSONSerializer, job_class=job_class) for name in QUEUES
        }

    def enqueue(self, job_name: str, row_id: int, *, key: str = "") -> bool:
        """Ask for a job and say whether it waits now. False loses nothing: the sweep finds the row again.

        While a job of the same name, row and key waits or runs, another one is not added; one whose worker was killed
        does not count. Nor is one of a kind that gathers added while any waits: what is asked for is committed, and it
        will be seen.
        """
        kind = self._kinds[job_name]
        if time.monotonic() < self._resting_until:
            return False
        try:
            self._send(kind, job_name, row_id, key)
        except DuplicateJobError:  # it waits or runs, or somebody else was quicker
            return True
        except RedisError as error:
            if isinstance(error, RedisTimeoutError):
                self._resting_until = time.monotonic() + REST_SECONDS
            log.warning("job not enqueued", extra={"job": job_name, "row": row_id, "reason": repr(error)})
            return False
        return True

    def answers(self) -> bool:
        """Say whether the queue's server is there."""
        try:
            return all(queue.connection.ping() for queue in self._queues.values())
        except RedisError:
            return False

    def waiting(self, now: datetime) -> "dict[str, Waiting] | None":
        """Tell of each queue; None when the server does not answer."""
        try:
            return {name: _waiting(queue, now) for name, queue in self._queues.items()}
        except RedisError:
            return None

    def ended(self) -> dict[tuple[str, ...], float] | None:
        """Count how jobs ended, by name and outcome, since this server's data began; None when it does not answer."""
        connection = next(iter(self._queues.values())).connection
        try:
            counted = cast("dict[bytes, bytes]", connection.hgetall(ENDED))
        except RedisError:
            return None
        return {tuple(name.decode().rpartition(".")[2].split(":")): float(n) for name, n in counted.items()}

    def _send(self, kind: JobKind, job_name: str, row_id: int, key: str) -> None:
        """Send it, and once more if the one of its name was an orphan. Raises DuplicateJobError."""
        name = job_name.rpartition(".")[2]
        job_id = "-".join(part for part in (name, str(row_id), key) if part)
        queue = self._queues[kind.queue]
        if kind.gathers and queue.count:
            return
        try:
            _enqueue(queue, kind, job_name, row_id, job_id)
        except DuplicateJobError:
            if not let_go(queue, job_id, kind.seconds):
                raise
            _enqueue(queue, kind, job_name, row_id, job_id)


def _enqueue(queue: Queue, kind: JobKind, job_name: str, row_id: int, job_id: str) -> None:
    """Leave no trace when the job has ended and rested, well or badly: it would keep the sweep from asking again."""
    queue.enqueue_call(
        job_name,
        args=(row_id,),
        job_id=job_id,
        unique=True,
        timeout=kind.seconds,
        result_ttl=kind.rest,
        failure_ttl=kind.rest,
    )


def _waiting(queue: Queue, now: datetime) -> Waiting:
    first = queue.fetch_job(queue.get_job_ids(0, 1)[0]) if queue.count else None
    since = first.enqueued_at if first is not None else None
    seconds = max(0.0, (now - since).total_seconds()) if since is not None else 0.0
    return Waiting(queue.count, seconds, queue.started_job_registry.get_job_count(cleanup=False))

import logging
import os
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, Worker
from rq.executions import Execution, ExecutionRegistry
from rq.job import Job
from rq.serializers import JSONSerializer

from ivr.queues.allowed import allow_only
from ivr.queues.lifeline import die_with_parent
from ivr.queues.names import ENDED, JOBS, QUEUES, JobKind

log = logging.getLogger(__name__)

# rq's own figures would notice a killed worker after 13 minutes; these after a minute and a quarter.
WORKER_TTL_SECONDS = 30
MAINTENANCE_SECONDS = 10
MONITORING_SECONDS = 10
CLEANING_LOCK_SECONDS = 899  # rq's own, of a queue's upkeep
LONGEST_CLEANING_SECONDS = 60
TELL_EVERY = 30


class TiedWorker(Worker):
    """A worker whose running job never outlives it."""

    max_connection_wait_time = 5.0
    told_to_stop = False

    def request_stop(self, signum: Any, frame: Any) -> None:
        self.told_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        die_with_parent(signal.SIGKILL)
        os.nice(getattr(job, "nice", 0))
        super().main_work_horse(job, queue)

    def handle_job_success(self, job: Job, queue: Queue, *rest: Any, **more: Any) -> None:
        self._count(job, "done")
        super().handle_job_success(job, queue, *rest, **more)

    def handle_job_failure(self, job: Job, queue: Queue, *rest: Any, **more: Any) -> None:
        self._count(job, "failed")
        super().handle_job_failure(job, queue, *rest, **more)

    def clean_registries(self) -> None:
        for queue in self.queues:
            _forget_expired(queue)
            _unlock(queue)
        super().clean_registries()  # type: ignore[no-untyped-call]

    def _count(self, job: Job, outcome: str) -> None:
        """Count how jobs end where every process can read it; a job that nobody may run has no name."""
        name = job.func_name if job.func_name in getattr(job, "kinds", {}) else "forbidden"
        with suppress(RedisError):  # what comes next needs Redis, too, and says so
            self.connection.hincrby(ENDED, f"{name}:{outcome}", 1)


def run_worker(redis_url: str, *, burst: bool = False, kinds: Mapping[str, JobKind] = JOBS) -> None:
    """Carry out jobs until told to stop; in a burst, until none waits. Losing Redis is waited out."""
    worker = None
    while True:
        _await(redis_url)
        try:
            worker = _make(redis_url, kinds)
            worker.work(burst=burst)
        except RedisError as error:  # rq waits for some losses and ends at others
            if worker is not None and worker.told_to_stop:
                return
            log.warning("Redis was lost, beginning anew: %s", error)
        else:
            return


def _make(redis_url: str, kinds: Mapping[str, JobKind]) -> TiedWorker:
    connection = Redis.from_url(redis_url)
    job_class = allow_only(kinds)
    queues = [Queue(name, connection=connection, serializer=JSONSerializer, job_class=job_class) for name in QUEUES]
    worker = TiedWorker(
        queues,
        connection=connection,
        job_class=job_class,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
        job_monitoring_interval=MONITORING_SECONDS,
    )
    release_dead(connection, queues)
    return worker


def _await(redis_url: str) -> None:
    """Wait for the server, and say so once in a while."""
    for signum in (signal.SIGTERM, signal.SIGINT):  # a worker that is no more may have left its own
        signal.signal(signum, signal.SIG_DFL)
    tries = 0
    while True:
        try:
            with Redis.from_url(redis_url, retry=Retry(NoBackoff(), 0)) as connection:
                connection.ping()
        except RedisError as error:
            if tries % TELL_EVERY == 0:
                log.warning("Redis cannot be reached, trying again: %s", error)
            tries += 1
            time.sleep(1)
        else:
            return


def release_dead(connection: Redis, queues: list[Queue]) -> None:
    """Give up at once what workers of this machine were doing when they were killed.

    A job ends with its worker, so it runs no more. It is dropped; its row is still due and will be enqueued again.
    """
    for worker in TiedWorker.all(connection=connection, serializer=JSONSerializer):
        if worker.hostname != socket.gethostname() or not worker.pid or _alive(worker.pid):
            continue
        executions = worker.get_current_executions()
        log.warning("worker died", extra={"worker_pid": worker.pid, "jobs": [e.job_id for e in executions]})
        for queue in queues:
            _expire(queue, executions)
        worker.register_death()  # type: ignore[no-untyped-call]


def _expire(queue: Queue, executions: list[Execution]) -> None:
    registry = queue.started_job_registry
    if executions:
        queue.connection.zadd(registry.key, {execution.composite_key: 1 for execution in executions}, xx=True)
    _forget_expired(queue)
    registry.cleanup()


def _forget_expired(queue: Queue) -> None:
    """Forget executions whose record expired with their worker's machine: rq's upkeep stumbles over each for ever."""
    over = cast("list[bytes]", queue.connection.zrangebyscore(queue.started_job_registry.key, 0, time.time()))
    for entry in over:
        job_id, _, execution_id = entry.decode().partition(":")
        execution = Execution(execution_id, job_id, queue.connection)
        if not queue.connection.exists(execution.key):
            queue.connection.zrem(ExecutionRegistry(job_id, queue.connection).key, execution_id)


def _unlock(queue: Queue) -> None:
    """Take the lock of whoever was killed in the middle of the upkeep: it would hold for a quarter of an hour."""
    left = queue.connection.ttl(queue.registry_cleaning_key)
    if 0 <= left < CLEANING_LOCK_SECONDS - LONGEST_CLEANING_SECONDS:
        queue.release_maintenance_lock()  # type: ignore[no-untyped-call]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

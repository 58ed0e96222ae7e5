import logging
import time
from collections.abc import Mapping

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from ivr.queues.allowed import allow_only
from ivr.queues.names import JOBS, QUEUES, JobKind

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1
REST_SECONDS = 2


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

        While a job of the same name, row and key waits or runs, another one is not added.
        """
        kind = self._kinds[job_name]
        if time.monotonic() < self._resting_until:
            return False
        try:
            self._send(kind, job_name, row_id, key)
        except DuplicateJobError:
            return True
        except RedisError as error:
            if isinstance(error, RedisTimeoutError):
                self._resting_until = time.monotonic() + REST_SECONDS
            log.warning("job not enqueued", extra={"job": job_name, "row": row_id, "reason": repr(error)})
            return False
        return True

    def _send(self, kind: JobKind, job_name: str, row_id: int, key: str) -> None:
        """Leave no trace when the job ends, well or badly: a trace would keep the sweep from asking again."""
        name = job_name.rpartition(".")[2]
        self._queues[kind.queue].enqueue_call(
            job_name,
            args=(row_id,),
            job_id="-".join(part for part in (name, str(row_id), key) if part),
            unique=True,
            timeout=kind.seconds,
            result_ttl=0,
            failure_ttl=0,
        )

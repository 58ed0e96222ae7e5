"""Every job there is: a name outside this table is never run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Queue = Literal["urgent", "default", "later"]

QUEUES: Final[tuple[Queue, ...]] = ("urgent", "default", "later")
"""In the order in which a worker looks."""


@dataclass(frozen=True)
class JobKind:
    """Where a job waits, how long it may run, and how long after its end another of the same row is not taken.

    A kind that gathers has its queue to itself: one that waits will do whatever is due when it begins, so no second is
    added. With `nice`, callers on the line go before it where there is not enough processor for both.
    """

    queue: Queue
    seconds: int
    rest: int = 0
    gathers: bool = False
    nice: int = 0


FETCH_RECORDING: Final = "ivr.jobs.fetch_recording"
DIAL_ATTEMPT: Final = "ivr.jobs.dial_attempt"
FIND_ATTEMPT: Final = "ivr.jobs.find_attempt"
REMOVE_RECORDING: Final = "ivr.jobs.remove_recording"

JOBS: Final[Mapping[str, JobKind]] = {
    DIAL_ATTEMPT: JobKind("urgent", seconds=30),
    FIND_ATTEMPT: JobKind("urgent", seconds=20, rest=10),
    FETCH_RECORDING: JobKind("default", seconds=45, gathers=True, nice=10),  # no longer than the lease on a fetch
    REMOVE_RECORDING: JobKind("later", seconds=30),
}

ENDED: Final = "hotline:jobs-ended"
"""The hash in which workers count how jobs end: "name:done", "name:failed"."""

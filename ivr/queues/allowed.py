"""What may be run: whoever can write to Redis can name any function, so the worker asks the table."""

from collections.abc import Callable, Mapping
from typing import Any

from rq.job import Job

from ivr.queues.names import JobKind


class ForbiddenJobError(Exception):
    """Somebody put a job in the queue that is not one of ours."""


class AllowedJob(Job):
    """A job whose name is in the table and whose only argument is a row id."""

    kinds: Mapping[str, JobKind] = {}

    def restore(self, raw_data: Any) -> None:
        """Read the job back, but for the other ways by which it could name code or addresses."""
        super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []

    @property
    def nice(self) -> int:
        """Give how far it steps back behind others; 0 for one that is none of ours."""
        kind = self.kinds.get(self.func_name or "")
        return kind.nice if kind is not None else 0

    @property
    def func(self) -> Callable[..., Any]:
        if self.func_name not in self.kinds or self.instance or self.kwargs:
            raise ForbiddenJobError(self.func_name)
        if [type(argument) for argument in self.args] != [int]:
            raise ForbiddenJobError(self.func_name)
        found: Callable[..., Any] = super().func
        return found


def allow_only(kinds: Mapping[str, JobKind]) -> type[AllowedJob]:
    """Make the job class of one table: rq builds jobs from a class, so the table has to live on it."""
    return type("AllowedJob", (AllowedJob,), {"kinds": kinds})

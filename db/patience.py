"""How long a thread waits for PostgreSQL: past its moment a connection is given up, whatever the server does."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import psycopg
from psycopg.abc import PQGen

LEAST_TO_CONNECT_SECONDS = 2.0  # libpq knows no shorter time-out


class _Deadline(threading.local):
    moment: float | None = None
    seconds: float | None = None


_deadline = _Deadline()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let this thread wait so long for the database, in all that it asks of it inside."""
    _deadline.moment = time.monotonic() + seconds
    try:
        yield
    finally:
        _deadline.moment = None


@contextmanager
def in_all(seconds: float) -> Iterator[None]:
    """Let this thread wait so long for the database, all its waiting inside together; its own work is not counted."""
    _deadline.seconds = seconds
    try:
        yield
    finally:
        _deadline.seconds = None


def _left() -> float | None:
    return _deadline.seconds if _deadline.moment is None else _deadline.moment - time.monotonic()


@contextmanager
def _spending() -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    finally:
        if _deadline.seconds is not None:
            _deadline.seconds -= time.monotonic() - began


class Connection(psycopg.Connection[Any]):
    """A connection that is closed when its thread may wait no longer: nobody knows what it would answer."""

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Raises OperationalError, also when the moment has come."""
        left = _left()
        if left is None or timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            with nullcontext() if _deadline.seconds is None else _spending():
                return super().wait(gen, interval, max(left, 0.0))
        except psycopg.OperationalError:
            if (left := _left()) is not None and left <= 0:
                self.pgconn.finish()
            raise


def connect(dialect: Any, record: Any, arguments: Any, options: dict[str, Any]) -> Connection:  # noqa: ARG001  # SQLAlchemy's own types here are Any
    """Open one, if this thread has the time. Raises OperationalError."""
    left = _left()
    if left is not None:
        if left < LEAST_TO_CONNECT_SECONDS:
            raise psycopg.OperationalError("no time is left to connect")
        options = {**options, "connect_timeout": int(left)}
    with _spending():
        return Connection.connect(*arguments, **options)

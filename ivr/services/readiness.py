"""Whether the house can do its work, and what is wrong if it cannot; nobody waits longer than a few seconds for it."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from db import migrate
from db.session import Database, Session, SQLAlchemyError
from ivr.config import Config
from ivr.queues import Queues

Found = TypeVar("Found")
PATIENCE_SECONDS = 3.0
MEGABYTE = 1_000_000
DATABASE = "the database does not answer"
SCHEMAS = {
    "current": "",
    "behind": "the database lacks migrations that this version needs: run `ivr migrate`",
    "ahead": "the database is of a newer version than this process: update and restart it",
}


class Look:
    """Looks at the database in a thread that is left behind when no answer comes; one look at a time."""

    def __init__(self, database: Database, patience: float = PATIENCE_SECONDS) -> None:
        self._database, self._patience = database, patience
        self._seat = ThreadPoolExecutor(1)

    def answer(self, of: Callable[[Session], Found]) -> Found | None:
        """Give what is found; None when the database does not answer."""
        asked = self._seat.submit(self._look, of)
        try:
            return asked.result(self._patience)
        except (SQLAlchemyError, TimeoutError):
            return None
        finally:
            asked.cancel()  # one that still waits for its turn must not pile up behind one that is stuck

    def _look(self, of: Callable[[Session], Found]) -> Found:
        with self._database.reading() as session:
            return of(session)


@dataclass(frozen=True)
class Readiness:
    """What is wrong, by part, in plain words; "" where nothing is."""

    database: str
    migrations: str
    broker: str
    disk: str


class Parts:
    """The things without which the house cannot do its work."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = Look(database)
        self._queues = Queues(config.redis_url)

    def look(self) -> Readiness:
        """Look at each of them now."""
        schema = self._database.answer(lambda session: migrate.state(session.connection()))
        broker = "" if self._queues.answers() else "the queue's server does not answer: jobs wait for the sweep"
        return Readiness(
            database=DATABASE if schema is None else "",
            migrations=SCHEMAS[schema] if schema is not None else "nobody can tell while the database is away",
            broker=broker,
            disk=_disk(self._config),
        )


def free_bytes(config: Config) -> int:
    """Say how much room is left where voices and everything else are written."""
    place = config.data.dir.resolve()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(Path(place)).free


def _disk(config: Config) -> str:
    free = free_bytes(config) // MEGABYTE
    least = config.data.least_free_mb
    return f"the disk is nearly full: {free} MB are free, {least} are wanted" if free < least else ""

"""Whether the house can do its work, and what is wrong if it cannot; nobody waits longer than a few seconds for it."""

import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from db import migrate
from db.queries import sealed
from db.session import Database, Session, SQLAlchemyError
from ivr.config import Config
from ivr.queues import Queues
from ivr.services import masters
from ivr.services.desk import store_of
from ivr.store import Away
from ivr.vault import Keys, NoKey

Found = TypeVar("Found")
PATIENCE_SECONDS = 3.0
MEGABYTE = 1_000_000
DATABASE = "the database does not answer"
STORE = "the store cannot be reached, and new voices wait"
SPARED = {"store"}  # parts without which calls are taken as ever
SCHEMAS = {
    "current": "",
    "behind": "the database lacks migrations that this version needs: run `ivr migrate`",
    "ahead": "the database is of a newer version than this process: update and restart it",
}


class Seat:
    """One thread for what may never come to an end: it is left behind when no answer comes; one question at a time."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._thread = ThreadPoolExecutor(1)

    def ask(self, of: Callable[[], Found]) -> Callable[[], Found]:
        """Begin to ask; what is given waits for the answer. It raises TimeoutError, and whatever `of` does."""
        asked, until = self._thread.submit(of), time.monotonic() + self._patience

        def answer() -> Found:
            try:
                return asked.result(max(0.0, until - time.monotonic()))
            finally:
                asked.cancel()  # one that still waits for its turn must not pile up behind one that is stuck

        return answer


class Look:
    """Looks at the database within some seconds."""

    def __init__(self, database: Database, patience: float = PATIENCE_SECONDS) -> None:
        self._database, self._seat = database, Seat(patience)

    def answer(self, of: Callable[[Session], Found]) -> Found | None:
        """Give what is found; None when the database does not answer."""
        try:
            return self._seat.ask(lambda: self._look(of))()
        except (SQLAlchemyError, TimeoutError):
            return None

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
    keys: str
    store: str

    @property
    def wrong(self) -> list[str]:
        """Say what keeps the house from its work."""
        return [words for part, words in asdict(self).items() if words and part not in SPARED]

    @property
    def waiting(self) -> list[str]:
        """Say what is away and keeps no call from being taken."""
        return [words for part, words in asdict(self).items() if words and part in SPARED]


class Parts:
    """The things without which the house cannot do its work."""

    def __init__(self, config: Config, database: Database, patience: float = PATIENCE_SECONDS) -> None:
        self._config = config
        self._database = Look(database, patience)
        self._queues = Queues(config.redis_url)
        self._store, self._seat = store_of(config), Seat(patience)

    def look(self) -> Readiness:
        """Look at each of them now; at the store while the others are looked at."""
        store = self._seat.ask(self._store.reach) if self._store is not None else None
        found = self._database.answer(_found)
        broker = "" if self._queues.answers() else "the queue's server does not answer: jobs wait for the sweep"
        return Readiness(
            database=DATABASE if found is None else "",
            migrations=SCHEMAS[found.schema] if found is not None else "nobody can tell while the database is away",
            broker=broker,
            disk=_disk(self._config),
            keys=_keys(self._config, found.masters if found is not None else []),
            store=_away(store) if store is not None else "",
        )


class _Found(NamedTuple):
    schema: str
    masters: list[str]  # names of the keys that files are sealed under


def _found(session: Session) -> _Found:
    """Ask for files' keys only where the schema is this version's."""
    schema = migrate.state(session.connection())
    return _Found(schema, sealed.names_of_masters(session) if schema == "current" else [])


def _keys(config: Config, under: list[str]) -> str:
    """Say why voices could not be opened, or new ones not sealed."""
    try:
        path = masters.path_of(config)
        known = {key.name.hex() for key in Keys.read(path).known}
    except NoKey as why:
        return f"the keys of recordings cannot be used: {why} (data.keys_file)"
    missing = [name for name in under if name not in known]
    if not missing:
        return ""
    return f"{path} is not the right keys file: files are sealed under {' and '.join(missing)}, which is not in it"


def _away(reached: Callable[[], None]) -> str:
    try:
        reached()
    except TimeoutError:
        return f"{STORE}: it does not answer"
    except Away as why:
        return f"{STORE}: {why}"
    return ""


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

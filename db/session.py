"""One transaction per edge, and work to hand over once it is committed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from db.models import Base

__all__ = [
    "AWAY",
    "Database",
    "SQLAlchemyError",
    "Session",
    "StaleDataError",
    "after_commit",
    "in_plain_words",
    "insert_once",
]

AWAY = (OperationalError, InterfaceError, NoConnectionLeft)  # the database's own trouble, not what was asked of it

Deliver = Callable[[str, int], object]
Row = TypeVar("Row", bound=Base)
LOCK_MS = 5000


class Database:
    """Opens transactions; `deliver` gets (job, row id) for what a committed transaction left to do."""

    def __init__(self, url: str, deliver: Deliver | None = None) -> None:
        self._sqlite = make_url(url).get_backend_name() == "sqlite"
        self._deliver = deliver
        self._one_writer = threading.Lock()
        self.engine = create_engine(url, hide_parameters=True, pool_pre_ping=not self._sqlite, **self._options())
        if self._sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        self._writing = self.engine.execution_options(ivr_writes=True)

    def _options(self) -> dict[str, Any]:
        if self._sqlite:
            return {"pool_size": 32, "connect_args": {"timeout": LOCK_MS / 1000}}
        limits = f"-c lock_timeout={LOCK_MS} -c statement_timeout=10000 -c idle_in_transaction_session_timeout=30000"
        return {"pool_size": 16, "pool_timeout": 3, "connect_args": {"connect_timeout": 3, "options": limits}}

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit on leaving, roll back on an exception; then deliver what `after_commit` collected."""
        with self._single_writer(), Session(self._writing) as session:
            yield session
            session.commit()
            todo = session.info.pop("after_commit", [])
        if self._deliver:
            for job, row_id in todo:
                self._deliver(job, row_id)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Look without touching: nothing is committed."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def _single_writer(self) -> Iterator[None]:
        """Let SQLite's writers of this process wait in line here, which is fairer than its busy handler."""
        if not self._sqlite:
            yield
            return
        with self._one_writer:
            yield

    def close(self) -> None:
        self.engine.dispose()


def in_plain_words(error: SQLAlchemyError) -> str:
    """Give the first line of what the database itself said: no statement, no values."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0] if said else type(error).__name__


def after_commit(session: Session, job: str, row_id: int) -> None:
    """Leave a job for the moment this transaction is committed; a lost one is found by the sweep."""
    session.info.setdefault("after_commit", []).append((job, row_id))


def insert_once(session: Session, row: Row) -> bool:
    """Insert unless a unique key says it is there already; say whether it was inserted."""
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return False
    return True


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001  # SQLAlchemy's own types here are Any
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("ivr_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

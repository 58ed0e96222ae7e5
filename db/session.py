"""One transaction per edge, and work to hand over once it is committed."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, partial
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    Insert,
    Update,
    bindparam,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.orm import Session, make_transient_to_detached, object_mapper
from sqlalchemy.orm.exc import StaleDataError

from db import patience
from db.models import Base

__all__ = [
    "AWAY",
    "Database",
    "SQLAlchemyError",
    "Session",
    "StaleDataError",
    "after_commit",
    "append",
    "connection_died",
    "in_plain_words",
    "insert_once",
    "write",
    "write_with",
]

AWAY = (OperationalError, InterfaceError, NoConnectionLeft)  # the database's own trouble, not what was asked of it

Deliver = Callable[[str, int], object]
Row = TypeVar("Row", bound=Base)
LOCK_MS = 5000
FRESH_SECONDS = 1.0  # a connection that was used so short a time ago is not asked whether it is still there
_INSERTS: Mapping[str, Callable[..., Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


class Database:
    """Opens transactions; `deliver` gets (job, row id) for what a committed transaction left to do."""

    def __init__(self, url: str, deliver: Deliver | None = None) -> None:
        self._sqlite = make_url(url).get_backend_name() == "sqlite"
        self._deliver = deliver
        self._one_writer = threading.Lock()
        self.engine = create_engine(url, hide_parameters=True, **self._options())
        if self._sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine, "do_connect", patience.connect)
            event.listen(self.engine, "checkin", _note_rest)
            event.listen(self.engine, "checkout", self._wake)
        self._writing = self.engine.execution_options(ivr_writes=True)

    def _options(self) -> dict[str, Any]:
        if self._sqlite:
            return {"pool_size": 32, "connect_args": {"timeout": LOCK_MS / 1000}}
        limits = f"-c lock_timeout={LOCK_MS} -c statement_timeout=10000 -c idle_in_transaction_session_timeout=30000"
        return {
            "pool_size": 16,
            "pool_use_lifo": True,
            "pool_timeout": 3,
            "connect_args": {"connect_timeout": 10, "options": limits},
        }

    @property
    def in_time(self) -> Callable[[float], AbstractContextManager[None]] | None:
        """Give what bounds the seconds that a thread waits for the database; SQLite's waiting cannot be bounded."""
        return None if self._sqlite else patience.within

    def in_all(self, seconds: float) -> AbstractContextManager[None]:
        """Bound the seconds of all a thread's waiting together; with SQLite there is no bound."""
        return nullcontext() if self._sqlite else patience.in_all(seconds)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit on leaving, roll back on an exception; then deliver what `after_commit` collected."""
        with self._single_writer(), Session(self._writing, expire_on_commit=False) as session:
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

    def _wake(self, connection: Any, record: Any, fairy: Any) -> None:  # noqa: ARG002
        """Ask a connection that has rested whether it is still there; the pool opens new ones if it is not."""
        if time.monotonic() - record.info.get("rests_since", time.monotonic()) < FRESH_SECONDS:
            return
        try:
            self.engine.dialect.do_ping(connection)
        except Exception as gone:
            raise InvalidatePoolError(str(gone)) from gone

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


def connection_died(error: SQLAlchemyError) -> bool:
    """Say whether a connection that had been there was lost; another may be had at once."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def in_plain_words(error: SQLAlchemyError) -> str:
    """Give the first line of what the database itself said: no statement, no values."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0] if said else type(error).__name__


def after_commit(session: Session, job: str, row_id: int) -> None:
    """Leave a job for the moment this transaction is committed; a lost one is found by the sweep."""
    session.info.setdefault("after_commit", []).append((job, row_id))


def insert_once(session: Session, row: Base) -> bool:
    """Insert unless a unique key says it is there already; say whether it was inserted.

    One statement, where a savepoint would be three. The row names others by their ids.
    """
    session.flush()
    connection, given = session.connection(), _complete(row)
    keys = connection.execute(_insert_of(row.__tablename__, connection.dialect.name), given).one_or_none()
    if keys is None:
        return False
    mapper = object_mapper(row)
    for column, value in zip(mapper.primary_key, keys, strict=True):
        setattr(row, mapper.get_property_by_column(column).key, value)
    make_transient_to_detached(row)
    session.add(row)
    return True


def append(session: Session, row: Base) -> None:
    """Insert a row that nothing asks of again, in one statement: a line of a history."""
    session.connection().execute(_line_of(row.__tablename__), _complete(row))


def write(session: Session, row: Base) -> None:
    """Write a row's changed columns in one statement, without the rest of a flush; it has no version to count."""
    if changed := _changed(row):
        session.connection().execute(_update_of(row.__tablename__), changed)
        _as_read(session, row)


def write_with(session: Session, row: Base, line: Insert, given: Mapping[str, Any]) -> None:
    """Insert something else and write a changed row: in one statement where the database knows such.

    What is `given` has names that no column of the row has.
    """
    connection, changed = session.connection(), _changed(row)
    if connection.dialect.name == "sqlite":
        connection.execute(line, given)
        connection.execute(_update_of(row.__tablename__), changed)
    else:
        connection.execute(_update_of(row.__tablename__, line), {**given, **changed})
    _as_read(session, row)


def _changed(row: Base) -> dict[str, Any]:
    """Give the changed columns and which row it is; nothing if nothing changed."""
    state: Any = inspect(row)
    columns = state.mapper.column_attrs
    changed = {
        columns[name].columns[0].name: state.dict[name]
        for name, before in state.committed_state.items()
        if name in columns and state.dict[name] != before
    }
    return {**changed, "row_id": state.identity[0]} if changed else {}


def _as_read(session: Session, row: Base) -> None:
    """Take a row as it would be read now: nothing is left to be flushed."""
    state: Any = inspect(row)
    state._commit_all(state.dict, session.identity_map)  # noqa: SLF001  # as a flush does; in public it takes three rounds


@cache
def _insert_of(table_name: str, dialect: str) -> Any:
    table = Base.metadata.tables[table_name]
    return _INSERTS[dialect](table).on_conflict_do_nothing().returning(*table.primary_key)


@cache
def _line_of(table_name: str) -> Insert:
    return insert(Base.metadata.tables[table_name]).inline()


@cache
def _update_of(table_name: str, line: Insert | None = None) -> Update:
    table = Base.metadata.tables[table_name]
    found = update(table).where(table.c.id == bindparam("row_id"))
    return found if line is None else found.add_cte(line.cte("inserted"))


def _complete(row: Base) -> dict[str, Any]:
    """Set what a flush would set; give the values by column."""
    given: dict[str, Any] = {}
    for name, column, default in _columns_of(type(row)):
        if name not in row.__dict__:
            setattr(row, name, default())
        if (value := getattr(row, name)) is not None:
            given[column] = value
    return given


@cache
def _columns_of(model: type[Base]) -> list[tuple[str, str, Callable[[], Any]]]:
    """Give the names of attributes and their columns, and what a flush would set where nothing is."""
    mapper: Any = inspect(model)
    return [
        (mapper.get_property_by_column(one).key, one.name, partial(_default, one, mapper.version_id_col))
        for one in mapper.local_table.columns
    ]


def _default(column: Column[Any], version: Column[Any] | None) -> Any:
    if column is version:
        return 1
    default: Any = column.default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg  # SQLAlchemy wraps it to take its own context


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001  # SQLAlchemy's own types here are Any
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("ivr_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _note_rest(connection: Any, record: Any) -> None:  # noqa: ARG001
    record.info["rests_since"] = time.monotonic()

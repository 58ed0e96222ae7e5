"""Every row of one moment, out of one database and into an empty one of either kind."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.migration import MigrationContext
from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    MetaData,
    NullPool,
    Table,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
    update,
)

from db.migrate import configuration, revisions
from db.models import Base

Row = Mapping[str, Any]
TABLES = tuple(table.name for table in Base.metadata.sorted_tables)
AT_ONCE = 1000
STAGED = ".restoring"


class Unfit(Exception):
    """The database cannot be dumped from or filled; the words say why."""


class Snapshot:
    """All tables as they were at one moment, while others go on writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        revision = MigrationContext.configure(connection).get_current_revision()
        head = revisions()[0]
        if revision is None or revision != head:
            raise Unfit(f"the database is at version {revision}, this program at {head}: run `ivr migrate` first")
        self.revision = revision

    def rows(self, name: str) -> Iterator[Row]:
        """Stream a table's rows in the order of their keys, as JSON can hold them."""
        table = Base.metadata.tables[name]
        query = select(table).order_by(*table.primary_key).execution_options(yield_per=AT_ONCE)
        for row in self._connection.execute(query).mappings():
            yield {key: plain(value) for key, value in row.items()}


@contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """Open a moment. Raises SQLAlchemyError, or Unfit for another version's schema."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    sqlite = engine.dialect.name == "sqlite"
    if sqlite:
        _open_transactions_ourselves(engine)
    else:
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with engine.connect() as connection:
        yield Snapshot(connection)


def _open_transactions_ourselves(engine: Any) -> None:
    """Let BEGIN come when we say so: the driver's own would leave reading outside of any transaction."""

    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))


def plain(value: Any) -> Any:
    """Give a value as JSON can hold it: moments and days as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


class Filling:
    """An empty database at an earlier or the newest version, on its way to being full."""

    def __init__(self, connection: Connection, revision: str) -> None:
        self._connection = connection
        command.upgrade(configuration(connection), revision)
        known = MetaData()
        known.reflect(connection)
        self._tables = known.tables
        self._sqlite = connection.dialect.name == "sqlite"
        self._later: list[tuple[Table, Row, Row]] = []

    def add(self, name: str, rows: Sequence[Row]) -> None:
        """Insert some rows of a table. What leads to another row of the same table is put in at the end."""
        if name not in self._tables:
            raise Unfit(f"there is no table {name!r} at this version")
        table = self._tables[name]
        own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
        columns = {column.name: column for column in table.columns}
        read = [{key: self._read(columns[key], value) for key, value in row.items()} for row in rows]
        for row in read:
            leading = {key: row[key] for key in own if row[key] is not None}
            if leading:
                keys = {column.name: row[column.name] for column in table.primary_key}
                self._later.append((table, keys, leading))
        self._connection.execute(insert(table), [{**row, **dict.fromkeys(own)} for row in read])

    def _read(self, column: Column[Any], value: Any) -> Any:
        if value is None or not isinstance(column.type, DateTime | Date):
            return value
        if isinstance(column.type, Date):
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=None) if self._sqlite else moment

    def count(self, name: str) -> int:
        return self._connection.scalar(select(func.count()).select_from(self._tables[name])) or 0

    def finish(self) -> None:
        """Lead rows to each other, let new rows count on after these, and bring all to the newest version."""
        for table, keys, leading in self._later:
            this = [table.c[key] == value for key, value in keys.items()]
            self._connection.execute(update(table).where(*this).values(leading))
        if self._sqlite:
            if self._connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise Unfit("rows lead to rows that are not there")
        else:
            self._count_on()
        command.upgrade(configuration(self._connection), "head")

    def _count_on(self) -> None:
        for name, table in self._tables.items():
            counter = text("SELECT pg_get_serial_sequence(:table, 'id')")
            sequence = self._connection.scalar(counter, {"table": f'"{name}"'}) if "id" in table.c else None
            highest = self._connection.scalar(select(func.max(table.c.id))) if sequence else None
            if highest is not None:
                self._connection.execute(
                    text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest}
                )


@contextmanager
def filling(url: str, revision: str) -> Iterator[Filling]:
    """Fill an empty database; until this is left without an exception there is none. Raises Unfit."""
    if make_url(url).get_backend_name() == "sqlite":
        path = Path(str(make_url(url).database))
        part = path.with_name(path.name + STAGED)
        part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _forget(part)
        try:
            with _filled(f"sqlite:///{part}", revision) as target:
                yield target
            part.replace(path)
        finally:
            _forget(part)
    else:
        with _filled(url, revision) as target:
            yield target


def _forget(part: Path) -> None:
    """Throw away a database that did not come to be, and the journal with which it could come back."""
    for left in (part, part.with_name(f"{part.name}-journal")):
        left.unlink(missing_ok=True)


@contextmanager
def _filled(url: str, revision: str) -> Iterator[Filling]:
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    with engine.begin() as connection:
        if revision not in revisions():
            raise Unfit(f"the archive is of version {revision}, which is newer than this program: upgrade it first")
        target = Filling(connection, revision)
        yield target
        target.finish()


def is_empty(url: str) -> bool:
    """Say whether there is no table yet."""
    if make_url(url).get_backend_name() == "sqlite":
        path = Path(str(make_url(url).database))
        if not path.exists() or not path.stat().st_size:
            return True
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    with engine.connect() as connection:
        return not inspect(connection).get_table_names()

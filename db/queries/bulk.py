"""Many rows at once, into a database that is being filled."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import JSON, Table, func, insert, select, text, update
from sqlalchemy.orm import Session

from db.models import Base, Call, Ticket

Row = Mapping[str, Any]
CACHE_KB = 512 * 1024


def has_calls(session: Session) -> bool:
    return session.scalar(select(Call.id).limit(1)) is not None


def prepare(session: Session) -> None:
    """Let SQLite keep its indexes in memory while they grow, and PostgreSQL take its time."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KB}")
    else:
        session.execute(text("SET LOCAL statement_timeout = 0"))


def add(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows as they are, ids and all; what they leave out has its default."""
    if not rows:
        return
    table = cast("Table", model.__table__)
    defaults = {column.name: getattr(column.default, "arg", None) for column in table.columns}
    whole = [{**defaults, **row} for row in rows]
    if session.get_bind().dialect.name == "postgresql":
        _copy(session, table, whole)
    else:
        session.connection().execute(insert(table), whole)


def _copy(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Use PostgreSQL's own way for many rows."""
    names = [column.name for column in table.columns]
    written = {column.name for column in table.columns if isinstance(column.type, JSON)}
    columns = ", ".join(f'"{name}"' for name in names)
    cursor = cast("Any", session.connection().connection.cursor())
    with cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row([json.dumps(row[name]) if name in written else row[name] for name in names])


def follow_tickets(session: Session) -> None:
    """Let calls that opened a ticket be about what the ticket turned out to be about."""
    first = select(Ticket.id).where(Ticket.call_id == Call.id).limit(1).scalar_subquery()
    about = {
        name: select(getattr(Ticket, name)).where(Ticket.call_id == Call.id).limit(1).scalar_subquery()
        for name in ("district", "category")
    }
    session.execute(update(Call).where(first.is_not(None)).values(about).execution_options(synchronize_session=False))


def highest_id(session: Session, model: type[Base]) -> int:
    return session.scalar(select(func.max(cast("Table", model.__table__).c.id))) or 0


def finish(session: Session, models: Sequence[type[Base]]) -> None:
    """Let new rows go on counting after these, and the planner know what is there."""
    for model in models:
        table = cast("Table", model.__table__).name
        if session.get_bind().dialect.name == "postgresql":
            counter = f"pg_get_serial_sequence('\"{table}\"', 'id')"
            session.execute(text(f'SELECT setval({counter}, (SELECT max(id) FROM "{table}"))'))  # noqa: S608  # our own names
    session.execute(text("ANALYZE"))

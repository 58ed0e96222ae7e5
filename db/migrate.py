"""Bring a database to the newest schema, one process at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

LOCK_KEY = 137_137
SCRIPTS = str(Path(__file__).parent / "migrations")


def upgrade(url: str) -> None:
    """Run the migrations that are missing, under a lock. Raises SQLAlchemyError when the database is away."""
    path = make_url(url).database if make_url(url).get_backend_name() == "sqlite" else None
    with _file_lock(path):
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection, _advisory_lock(connection):
            command.upgrade(configuration(connection), "head")
            connection.commit()


def state(connection: Connection) -> Literal["current", "behind", "ahead"]:
    """Say how the database's schema stands to the migrations that this process knows."""
    found, known = MigrationContext.configure(connection).get_current_revision(), revisions()
    if found == known[0]:
        return "current"
    return "behind" if found is None or found in known else "ahead"


@cache
def revisions() -> tuple[str, ...]:
    """List the migrations that this process knows, the newest first; files that come later are not its own."""
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    return tuple(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())


def configuration(connection: Connection) -> Config:
    """Tell alembic where the migrations are, and what to run them on."""
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.attributes["connection"] = connection
    return config


@contextmanager
def _file_lock(database: str | None) -> Iterator[None]:
    if database is None:
        yield
        return
    Path(database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with Path(f"{database}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _advisory_lock(connection: Connection) -> Iterator[None]:
    """Hold PostgreSQL's lock for the session; it goes with the connection if we die."""
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})
        connection.commit()

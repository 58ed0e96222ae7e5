"""Bring a database to the newest schema, one process at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

LOCK_KEY = 137_137


def upgrade(url: str) -> None:
    """Run the migrations that are missing, under a lock. Raises SQLAlchemyError when the database is away."""
    path = make_url(url).database if make_url(url).get_backend_name() == "sqlite" else None
    with _file_lock(path):
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection, _advisory_lock(connection):
            command.upgrade(configuration(connection), "head")
            connection.commit()


def configuration(connection: Connection) -> Config:
    """Tell alembic where the migrations are, and what to run them on."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
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

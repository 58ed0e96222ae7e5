"""What has not come to the database yet: spooled webhooks, and what the gateway's ledger has still to tell."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ivr.config import Config


def read(config: Config) -> list[tuple[str, bytes]]:
    """Read it all, before the database is: what is taken up meanwhile is then in both, and else it would be in none."""
    return [*_spooled(config.var_dir), *_ledgers(config.var_dir)]


def _spooled(var: Path) -> Iterator[tuple[str, bytes]]:
    for event in sorted((var / "spool").rglob("*.event")):
        try:
            yield f"data/var/{event.relative_to(var)}", event.read_bytes()
        except FileNotFoundError:  # it was taken up: it is in the database
            continue


def _ledgers(var: Path) -> Iterator[tuple[str, bytes]]:
    for ledger in sorted((var / "gateway").glob("*.db")):
        yield f"data/var/{ledger.relative_to(var)}", _copied(ledger)


def _copied(database: Path) -> bytes:
    """Copy a database that somebody is writing to, as of one moment."""
    source = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    with closing(source), closing(sqlite3.connect(":memory:")) as copy:
        source.backup(copy)
        return copy.serialize()

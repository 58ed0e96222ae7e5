"""A backup: every row of one moment and every file that it names, sealed under a key that lies elsewhere."""

import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path

from db import dumping
from ivr import vault
from ivr.config import Config
from ivr.services import archive, undelivered
from ivr.services.archive import BackupError
from ivr.services.desk import store_of
from ivr.store import Away, sync


@dataclass
class Made:
    """What went into an archive; `missing` are files that rows name and that are not on the disk."""

    path: Path
    revision: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    missing: list[str] = field(default_factory=list)


def make(config: Config, target: Path, now: datetime) -> Made:
    """Write an archive; it has its name only when it is whole and on the disk. Raises BackupError, SQLAlchemyError."""
    keys = archive.keys_of(config)
    path = target / f"hotline-{now:%Y%m%dT%H%M%SZ}.backup" if target.is_dir() else target
    if path.exists():
        raise BackupError(f"{path} is there already")
    part = path.with_name(f".{path.name}.part")
    made = Made(path)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with vault.Sealer(file, keys.newest) as sealed:
                _write(config, made, sealed, now)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except (OSError, Away, sqlite3.Error, dumping.Unfit) as why:
        raise BackupError(str(why)) from why
    finally:
        part.unlink(missing_ok=True)
    sync(path.parent)
    return made


def _write(config: Config, made: Made, sealed: vault.Sealer, now: datetime) -> None:
    early = undelivered.read(config)
    with tarfile.open(fileobj=sealed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        named = set()
        with dumping.snapshot(config.database_url) as database:
            made.revision = database.revision
            begin = {"format": archive.FORMAT, "revision": made.revision, "made_at": now.isoformat()}
            archive.put(tar, archive.BEGIN, json.dumps(begin).encode(), now)
            for table in dumping.TABLES:
                made.rows[table] = 0
                rows_of = database.rows(table)
                for n in count():
                    if not (rows := list(islice(rows_of, archive.ROWS_A_PART))):
                        break
                    archive.put(tar, f"rows/{table}/{n:08}", archive.pack(rows), now)
                    made.rows[table] += len(rows)
                    named |= {row["path"] for row in rows if row.get("path")}
        for name, content in early:
            archive.put(tar, name, content, now)
        # Rows name only files that were in their place before, so whatever the moment names is on the disk by now.
        there = set(_add_files(config, tar, now))
        made.files = len(there) + len(early)
        made.missing = sorted(named - {name.removeprefix("data/recordings/") for name in there})
        end = {"rows": made.rows, "files": made.files}
        archive.put(tar, archive.END, json.dumps(end).encode(), now)


def _add_files(config: Config, tar: tarfile.TarFile, now: datetime) -> Iterator[str]:
    """Add files as they are found, each once; one that is taken away meanwhile is left out."""
    added = set()
    for name, path in archive.files_of(config):
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue
        with file:
            archive.stream(tar, name, file, datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC))
        added.add(name)
        yield name
    store = store_of(config)
    if store is None:
        return
    for place in store.places():
        kept_as = archive.name_of(place)
        if kept_as is None or kept_as in added:
            continue
        try:
            with store.open(place) as distant:
                archive.stream(tar, kept_as, distant, now)
        except FileNotFoundError:
            continue
        yield kept_as

"""Rows out."""

import csv
import getpass
import json
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click

from db.queries import recordings
from db.session import Database
from ivr.cli.root import Failure, main, settled
from ivr.services import audit, exports, keeping
from ivr.services.audit import Deed
from ivr.services.desk import open_desk


@main.command()
@click.argument("kind", type=click.Choice(exports.KINDS))
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl")
def export(kind: str, form: str) -> None:
    """Write rows to standard output, oldest first."""
    config = settled()
    database = Database(config.database_url)
    try:
        with database.reading() as session:
            rows = exports.rows(session, kind, exports.whereabouts(config))
            _jsonl(rows) if form == "jsonl" else _csv(rows)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has enough
    finally:
        database.close()


@main.command()
@click.argument("sid")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def voice(sid: str, file: Path) -> None:
    """Write the voice SID to FILE as it was said, in plain. The audit log says so."""
    config = settled()
    desk, database = open_desk(config), Database(config.database_url)
    try:
        with database.transaction() as session:
            row = recordings.find(session, sid)
            if row is None or not row.path:
                raise Failure(f"no voice {sid} is kept")
            deed = Deed("ivr voice", getpass.getuser(), datetime.now(UTC))
            audit.listened(session, deed, row.id, row.call_id, from_the_start=True)
            place = row.path
        with database.reading() as session, keeping.opened(session, desk, place) as said, _new(file) as plain:
            shutil.copyfileobj(said, plain)
    except (keeping.Gone, keeping.Away, *keeping.Unreadable) as why:
        raise Failure(f"the voice cannot be opened: {type(why).__name__}: {why}") from why
    except OSError as why:
        raise Failure(f"{file} cannot be written: {why.strerror}") from why
    finally:
        database.close()


def _new(file: Path) -> BinaryIO:
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _jsonl(rows: Any) -> None:
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def _csv(rows: Any) -> None:
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, list(row))
            writer.writeheader()
        writer.writerow({name: json.dumps(value) if isinstance(value, list) else value for name, value in row.items()})

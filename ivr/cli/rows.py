"""Rows out."""

import csv
import json
import os
import sys
from typing import Any

import click

from db.session import Database
from ivr.cli.root import main, settled
from ivr.services import exports


@main.command()
@click.argument("kind", type=click.Choice(exports.KINDS))
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl")
def export(kind: str, form: str) -> None:
    """Write rows to standard output, oldest first."""
    config = settled()
    database = Database(config.database_url)
    try:
        with database.reading() as session:
            rows = exports.rows(session, kind, config.recordings_dir)
            _jsonl(rows) if form == "jsonl" else _csv(rows)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has enough
    finally:
        database.close()


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

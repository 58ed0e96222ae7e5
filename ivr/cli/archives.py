"""Turns of long ago: into the archive of their month, and out of it again."""

import getpass
import json
from datetime import UTC, datetime

import click

from db.queries import archive as rows
from db.session import Database
from ivr.cli.root import Failure, main, whole
from ivr.services import archives, archiving, audit, keeping
from ivr.services.archives import ArchiveError, Works
from ivr.services.desk import open_database, open_desk
from ivr.vault import NoKey


def now() -> datetime:
    return datetime.now(UTC)


@main.command("archive")
@click.option("--dry-run", is_flag=True, help="Say what would go, and touch nothing.")
@click.option("--show", metavar="SID_OR_CODE", help="Write the archived turns of one call as JSON lines.")
def archive(*, dry_run: bool, show: str | None) -> None:
    """Bring calls' turns of months that are old enough into sealed archives, as the sweep does once a day."""
    desk = open_desk(whole())
    database = open_database(desk.config)
    works = Works(desk, database, now)
    try:
        if show:
            _show(works, database, show)
        elif dry_run:
            _count(works)
        else:
            _carry_out(works)
    except (ArchiveError, NoKey) as why:
        raise Failure(str(why)) from why
    finally:
        database.close()


def _count(works: Works) -> None:
    for month in archiving.due(works):
        calls, turns = archiving.count(works, month)
        if calls:
            click.echo(f"{month.name}: {turns} turns of {calls} calls would go")


def _carry_out(works: Works) -> None:
    with works.alone():
        for month in archiving.due(works):
            if calls := archiving.carry_out(works, month):
                click.echo(f"{month.name}: the turns of {calls} calls went")
    keeping.clear_all(works.database, works.desk, now())


def _show(works: Works, database: Database, written: str) -> None:
    """Write a call's turns, once the audit log says who asked for them."""
    with database.transaction() as session:
        call = rows.call(session, written)
        if call is None:
            raise Failure(f"no call {written} is known, nor a ticket of this code that a call opened")
        if call.archived is None:
            raise Failure("the turns of this call are in no archive: the console shows them")
        deed = audit.Deed(f"{getpass.getuser()} (command line)", "", now())
        audit.write(session, deed, "archive_shown", f"call:{call.id}", call.archived)
        session.expunge(call)
    for row in archives.of_call(works, call):
        click.echo(json.dumps(row, ensure_ascii=False))

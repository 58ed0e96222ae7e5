"""What is known of a citizen, how it is forgotten, and what is kept for how long."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click

from db import vacuum
from db.session import Database, SQLAlchemyError, in_plain_words
from ivr.cli.root import Failure, main, whole
from ivr.services import archives, audit, citizens, keeping, retention
from ivr.services.citizens import Citizen, ForgetError
from ivr.services.desk import Desk, open_database, open_desk
from ivr.vault import NoKey

Known = dict[str, list[dict[str, Any]]]


@main.group()
def citizen() -> None:
    """Find what is kept of a citizen, and erase it."""


@contextmanager
def _opened(number: str) -> Iterator[tuple[Desk, Database, Citizen]]:
    desk = open_desk(whole())
    database = open_database(desk.config)
    try:
        yield desk, database, citizens.citizen(desk, number)
    except (ForgetError, archives.ArchiveError, NoKey) as why:
        raise Failure(str(why)) from why
    finally:
        database.close()


@citizen.command("find")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object instead of words.")
def find(number: str, *, as_json: bool) -> None:
    """List everything that holds NUMBER, or hangs on it."""
    with _opened(number) as (desk, database, who):
        found = _known(desk, database, who)
        _note(database, who, "citizen_found", found)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, default=str, indent=2))
    else:
        _tell(found)


@citizen.command("erase")
@click.argument("number")
@click.option("--yes", is_flag=True, help="Do not ask for the number again.")
def erase(number: str, *, yes: bool) -> None:
    """Forget whose NUMBER it was, delete the voices, and blank what was written; figures stay. May be run again."""
    with _opened(number) as (desk, database, who):
        with database.reading() as session:
            citizens.insist_on_quiet(session, desk, who)
        _works(desk, database).insist_on_quiet()
        found = _known(desk, database, who)
        _tell(found)
        click.echo(
            "Voices are deleted here and at the provider, callbacks withdrawn, texts and addresses blanked, on open"
            " tickets too; the number gives way to a pseudonym. There is no way back but a backup."
        )
        if not yes and citizens.citizen(desk, click.prompt("the number again")) != who:
            raise Failure("this is another number: nothing was done")
        _note(database, who, "citizen_erased", found)
        _carry_out(desk, database, who)
        _finish(desk, database, who)


def _known(desk: Desk, database: Database, who: Citizen) -> Known:
    """List what is known, in the archives too: whoever cannot open these is told before anything is done."""
    with database.reading() as session:
        found = citizens.known(session, desk, who)
    months = archives.mentioning(_works(desk, database), who)
    if months:
        found["archived turns"] = [{"month": month, "turns": turns} for month, turns in months.items()]
    return found


def _works(desk: Desk, database: Database) -> archives.Works:
    return archives.Works(desk, database, lambda: datetime.now(UTC))


def _note(database: Database, who: Citizen, action: str, found: Known) -> None:
    """Note who asks, and how much there was, before anything is told or done."""
    counts = " ".join(f"{kind.replace(' ', '_')}={len(lines)}" for kind, lines in found.items())
    deed = audit.Deed(f"{getpass.getuser()} (command line)", "", datetime.now(UTC))
    with database.transaction() as session:
        audit.write(session, deed, action, who.alias, counts)


def _tell(found: Known) -> None:
    for kind, lines in found.items():
        click.echo(f"{kind}: {len(lines)}")
        for line in lines:
            click.echo("  " + ", ".join(f"{name} {value}" for name, value in line.items() if value not in ("", None)))
    if not found:
        click.echo("nothing is known of this number")


def _carry_out(desk: Desk, database: Database, who: Citizen) -> None:
    """Take one step after another, a transaction each: a kill between two leaves the rest for the next run."""
    for name, step in citizens.STEPS:
        done = 0
        while True:
            with database.transaction() as session:
                n = step(session, desk, who, datetime.now(UTC))
            done += n
            if not n:
                break
        click.echo(f"{name}: {done}")
    with database.reading() as session:
        stretches = citizens.stretches(session)
    mentions = 0
    for stretch in stretches:
        with database.transaction() as session:
            mentions += citizens.rewrite(session, who, stretch)
    click.echo(f"mentions: {mentions}")
    # After the database, and while nobody archives: what went to an archive meanwhile is found there.
    click.echo(f"archived turns: {archives.forget(_works(desk, database), who)}")
    keeping.clear_all(database, desk, datetime.now(UTC))
    click.echo(f"spooled events: {citizens.forget_spooled(desk, who)}")


def _finish(desk: Desk, database: Database, who: Citizen) -> None:
    """Have the database let go of what it wrote over, and look whether anything came in meanwhile."""
    database.close()
    try:
        if vacuum.rewrite(desk.config.database_url) is False and desk.config.database_url.startswith("sqlite"):
            click.echo("SQLite's journal is in use: run this again, or restart the hotline, to clear it", err=True)
    except SQLAlchemyError as error:
        raise Failure(
            f"erased, but old pages remain in the database's file: {in_plain_words(error)}; run it again"
        ) from error
    with database.reading() as session:
        left = [kind for stretch in citizens.stretches(session) for kind in citizens.mentioned(session, who, stretch)]
    if left:
        raise Failure("this citizen called meanwhile: run it again")


@main.command("keep")
@click.option("--dry-run", is_flag=True, help="Say what would go, and touch nothing.")
def keep(*, dry_run: bool) -> None:
    """Let go of what was kept for long enough, as the sweep does once a day."""
    desk = open_desk(whole())
    database = open_database(desk.config)
    now = datetime.now(UTC)
    try:
        for kind in retention.classes(desk, now):
            with database.reading() as session:
                due = retention.count(session, kind)
            click.echo(f"{kind.name}: {due}")
            while not dry_run:
                with database.transaction() as session:
                    if not retention.let_go(session, desk, kind, now):
                        break
        if not dry_run:
            keeping.clear_all(database, desk, datetime.now(UTC))
    finally:
        database.close()

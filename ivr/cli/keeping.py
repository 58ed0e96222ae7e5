"""Backups, and the keys that open them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from db.session import Database
from ivr import vault
from ivr.cli.root import Failure, main, settled, unlocked, whole
from ivr.services import backup as backups
from ivr.services import keeping, masters, sealing
from ivr.services import restore as restores
from ivr.services.archive import BackupError
from ivr.services.desk import Desk, open_desk
from ivr.vault import keys as keyring


@main.command()
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Write everything to one sealed file: TARGET, or a dated one in the directory TARGET. Serving goes on."""
    try:
        made = backups.make(settled(), target, datetime.now(UTC))
    except BackupError as why:
        raise Failure(str(why)) from why
    for name in made.missing:
        click.echo(f"missing on the disk, though the database names it: recordings/{name}", err=True)
    click.echo(f"{made.path}: {sum(made.rows.values())} rows, {made.files} files")


@main.command()
@click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
def restore(archive: Path) -> None:
    """Fill an empty data directory and an empty database out of a backup."""
    try:
        done = restores.restore(settled(), archive)
    except BackupError as why:
        raise Failure(str(why)) from why
    click.echo(f"restored as of {done.made_at}: {done.rows} rows, {done.files} files")
    click.echo(f"its config.yaml and callflows/ are in {done.installation}, to be compared and put in place by hand")


@main.group()
def keys() -> None:
    """Keys of voices, photos and backups; they lie outside the data directory."""


@keys.command("new")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def new(file: Path) -> None:
    """Make a keys file that only its owner can read."""
    try:
        key: vault.Key = keyring.new(file)
    except FileExistsError as error:
        raise Failure(f"{file} is there already: a key that is lost cannot be had again") from error
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"{file}: the key {key.name.hex()}; keep a copy where no backup lies")


@keys.command()
def rewrap() -> None:
    """Wrap the keys of all voices and photos under the last key of the keys file; serving goes on."""
    with _kept() as (database, desk):
        number = masters.rewrap(database, desk)
        newest = desk.keys.newest.name.hex()
    click.echo(f"{number} keys were wrapped anew: all lie under {newest} now, and voices need no other key any more")


@keys.command()
def seal() -> None:
    """Seal voices and photos that were kept in plain; serving goes on."""
    with _kept() as (database, desk):
        done = sealing.seal(database, desk, datetime.now(UTC))
    for name in done.missing:
        click.echo(f"missing on the disk, though the database names it: recordings/{name}", err=True)
    click.echo(f"{done.files} files were sealed; nothing lies in plain any more")


@contextmanager
def _kept() -> Iterator[tuple[Database, Desk]]:
    """Open what the keys belong to, and say in one sentence what is wrong with it."""
    config = whole()
    unlocked(config)
    database = Database(config.database_url)
    try:
        yield database, open_desk(config)
    except (masters.NoKey, masters.WrongKey, keeping.Away, sealing.Altered) as why:
        raise Failure(str(why)) from why
    finally:
        database.close()

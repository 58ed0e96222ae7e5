"""Backups, and the keys that open them."""

from datetime import UTC, datetime
from pathlib import Path

import click

from ivr import vault
from ivr.cli.root import Failure, main, settled
from ivr.services import backup as backups
from ivr.services import restore as restores
from ivr.services.archive import BackupError
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
    """Keys of backups; they lie outside the data directory."""


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

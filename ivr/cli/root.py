"""What every command needs: settings and call flows, or a plain word about what is wrong with them."""

import logging
from typing import Any

import click
from pydantic import ValidationError

from db.session import Database, SQLAlchemyError, in_plain_words
from ivr import catalogue, logs
from ivr import config as settings
from ivr.config import Config
from ivr.services import keeping, masters, restore
from ivr.services.desk import store_of


class Failure(click.ClickException):
    """Something the operator of the machine can mend; exits with 2."""

    exit_code = 2


def settled() -> Config:
    try:
        config = settings.load()
    except ValidationError as error:
        lines = [
            f"IVR_{'__'.join(str(part).upper() for part in wrong['loc'])}: {wrong['msg']}" for wrong in error.errors()
        ]
        raise Failure("the settings will not do:\n" + "\n".join(lines)) from error
    logs.hide(config.secrets())
    return config


def flows_of(config: Config, *, whole: bool = True) -> catalogue.Catalogue:
    """Read the call flows and insist that they fit together; for `check`, only that each can be read."""
    reader = catalogue.load if whole else catalogue.read
    try:
        return reader(config.callflows_dir, config.hotline.language)
    except catalogue.CatalogueError as error:
        raise Failure(str(error)) from error


def whole() -> Config:
    """Give the settings of an installation that may be served: a restore that broke off leaves none."""
    config = settled()
    if restore.unfinished(config):
        raise Failure(
            f"a restore into {config.data.dir.resolve()} has not come to its end: empty it, and restore again"
        )
    return config


def unlocked(config: Config) -> None:
    """See that what is kept sealed can be opened, and that new voices can be sealed."""
    try:
        if (store := store_of(config)) is not None:
            store.usable()
    except keeping.Away as why:
        raise Failure(f"data.store_url cannot be used ({why}): install the extra `s3`") from why
    database = Database(config.database_url)
    try:
        with database.transaction() as session:
            made = masters.ready(session, config)
    except masters.NoKey as why:
        raise Failure(str(why)) from why
    finally:
        database.close()
    if made:
        click.echo(f"the keys of all voices are in {made}: keep a copy where no backup lies", err=True)


class Plain(click.Group):
    """Commands that say what the database lacks without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SQLAlchemyError as error:
            raise Failure(f"the database (IVR_DATA__DATABASE_URL) will not do: {in_plain_words(error)}") from error


@click.group(cls=Plain)
def main() -> None:
    """Run and look after a 137 hotline."""
    logs.prepare()
    for chatty in ("rq.worker", "alembic", "twilio.http_client"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

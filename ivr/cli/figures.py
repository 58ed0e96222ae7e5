"""Figures counted anew, and a year of made-up calls to look at them."""

from datetime import UTC, datetime, timedelta

import click

from db import migrate as migrations
from db.session import Database
from ivr import demo
from ivr.cli.root import Failure, main, settled, unlocked
from ivr.services.desk import open_desk
from ivr.services.figures import rollup


@main.command("demo")
@click.option("--months", type=click.IntRange(1, 60), default=12, show_default=True)
@click.option("--seed", type=int, default=137, show_default=True, help="The same seed builds the same calls.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day; without it, up to now.")
@click.option("--calls-per-month", type=click.IntRange(1), default=35_000, show_default=True)
@click.option("--voice-days", type=click.IntRange(0), default=30, show_default=True, help="Days whose voices are kept.")
def build_demo(months: int, seed: int, until: datetime | None, calls_per_month: int, voice_days: int) -> None:
    """Fill an empty database with made-up calls of a year; nobody in it exists."""
    config = settled()
    if config.twilio.account_sid or config.gateway.ari_url:
        raise Failure("a provider is configured: a demonstration belongs where nobody can be rung")
    migrations.upgrade(config.database_url)
    unlocked(config)
    desk = open_desk(config)
    end = until.replace(tzinfo=desk.zone) + timedelta(days=1) if until else datetime.now(UTC)
    plan = demo.Plan(months, calls_per_month, seed, end.replace(minute=0, second=0, microsecond=0), voice_days)
    database = Database(config.database_url)
    try:
        with database.transaction() as session:
            password = demo.build(session, desk, plan, lambda done, of: click.echo(f"{done:>9,} of {of:,} calls"))
    except demo.NotEmpty:
        raise Failure("there are calls in this database: a demonstration needs an empty one") from None
    finally:
        database.close()
    click.echo(f"one-time password of samira (supervisor), sara (operator) and everybody else: {password}")


@main.command()
def figures() -> None:
    """Count every day of the figures anew: needed only after rows were brought in from elsewhere."""
    config = settled()
    desk = open_desk(config)
    database = Database(config.database_url)
    try:
        with database.transaction() as session:
            days = rollup.begin_again(session, desk, datetime.now(UTC))
        counted = 0
        while counted < days:
            with database.transaction() as session:
                if not rollup.renew_next(session, desk, datetime.now(UTC)):
                    break
            counted += 1
    finally:
        database.close()
    click.echo(f"{counted} days counted")

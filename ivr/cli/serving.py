"""The processes of a hotline."""

import sys
from contextlib import suppress

import click

from db import migrate as migrations
from db.session import SQLAlchemyError
from ivr import jobs, queues, supervisor
from ivr.cli.root import Failure, flows_of, main, settled, unlocked, whole
from ivr.config import Config


@main.command()
def serve() -> None:
    """Serve everything: web, worker, sweep, and a broker if none is configured."""
    config = whole()
    flows_of(config)
    try:
        supervisor.serve(config, unlocked)
    except supervisor.AlreadyRunning as error:
        raise Failure(str(error)) from error


@main.command()
def web() -> None:
    """Serve the web part alone."""
    config = whole()
    flows_of(config)
    if not config.server.secret_key.get_secret_value():
        raise Failure("IVR_SERVER__SECRET_KEY is not set: without it nobody can log in; `ivr serve` makes one")
    migrations.upgrade(config.database_url)
    unlocked(config)
    jobs.clean_parts(config)
    supervisor.run_web(config)


@main.command()
def fallback() -> None:
    """Serve /voice/fallback alone, which needs neither database nor broker."""
    config = settled()
    flows_of(config)
    if not config.server.secret_key.get_secret_value():
        raise Failure("IVR_SERVER__SECRET_KEY is not set: nothing could be kept for later; `ivr serve` makes one")
    supervisor.run_fallback(config)


@main.command()
@click.option("--only", type=click.Choice(["jobs", "sweep"]), help="Run one of the two.")
def work(only: str | None) -> None:
    """Carry out jobs, and sweep up what got lost."""
    config = whole()
    flows_of(config)
    if only is None:
        supervisor.work()
    elif only == "jobs":
        _unlocked_if_it_answers(config)
        jobs.clean_parts(config)
        jobs.office()
        queues.run_worker(config.redis_url)
    else:
        jobs.sweep_forever(config)


def _unlocked_if_it_answers(config: Config) -> None:
    """Refuse to fetch voices that could not be sealed; a database that is away now is no reason not to wait for it."""
    with suppress(SQLAlchemyError):
        unlocked(config)


@main.command(hidden=True)
def broker() -> None:
    """Run the embedded Valkey; `ivr serve` starts this."""
    config = settled()
    try:
        code = queues.ValkeyServer(config.var_dir / "valkey", config.valkey_socket).run()
    except queues.ValkeyError as error:
        raise Failure(str(error)) from error
    sys.exit(code)


@main.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    migrations.upgrade(settled().database_url)

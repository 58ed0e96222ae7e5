"""The `ivr` command."""

import asyncio
import csv
import json
import logging
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from db import migrate as migrations
from db.session import Database, SQLAlchemyError, in_plain_words
from ivr import catalogue, jobs, queues, speech, supervisor, walk
from ivr import config as settings
from ivr.config import Config
from ivr.services import access, exports, users
from ivr.telephony import extensions


class Failure(click.ClickException):
    """Something the operator of the machine can mend; exits with 2."""

    exit_code = 2


def _config() -> Config:
    try:
        return settings.load()
    except ValidationError as error:
        lines = [
            f"IVR_{'__'.join(str(part).upper() for part in wrong['loc'])}: {wrong['msg']}" for wrong in error.errors()
        ]
        raise Failure("the settings will not do:\n" + "\n".join(lines)) from error


def _flows(config: Config, *, whole: bool = True) -> catalogue.Catalogue:
    """Read the call flows and insist that they fit together; for `check`, only that each can be read."""
    reader = catalogue.load if whole else catalogue.read
    try:
        return reader(config.callflows_dir, config.hotline.language)
    except catalogue.CatalogueError as error:
        raise Failure(str(error)) from error


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
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("rq.worker", "alembic", "twilio.http_client"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@main.command()
def serve() -> None:
    """Serve everything: web, worker, sweep, and a broker if none is configured."""
    config = _config()
    _flows(config)
    try:
        supervisor.serve(config)
    except supervisor.AlreadyRunning as error:
        raise Failure(str(error)) from error


@main.command()
def web() -> None:
    """Serve the web part alone."""
    config = _config()
    _flows(config)
    if not config.server.secret_key.get_secret_value():
        raise Failure("IVR_SERVER__SECRET_KEY is not set: without it nobody can log in; `ivr serve` makes one")
    migrations.upgrade(config.database_url)
    supervisor.run_web(config)


@main.command()
@click.option("--only", type=click.Choice(["jobs", "sweep"]), help="Run one of the two.")
def work(only: str | None) -> None:
    """Carry out jobs, and sweep up what got lost."""
    config = _config()
    _flows(config)
    if only is None:
        supervisor.work()
    elif only == "jobs":
        jobs.clean_parts(config)
        jobs.office()
        queues.run_worker(config.redis_url)
    else:
        jobs.sweep_forever(config)


@main.command(hidden=True)
def broker() -> None:
    """Run the embedded Valkey; `ivr serve` starts this."""
    config = _config()
    try:
        code = queues.ValkeyServer(config.var_dir / "valkey", config.valkey_socket).run()
    except queues.ValkeyError as error:
        raise Failure(str(error)) from error
    sys.exit(code)


@main.group(invoke_without_command=True)
@click.pass_context
def gateway(context: click.Context) -> None:
    """Carry the hotline out on an Asterisk exchange; `ivr serve` starts this when gateway.ari_url is set."""
    if context.invoked_subcommand is not None:
        return
    config = _config()
    if not config.gateway.ari_url or not config.gateway.auth_token.get_secret_value():
        raise Failure("the gateway needs gateway.ari_url and IVR_GATEWAY__AUTH_TOKEN, which `ivr serve` makes")
    from ivr.gateway.server import Gateway  # noqa: PLC0415  # its libraries are loaded only where there is an exchange

    asyncio.run(Gateway(config).run())


@gateway.command("check")
def gateway_check() -> None:
    """Say what is wrong with the exchange; exit with 1 if a call would suffer."""
    from ivr.gateway.checkup import findings  # noqa: PLC0415  # as above

    found = findings(_config())
    for one in found:
        click.echo(f"{one.verdict:8}{one.words}")
    if any(one.verdict == "bad" for one in found):
        sys.exit(1)


@gateway.command("operators")
def gateway_operators() -> None:
    """Write the extensions of operators who telephone in the browser: pjsip_hotline_operators.conf."""
    config = _config()
    if not config.gateway.webrtc_secret.get_secret_value():
        raise Failure("IVR_GATEWAY__WEBRTC_SECRET is not set; `ivr serve` makes one")
    database = Database(config.database_url)
    try:
        with database.reading() as session:
            names = users.in_browsers(session)
    finally:
        database.close()
    click.echo("; Hotline 137: operators' browsers. Written by `ivr gateway operators`; it holds passwords.")
    for name in names:
        one = extensions.extension(config, name)
        if one is None:
            click.echo(f"{name} is left out: something else on the exchange is called so", err=True)
        else:
            click.echo(extensions.sections(one), nl=False)


@gateway.command("sounds")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def gateway_sounds(directory: Path) -> None:
    """Write what the exchange says by itself while the gateway is gone: into its sounds/<language>/hotline-137."""
    config = _config()
    flows = _flows(config)
    voice = speech.build(config, flows.prompts, flows.terms)
    directory.mkdir(parents=True, exist_ok=True)
    for name, prompt in (("apology", "apology"), ("thanks", "apology_end")):
        (clip,) = voice.clips(prompt, {})
        shutil.copyfile(clip.path, directory / f"{name}.wav")
        click.echo(f"{directory / name}.wav: {clip.seconds:.1f} s")


@main.command()
@click.argument("flow")
def play(flow: str) -> None:
    """Walk a call flow in the terminal."""
    config = _config()
    flows = _flows(config)
    if flow not in flows.flows:
        raise Failure(f"no flow {flow!r}; there are: {', '.join(sorted(flows.flows))}")
    walk.walk(flows, flow, input, click.echo)


@main.command()
def check() -> None:
    """Check call flows and prompts; exit with 1 if a call would fail."""
    config = _config()
    flows = _flows(config, whole=False)
    studio = config.callflows_dir / "audio" / config.hotline.language
    found = catalogue.problems(flows, studio)
    for problem in found:
        click.echo(str(problem))
    if any(problem.level == "error" for problem in found):
        sys.exit(1)
    voiced = speech.build(config, flows.prompts, flows.terms).segments()
    click.echo(f"{sum(one.studio for one in voiced)} of {len(voiced)} prompt segments have studio audio")


@main.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    migrations.upgrade(_config().database_url)


@main.command("add-user")
@click.argument("name")
@click.option("--role", type=click.Choice(users.ROLES), required=True)
@click.option("--scope", default="", help='Whose tickets they see: "district.3", "unit.parks".')
@click.option("--full-name", default="", help="The name that colleagues see.")
@click.option("--telephone", default="", help="What rings for them: sip:201, +98…; the browser phone if left out.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_user(name: str, role: str, scope: str, full_name: str, telephone: str, *, password_stdin: bool) -> None:
    """Add an operator, a supervisor, or somebody of a district or unit."""
    config = _config()
    scopes = access.scopes_of(_flows(config), role)
    if scope not in scopes:
        raise Failure(f"a user of role {role!r} needs a scope out of: {', '.join(scopes)}" if scopes[0] else "no scope")
    ask = click.prompt("password", hide_input=True, confirmation_prompt=True) if not password_stdin else ""
    password = str(ask) or sys.stdin.readline().rstrip("\n")
    migrations.upgrade(config.database_url)
    database = Database(config.database_url)
    try:
        with database.transaction() as session:
            users.add(
                session, name, role, password, datetime.now(UTC), scope=scope, full_name=full_name, telephone=telephone
            )
    except users.BadUser as error:
        raise Failure(str(error)) from error
    finally:
        database.close()
    click.echo(f"{role} {name} added")


@main.command()
@click.argument("kind", type=click.Choice(exports.KINDS))
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl")
def export(kind: str, form: str) -> None:
    """Write rows to standard output, oldest first."""
    config = _config()
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


if __name__ == "__main__":
    main()

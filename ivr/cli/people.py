"""People who work here."""

import sys
from datetime import UTC, datetime

import click

from db import migrate as migrations
from db.queries import people
from db.session import Database
from ivr.cli.root import Failure, flows_of, main, settled
from ivr.config import Config
from ivr.services import access, second_proof, telephones, users
from ivr.services.day import DayError
from ivr.services.desk import open_desk


@main.command("add-user")
@click.argument("name")
@click.option("--role", type=click.Choice(users.ROLES), required=True)
@click.option("--scope", default="", help='Whose tickets they see: "district.3", "unit.parks".')
@click.option("--full-name", default="", help="The name that colleagues see.")
@click.option("--telephone", default="", help="client:NAME (a browser; the default), sip:101, or a number.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_user(name: str, role: str, scope: str, full_name: str, telephone: str, *, password_stdin: bool) -> None:
    """Add an operator, a supervisor, an administrator, or somebody of a district or unit."""
    config = settled()
    scopes = access.scopes_of(flows_of(config), role)
    telephone = _telephone(config, telephone)
    if scope not in scopes:
        raise Failure(f"a user of role {role!r} needs a scope out of: {', '.join(scopes)}" if scopes[0] else "no scope")
    ask = click.prompt("password", hide_input=True, confirmation_prompt=True) if not password_stdin else ""
    password = str(ask) or sys.stdin.readline().rstrip("\n")
    migrations.upgrade(config.database_url)
    database = Database(config.database_url)
    try:
        with database.transaction() as session:
            now = datetime.now(UTC)
            users.add(session, name, role, password, now, scope=scope, full_name=full_name, telephone=telephone)
    except users.BadUser as error:
        raise Failure(str(error)) from error
    finally:
        database.close()
    click.echo(f"{role} {name} added")


def _telephone(config: Config, written: str) -> str:
    """Bring a telephone to the form in which it is dialled; "" stays the user's browser."""
    try:
        return telephones.read(open_desk(config), written) if written else ""
    except DayError:
        raise Failure("a telephone is client:NAME, sip:101, or a number of this country") from None


@main.command("reset-proof")
@click.argument("name")
def reset_proof(name: str) -> None:
    """Take the second proof off somebody who lost the telephone: the password alone lets them in again."""
    database = Database(settled().database_url)
    try:
        with database.transaction() as session:
            user = people.user_named(session, name, lock=True)
            if user is None:
                raise Failure(f"there is no user {name!r}")
            second_proof.reset(session, datetime.now(UTC), "command line", user)
    finally:
        database.close()
    click.echo(f"{name} logs in with the password alone")

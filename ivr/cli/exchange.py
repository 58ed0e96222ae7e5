"""The gateway to a local exchange."""

import asyncio
import shutil
import sys
from pathlib import Path

import click

from db.session import Database
from ivr import speech
from ivr.cli.root import Failure, flows_of, main, settled
from ivr.services import users
from ivr.telephony import extensions


@main.group(invoke_without_command=True)
@click.pass_context
def gateway(context: click.Context) -> None:
    """Carry the hotline out on an Asterisk exchange; `ivr serve` starts this when gateway.ari_url is set."""
    if context.invoked_subcommand is not None:
        return
    config = settled()
    if not config.gateway.ari_url or not config.gateway.auth_token.get_secret_value():
        raise Failure("the gateway needs gateway.ari_url and IVR_GATEWAY__AUTH_TOKEN, which `ivr serve` makes")
    from ivr.gateway.server import Gateway  # noqa: PLC0415  # its libraries are loaded only where there is an exchange

    asyncio.run(Gateway(config).run())


@gateway.command("check")
def gateway_check() -> None:
    """Say what is wrong with the exchange; exit with 1 if a call would suffer."""
    from ivr.gateway.checkup import findings  # noqa: PLC0415  # as above

    found = findings(settled())
    for one in found:
        click.echo(f"{one.verdict:8}{one.words}")
    if any(one.verdict == "bad" for one in found):
        sys.exit(1)


@gateway.command("operators")
def gateway_operators() -> None:
    """Write the extensions of operators who telephone in the browser: pjsip_hotline_operators.conf."""
    config = settled()
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
    config = settled()
    flows = flows_of(config)
    voice = speech.build(config, flows.prompts, flows.terms)
    directory.mkdir(parents=True, exist_ok=True)
    for name, prompt in (("apology", "apology"), ("thanks", "apology_end")):
        (clip,) = voice.clips(prompt, {})
        shutil.copyfile(clip.path, directory / f"{name}.wav")
        click.echo(f"{directory / name}.wav: {clip.seconds:.1f} s")

"""The gateway to a local exchange."""

import asyncio
import shutil
import sys
from pathlib import Path

import click

from ivr import speech
from ivr.cli.root import Failure, flows_of, main, settled


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

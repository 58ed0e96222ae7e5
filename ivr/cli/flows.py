"""Call flows: walked and checked."""

import sys

import click

from ivr import catalogue, speech, walk
from ivr.cli.root import Failure, flows_of, main, settled


@main.command()
@click.argument("flow")
def play(flow: str) -> None:
    """Walk a call flow in the terminal."""
    config = settled()
    flows = flows_of(config)
    if flow not in flows.flows:
        raise Failure(f"no flow {flow!r}; there are: {', '.join(sorted(flows.flows))}")
    walk.walk(flows, flow, input, click.echo)


@main.command()
def check() -> None:
    """Check call flows and prompts; exit with 1 if a call would fail."""
    config = settled()
    flows = flows_of(config, whole=False)
    studio = config.callflows_dir / "audio" / config.hotline.language
    found = catalogue.problems(flows, studio)
    for problem in found:
        click.echo(str(problem))
    if any(problem.level == "error" for problem in found):
        sys.exit(1)
    voiced = speech.build(config, flows.prompts, flows.terms).segments()
    click.echo(f"{sum(one.studio for one in voiced)} of {len(voiced)} prompt segments have studio audio")

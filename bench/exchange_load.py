"""How many calls at once an exchange carries. From the checkout, as root: python -m bench.exchange_load 50 100 200

Until it is told of a hotline, callers reach the dialplan's own fallback: they hear tones, speak, and press #.
"""

import json
import tempfile
import time
from pathlib import Path

import click

from bench.exchange import callers, gaps
from bench.exchange.callers import Listen, Press, Speak, Step
from bench.exchange.processor import Sampler
from tests.exchange.asterisk import Asterisk
from tests.exchange.speaker import WORDS, speech
from tests.exchange.telephone import Telephone

ROUNDS = 2  # each line is used so often
RAMP_SECONDS = 5
PLATEAU_SECONDS = 5
LISTENED_SECONDS = 8
PATIENCE_SECONDS = 90
RTP_PORTS_A_CALL = 4


def steps() -> list[Step]:
    """Do what a caller does whom the fallback answers."""
    return [Listen(2.5), Speak(speech(WORDS["complaint"])), Press("#")]


def measured(exchange: Asterisk, at_once: int, directory: Path) -> dict[str, object]:
    """Call with so many at once; measure in the middle, while a real telephone listens."""
    scenario = callers.write_scenario(steps(), directory)
    rate = max(1, at_once // RAMP_SECONDS)
    total = ROUNDS * at_once
    with callers.calling(scenario, exchange.sip_port, at_once=at_once, total=total, rate=rate) as sipp:
        time.sleep(min(RAMP_SECONDS, callers.seconds(steps()) / 2))
        sampler = Sampler({"asterisk": [exchange.process.pid], "sipp": [sipp.pid]})
        with Telephone() as probe, gaps.captured(probe.address, probe.rtp_port, directory / "probe.pcap"):
            probe.dial(exchange.uri())
            time.sleep(PLATEAU_SECONDS)
            use = sampler.end()
            time.sleep(LISTENED_SECONDS - PLATEAU_SECONDS)
        sipp.wait(PATIENCE_SECONDS)
    good, bad = callers.outcome(directory)
    return {
        "at_once": at_once,
        "good": good,
        "bad": bad,
        "cpu": {name: round(percent) for name, percent in use.cores.items()},
        "machine": round(use.machine),
        "mb": {name: round(size) for name, size in use.megabytes.items()},
        "heard": gaps.summary(gaps.times(directory / "probe.pcap")),
    }


@click.command(help=__doc__)
@click.argument("levels", nargs=-1, type=click.IntRange(1, 500), required=True)
def main(levels: tuple[int, ...]) -> None:
    with Asterisk(rtp_ports=RTP_PORTS_A_CALL * max(levels) + 100) as exchange:
        for at_once in levels:
            with tempfile.TemporaryDirectory() as directory:
                click.echo(json.dumps(measured(exchange, at_once, Path(directory))))


if __name__ == "__main__":
    main()

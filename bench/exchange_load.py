"""How many calls at once a 137 on a local exchange carries: Asterisk, gateway, hotline and callers on one machine.

From the checkout, as root, with sipp and tcpdump installed: python -m bench.exchange_load 50 100 200
Every caller reports something: three menus, a spoken message, its tracking code; then a set-up rate is looked for.
"""

import json
import tempfile
import time
from pathlib import Path

import click

from bench.exchange import callers, gaps
from bench.exchange.callers import Listen, Press, Speak, Step
from bench.exchange.processor import Sampler
from tests.exchange.ear import correlation
from tests.exchange.speaker import WORDS, speech
from tests.exchange.telephone import Telephone, read_wav
from tests.gateway.place import Place
from tests.served import children

ROUNDS = 2  # each line is used so often
RAMP_SECONDS = 10
PLATEAU_SECONDS = 10
PATIENCE_SECONDS = 240
RTP_PORTS_A_CALL = 4
RATES = (10, 20, 40, 80)  # calls a second
RATE_SECONDS = 5
LIKE = 0.8


def report() -> list[Step]:
    """Report bad asphalt in district 6, keep it, and want no callback."""
    menus: list[Step] = []
    for key in "136":  # no key twice in a row: SIPp's captures of one key look like one press
        menus += [Listen(2), Press(key)]
    said: list[Step] = [Listen(9), Speak(speech(WORDS["complaint"])), Press("#")]
    return [*menus, *said, Listen(3), Press("1"), Listen(14), Press("2")]


def parts(place: Place) -> dict[str, list[int]]:
    """Find who works here: the exchange, and the house's processes by their names."""
    groups: dict[str, list[int]] = {"asterisk": [place.exchange.process.pid]}
    for pid, words in children(place.house.process.pid).items():
        name = next((one for one in ("gateway", "web", "work", "broker") if f"ivr.cli {one}" in words), None)
        if name:
            groups.setdefault(name, []).append(pid)
            groups[name] += [child for child in place.house.workers_of(pid) if child not in groups[name]]
    return groups


def measured(place: Place, at_once: int, directory: Path) -> dict[str, object]:
    """Call with so many at once; measure in the middle, while a real telephone listens to the menu."""
    scenario = callers.write_scenario(report(), directory)
    before = len(place.house.export("tickets"))
    rate = max(1, at_once // RAMP_SECONDS)
    total = ROUNDS * at_once
    sip = place.exchange.sip_port
    with callers.calling(scenario, sip, at_once=at_once, total=total, rate=rate) as sipp:
        time.sleep(RAMP_SECONDS + 2)
        sampler = Sampler({**parts(place), "sipp": [sipp.pid]})
        with Telephone() as probe, gaps.captured(probe.address, probe.rtp_port, directory / "probe.pcap"):
            probe.dial(place.exchange.uri())
            time.sleep(PLATEAU_SECONDS)
            use = sampler.end()
        sipp.wait(PATIENCE_SECONDS)
    good, bad = callers.outcome(directory)
    return {
        "at_once": at_once,
        "good": good,
        "bad": bad,
        "tickets": len(place.house.export("tickets")) - before,
        "cpu": {name: round(percent) for name, percent in use.cores.items()},
        "machine": round(use.machine),
        "mb": {name: round(size) for name, size in use.megabytes.items()},
        "heard": gaps.summary(gaps.times(directory / "probe.pcap")),
    }


def kept(place: Place) -> dict[str, object]:
    """Wait until all voices are at home, and compare them with what was spoken."""
    place.house.until(
        lambda: all(row["state"] != "pending" for row in place.house.export("recordings")), seconds=PATIENCE_SECONDS
    )
    rows = [row for row in place.house.export("recordings") if row["state"] == "stored"]
    spoken = speech(WORDS["complaint"])
    alike = sorted(correlation(spoken, read_wav(place.house.voice(row))) for row in rows)
    return {"voices": len(rows), "as_spoken": sum(one > LIKE for one in alike), "least_alike": round(alike[0], 2)}


def set_up(place: Place, rate: int, directory: Path) -> dict[str, object]:
    """Have so many a second dial, hear the greeting begin, and hang up."""
    scenario = callers.write_scenario([Listen(2)], directory, hangs_up=True)
    total = rate * RATE_SECONDS
    with callers.calling(scenario, place.exchange.sip_port, at_once=total, total=total, rate=rate) as sipp:
        sipp.wait(PATIENCE_SECONDS)
    good, bad = callers.outcome(directory)
    return {"set_up_per_second": rate, "good": good, "bad": bad}


@click.command(help=__doc__)
@click.argument("levels", nargs=-1, type=click.IntRange(1, 500), required=True)
def main(levels: tuple[int, ...]) -> None:
    ports = RTP_PORTS_A_CALL * max(*levels, RATES[-1] * RATE_SECONDS) + 100
    with tempfile.TemporaryDirectory() as home, Place(home, rtp_ports=min(ports, 4000)) as place:
        for at_once in levels:
            with tempfile.TemporaryDirectory() as directory:
                click.echo(json.dumps(measured(place, at_once, Path(directory))))
        click.echo(json.dumps(kept(place)))
        for rate in RATES:
            with tempfile.TemporaryDirectory() as directory:
                click.echo(json.dumps(set_up(place, rate, Path(directory))))


if __name__ == "__main__":
    main()

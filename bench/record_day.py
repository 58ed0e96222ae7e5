"""What a record day takes: whole calls against the served hotline, the floor beside it, and nothing lost.

python -m bench.record_day                               # PostgreSQL: the ratio to the floor, then the record hour
python -m bench.record_day --sqlite --rate 0.5           # the default database
python -m bench.record_day --calls-before 1000000        # with years of calls in the database
python -m bench.record_day --burst 0 --seconds 3600      # a soak
python -m bench.record_day --burst 0 --lines 8 --seconds 600    # as much as eight lines can carry, without a pause

First floor and hotline in turn, as many calls as go, for --burst seconds each: a machine's speed drifts, so each of the
hotline's stretches is compared with the two of the floor beside it. Then calls come at their own rate, as in NYC 311's record hour, with people who think between two keys.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from functools import partial

import click

from bench.day import fill, floor
from bench.day.afterwards import Books
from bench.day.mix import City, as_many_as_go, at_rate, kinds
from bench.day.place import Place
from bench.day.provider import Counted, Media
from bench.exchange.processor import Sampler
from tests.served import free_port

RECORD_HOUR = 9.2  # calls a second: 276,827 in a day, 12 % of them in the busy hour
LINES = 16
THINKING = 1.0  # seconds between two keys, in the mean
WARMING_SECONDS = 3
ROUNDS = 6
LOOKS = 12  # at the memory, over the rate


def milliseconds(times, share):
    ordered = sorted(times) or [0.0]
    return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def row(name, counted: Counted, seconds, use):
    took = " | ".join(
        f"{milliseconds(times, share):.0f}" for times in (counted.turns, counted.news) for share in (0.5, 0.99)
    )
    parts = " ".join(f"{part} {use.cores[part]:.0f}" for part in use.cores if use.cores[part] >= 1)
    speed = f"{counted.calls / seconds:.1f} | {len(counted.turns) / seconds:.0f} | {len(counted.news) / seconds:.0f}"
    print(f"| {name} | {speed} | {took} | {sum(counted.wrong.values())} | {use.machine:.0f} | {parts} |", flush=True)


async def stretch(place, name, playing, seconds):
    """Watch one stretch of calls; print its line."""
    sampler = Sampler(place.parts())
    counted = await playing
    row(name, counted, seconds, sampler.end())
    return counted


async def beside_the_floor(place, city, media, books, burst):
    """Play floor and hotline in turn; print what share of the floor the hotline had, and give how many answers were wrong."""
    caller, wrong, speeds = floor.Caller(place.floor_url, media), 0, []
    for playing in (caller.calls, city.calls):
        await as_many_as_go(playing, LINES, WARMING_SECONDS)
    for n in range(2 * ROUNDS + 1):
        name, playing = ("hotline", city.calls) if n % 2 else ("floor", caller.calls)
        await asyncio.to_thread(books.settled)
        city.codes = books.codes()
        counted = await stretch(place, name, as_many_as_go(playing, LINES, burst), burst)
        speeds.append((len(counted.turns) / burst, (len(counted.turns) + len(counted.news)) / burst))
        wrong += sum(counted.wrong.values())
    print()
    for what, one in (("turns", 0), ("webhooks, news too", 1)):
        compare(what, [speed[one] for speed in speeds])
    return wrong


def compare(what, speeds):
    """Compare each of the hotline's stretches with the floor's two beside it; print the median, the least and the most."""
    beside = [statistics.mean(pair) for pair in zip(speeds[::2], speeds[2::2], strict=False)]
    shares = [ours / theirs for ours, theirs in zip(speeds[1::2], beside, strict=True)]
    both = f"floor {statistics.median(speeds[::2]):.0f}, hotline {statistics.median(speeds[1::2]):.0f}"
    share = f"{statistics.median(shares):.2f} of it ({min(shares):.2f} to {max(shares):.2f})"
    print(f"{what} a second, medians: {both}: {share}", flush=True)


async def memory(place, seconds):
    """Look at the memory now and then; tell what each part has."""
    while True:
        use = Sampler(place.parts()).end()
        told = " ".join(f"{part} {size:.0f}" for part, size in use.megabytes.items())
        print(f"  {time.strftime('%H:%M:%S')} MB: {told}", flush=True)
        await asyncio.sleep(max(5.0, seconds / LOOKS))


async def played(place, media, port, asked):
    """Play everything that was asked for; give how many answers were wrong."""
    runner = await media.serve(port)
    books, city, wrong = Books(place.url), City(place.house.url, media), 0
    heads = "calls/s | turns/s | news/s | turn p50 ms | p99 | news p50 ms | p99 | wrong | machine % | % of one core"
    print(f"\n| | {heads} |\n|{' --- |' * (heads.count('|') + 2)}", flush=True)
    if asked["burst"]:
        wrong += await beside_the_floor(place, city, media, books, asked["burst"])
    await asyncio.to_thread(books.settled)
    city.codes, seconds = books.codes(), asked["seconds"]
    watching = asyncio.create_task(memory(place, seconds))
    if asked["lines"]:
        name, playing = f"{asked['lines']} lines", as_many_as_go(city.calls, asked["lines"], seconds)
    else:
        city.thinking = THINKING
        name, playing = f"{asked['rate']:g} calls/s", at_rate(city.calls, asked["rate"], seconds)
    counted = await stretch(place, name, playing, seconds)
    if watching.done():
        watching.result()  # it looks as long as it is let, unless something went wrong
    watching.cancel()
    wrong += sum(counted.wrong.values())
    if counted.wrong:
        print(f"wrong: {dict(counted.wrong)}")
    wrong += await asyncio.to_thread(left, place, city, media, books)
    await runner.cleanup()
    return wrong


def left(place, city, media, books):
    """Wait for the last voice, and compare what is here with what was played."""
    print(f"\nthe last voice was here {books.settled():.0f} s after the last call")
    print("played: " + ", ".join(f"{many} {kind}" for kind, many in kinds(city).most_common()))
    print("rows: " + ", ".join(f"{many} {table}" for table, many in books.counts().items()))
    lost = books.lost(city, media, place.desk)
    print(f"{len(city.played)} calls and {len(media.kept)} voices played; lost: {dict(lost) or 'nothing'}", flush=True)
    return sum(lost.values())


@click.command(help=__doc__)
@click.option("--rate", default=RECORD_HOUR, show_default=True, help="calls a second, coming by themselves")
@click.option("--lines", default=0, help="instead: so many lines, each of them busy all the time")
@click.option("--seconds", default=60, show_default=True, help="for so long")
@click.option("--burst", default=5, show_default=True, help="seconds of each stretch beside the floor; 0: none")
@click.option("--sqlite", is_flag=True, help="SQLite, as `make run` has it, instead of PostgreSQL")
@click.option("--calls-before", default=0, help="calls in the PostgreSQL before it begins")
def main(**asked):
    media, port = Media(), free_port()
    filling = partial(fill.with_calls, calls=asked["calls_before"]) if asked["calls_before"] else None
    with tempfile.TemporaryDirectory() as home, Place(home, port, sqlite=asked["sqlite"], fill=filling) as place:
        wrong = asyncio.run(played(place, media, port, asked))
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()

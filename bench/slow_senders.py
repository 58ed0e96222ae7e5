"""How long a telephone waits while others begin webhooks and never end them, with the nginx of ops/ in front.

python -m bench.slow_senders                     # 50 half-open connections before a house of 8 threads
python -m bench.slow_senders --half-open 0       # the same without them
"""

import sys
import tempfile
import time
import warnings
from contextlib import ExitStack
from pathlib import Path

import click
import requests

from bench.record_day import milliseconds
from tests.ops.front import THREADS, served

LIMIT_MS = 200


def timed(front, session, n):
    """Ring once; give how long the answer took."""
    began = time.perf_counter()
    front.rings(session, n).raise_for_status()
    return time.perf_counter() - began


@click.command(help=__doc__)
@click.option("--half-open", default=50, show_default=True, help="connections that begin a webhook and never end it")
@click.option("--turns", default=120, show_default=True, help="whole webhooks, one after another")
def main(half_open, turns):
    warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    with tempfile.TemporaryDirectory() as home, served(Path(home)) as front, ExitStack() as opened:
        session = opened.enter_context(requests.Session())
        for _ in range(half_open):
            opened.enter_context(front.half_open())
        times = [timed(front, session, n) for n in range(turns)]
    p50, p99 = (milliseconds(times, share) for share in (0.5, 0.99))
    print(f"{turns} webhooks, {half_open} half-open, {THREADS} threads: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    sys.exit(p99 >= LIMIT_MS)


if __name__ == "__main__":
    main()

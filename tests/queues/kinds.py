"""Jobs for the tests of the queue: they write down that they ran."""

import os
import time
from pathlib import Path

from ivr.queues import JobKind

NOTE, SLOW, POLITE = (f"tests.queues.kinds.{name}" for name in ("note", "slow", "polite"))
KINDS = {
    NOTE: JobKind("default", seconds=20),
    SLOW: JobKind("urgent", seconds=60),
    POLITE: JobKind("later", seconds=20, nice=7),
}
GATHERING = {NOTE: JobKind("default", seconds=20, gathers=True)}


def note(row):
    """Add a line to the file of this row."""
    with (Path(os.environ["HOTLINE_TEST_NOTES"]) / str(row)).open("a") as file:
        file.write(f"{os.getpid()}\n")


def polite(row):
    """Write down how far it steps back."""
    (Path(os.environ["HOTLINE_TEST_NOTES"]) / str(row)).write_text(str(os.nice(0)))


def slow(row):
    """Run for longer than any test has patience."""
    note(row)
    time.sleep(60)

"""Jobs for the tests of the queue: they write down that they ran."""

import os
import time
from pathlib import Path

from ivr.queues import JobKind

NOTE, SLOW = "tests.queues.kinds.note", "tests.queues.kinds.slow"
KINDS = {NOTE: JobKind("default", seconds=20), SLOW: JobKind("urgent", seconds=60)}
GATHERING = {NOTE: JobKind("default", seconds=20, gathers=True)}


def note(row):
    """Add a line to the file of this row."""
    with (Path(os.environ["HOTLINE_TEST_NOTES"]) / str(row)).open("a") as file:
        file.write(f"{os.getpid()}\n")


def slow(row):
    """Run for longer than any test has patience."""
    note(row)
    time.sleep(60)

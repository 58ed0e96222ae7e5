"""A disk that anybody can fill: a piece of memory, which only root can mount."""

import subprocess
from contextlib import contextmanager, suppress

import pytest


class Disk:
    def __init__(self, place):
        self.place = place

    def fill(self):
        with (self.place / "rubbish").open("wb", buffering=0) as rubbish, suppress(OSError):
            while True:
                rubbish.write(b"x" * 4096)

    def free(self):
        (self.place / "rubbish").unlink()


@contextmanager
def mounted(place, size):
    """Mount a disk; skip the test where nobody may."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a disk")
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", "-l", place], check=True)

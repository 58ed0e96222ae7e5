"""What processes take of the machine: processor time in percent of one core, and memory."""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

HERTZ = os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass(frozen=True)
class Use:
    """Percent of one core for each name, percent of the whole machine, and resident megabytes."""

    cores: Mapping[str, float]
    machine: float
    megabytes: Mapping[str, float]


class Sampler:
    """Watch named groups of processes from `begin` to `end`; one that has ended meanwhile counts for who waited for it."""

    def __init__(self, groups: Mapping[str, list[int]]) -> None:
        self._groups = groups
        self.begin()

    def begin(self) -> None:
        self._since = time.monotonic()
        self._ticks = {pid: _ticks(pid) for pids in self._groups.values() for pid in pids}
        self._machine = _machine()

    def end(self) -> Use:
        """Give what was used since the beginning."""
        passed = time.monotonic() - self._since
        idle, total = (after - before for after, before in zip(_machine(), self._machine, strict=True))
        cores = {
            name: sum(max(0, _ticks(pid) - self._ticks[pid]) for pid in pids) / HERTZ / passed * 100
            for name, pids in self._groups.items()
        }
        megabytes = {name: sum(map(_megabytes, pids)) for name, pids in self._groups.items()}
        return Use(cores, 100 * (1 - idle / max(1, total)), megabytes)


def _ticks(pid: int) -> int:
    with suppress(OSError):
        return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:15]))
    return 0


def _megabytes(pid: int) -> float:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB
    return 0.0


def _machine() -> tuple[int, int]:
    """Give the ticks that the machine idled, and all of them."""
    with Path("/proc/stat").open() as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)

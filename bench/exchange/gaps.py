"""Gaps in the sound that one telephone is sent: every 20 ms there should be a packet. Needs root, and tcpdump."""

import contextlib
import signal
import struct
import subprocess
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

SMALLEST = 160  # bytes of a frame with sound in it
LATE_MS = 40.0
STARTING_SECONDS = 0.5


@contextlib.contextmanager
def captured(address: str, port: int, path: Path) -> Iterator[None]:
    """Capture what arrives at a telephone's RTP port."""
    words = ["tcpdump", "-i", "lo", "-U", "-w", str(path), f"udp and dst host {address} and dst port {port}"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # our own words
    try:
        time.sleep(STARTING_SECONDS)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def times(path: Path) -> list[float]:
    """Give the seconds at which packets with sound came."""
    data = path.read_bytes()
    found, place = [], 24
    while place + 16 <= len(data):
        seconds, micros, size, _ = struct.unpack_from("<IIII", data, place)
        if size >= SMALLEST:
            found.append(seconds + micros / 1e6)
        place += 16 + size
    return found


def summary(arrivals: Sequence[float]) -> dict[str, float]:
    """Say how regularly they came: the middle gap, that of the worst hundredth, the longest, and how many were late."""
    gaps = sorted(1000 * (after - before) for before, after in pairwise(arrivals))
    if not gaps:
        return {"packets": len(arrivals)}
    return {
        "packets": len(arrivals),
        "p50_ms": round(gaps[len(gaps) // 2], 1),
        "p99_ms": round(gaps[int(len(gaps) * 0.99)], 1),
        "longest_ms": round(gaps[-1], 1),
        "late": sum(gap > LATE_MS for gap in gaps),
    }

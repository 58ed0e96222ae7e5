"""Callers by the hundred, all of one mind: SIPp plays what one of them does, step by step.

SIPp sends sound from raw sockets, so this needs root.
"""

import contextlib
import resource
import socket
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from numpy.typing import NDArray

from tests.exchange import g711
from tests.exchange.asterisk import free_udp_port

ADDRESS = "127.0.0.2"  # the trunk's, as the exchange under test knows it
RTP_PORT, RTP_PORTS = 40000, 10000
KEYS = Path("/usr/share/sip-tester")
PRESSED_SECONDS = 0.5
PACKET = 160
FILES = 20000
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Listen:
    seconds: float


@dataclass(frozen=True)
class Press:
    key: str


@dataclass(frozen=True)
class Speak:
    samples: "NDArray"


Step = Listen | Press | Speak


def pcap(samples: "NDArray") -> bytes:
    """Make a capture of RTP packets that say this: what SIPp takes for sound."""
    coded = g711.encoded(samples)
    packets = [coded[start : start + PACKET] for start in range(0, len(coded) - PACKET + 1, PACKET)]
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return header + b"".join(_captured(number, bytes(packet)) for number, packet in enumerate(packets))


def _captured(number: int, payload: bytes) -> bytes:
    rtp = struct.pack(">BBHII", 0x80, 0, number & 0xFFFF, number * PACKET, 0x1234) + payload
    udp = struct.pack(">HHHH", 6000, 6000, 8 + len(rtp), 0) + rtp
    loopback = b"\x7f\0\0\1"
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number & 0xFFFF, 0, 64, 17, 0, loopback, loopback) + udp
    frame = b"\0" * 12 + b"\x08\0" + ip
    return struct.pack("<IIII", number // 50, number % 50 * 20000, len(frame), len(frame)) + frame


def write_scenario(steps: Sequence[Step], directory: Path, *, hangs_up: bool = False) -> Path:
    """Write what a caller does as SIPp reads it; at the end a caller hangs up, or waits until the other side does."""
    told = []
    for number, step in enumerate(steps):
        match step:
            case Listen(seconds):
                told.append(_pause(seconds))
            case Press(key):
                name = {"#": "pound", "*": "star"}.get(key, key)
                told += [_sound(KEYS / f"dtmf_2833_{name}.pcap"), _pause(PRESSED_SECONDS)]
            case Speak(samples):
                path = directory / f"speech-{number}.pcap"
                path.write_bytes(pcap(samples))
                told += [_sound(path), _pause(len(samples) / 8000)]
    scenario = directory / "caller.xml"
    frame = Template((_HERE / "caller.xml").read_text())
    ending = (_HERE / ("hangs_up.xml" if hangs_up else "waits.xml")).read_text()
    scenario.write_text(frame.substitute(steps="\n  ".join(told), ending=ending))
    return scenario


def seconds(steps: Sequence[Step]) -> float:
    """Give how long a caller takes over it, without waiting for the end."""
    return sum(
        {Listen: lambda s: s.seconds, Press: lambda _: PRESSED_SECONDS, Speak: lambda s: len(s.samples) / 8000}[
            type(step)
        ](step)
        for step in steps
    )


def _pause(for_seconds: float) -> str:
    return f'<pause milliseconds="{round(for_seconds * 1000)}"/>'


def _sound(path: Path) -> str:
    return f'<nop><action><exec play_pcap_audio="{path}"/></action></nop>'


@contextlib.contextmanager
def ears(calls: int) -> Iterator[None]:
    """Hold the callers' RTP ports open and read nothing, so that no packet comes back as undeliverable."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    with contextlib.ExitStack() as stack:
        for port in range(RTP_PORT + 6, RTP_PORT + min(4 * calls, RTP_PORTS) + 8, 2):
            one = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            with contextlib.suppress(OSError):
                one.bind((ADDRESS, port))
        yield


@contextlib.contextmanager
def calling(
    scenario: Path, exchange_port: int, *, at_once: int, total: int, rate: int
) -> Iterator["subprocess.Popen[bytes]"]:
    """Let so many call, `rate` more every second; SIPp's last words are in the scenario's directory."""
    words = [
        "sipp",
        f"127.0.0.1:{exchange_port}",
        "-i",
        ADDRESS,
        "-p",
        free_udp_port(ADDRESS),
        "-mi",
        ADDRESS,
        "-mp",
        RTP_PORT,
    ]
    words += ["-s", "137", "-sf", scenario, "-l", at_once, "-m", total, "-r", rate, "-nostdin"]
    words += ["-trace_err", "-error_file", scenario.with_name("errors")]
    with scenario.with_name("sipp").open("wb") as output, ears(total):
        process = subprocess.Popen(  # our own words
            [str(word) for word in words], stdout=output, stderr=output, cwd=scenario.parent
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def outcome(directory: Path) -> tuple[int, int]:
    """Read how many calls went as they should, and how many did not."""
    last = (directory / "sipp").read_text(errors="replace").rpartition("Successful call")[2]
    good, bad = (int(line.rsplit("|", 1)[1]) for line in ("|" + last).splitlines()[:2])
    return good, bad

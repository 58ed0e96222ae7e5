"""A real Asterisk, started, killed and asked by tests."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import requests

from ivr.queues.lifeline import die_with_parent
from tests.exchange import archive, settings
from tests.served import free_port

SUITE = os.environ.get("HOTLINE_ASTERISK_SUITE", "sid")
PATIENCE_SECONDS = 30
TRIES = 20
LOWEST_RTP, HIGHEST_RTP = 12000, 30000  # below the ports that the kernel gives away


def free_udp_port(address="127.0.0.1"):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((address, 0))
        return one.getsockname()[1]


def free_rtp_ports(count):
    """Find the first of so many UDP ports in a row that nobody has."""
    for _ in range(TRIES):
        first = LOWEST_RTP + 2 * secrets.randbelow((HIGHEST_RTP - LOWEST_RTP - count) // 2)
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise OSError(f"there are no {count} free ports in a row")


def _is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def unpacked(suite=SUITE):
    """Give a suite's Asterisk; skip the test if there is none to be had, which CI does not put up with."""
    try:
        return archive.tree(suite)
    except archive.NotToBeHad as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Asterisk to be had: {error}")


class Asterisk:
    """On 127.0.0.1 alone, told what docs/asterisk tells it, in a directory of its own; it ends with us.

    `variables` are the dialplan's globals, `dialplan` is added to it, `sounds` are files of the hotline's by name,
    `changes` are words to replace in a shipped file: {"extensions": {"=15": "=2"}}.
    """

    def __init__(self, suite=SUITE, *, variables=None, dialplan="", sounds=None, changes=None, rtp_ports=200):
        self.tree = unpacked(suite)
        self.home = Path(tempfile.mkdtemp(prefix="h137-", dir="/tmp"))  # short, and without a dot: see astcachedir
        self.variables, self.dialplan = variables or {}, dialplan
        self.sounds, self.changes = sounds or {}, changes or {}
        self.sip_port, self.http_port = free_udp_port(), free_port()
        self.trunk_port = free_udp_port(settings.CARRIER)
        self.rtp_ports, self.rtp_port = rtp_ports, free_rtp_ports(rtp_ports)
        self.user, self.password = "hotline-137", secrets.token_hex(12)
        self.operators = {user: secrets.token_hex(8) for user in ("201", "202")}
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.spool = self.home / "spool"
        self.log = self.home / "log/full"
        self.process = None
        self._lay()

    def _lay(self):
        for name in ("lib", "spool/recording", "spool/tmp", "run", "log", "c", "agi"):
            (self.home / name).mkdir(parents=True)
        settings.lay_sounds(self)
        settings.write(self)

    def _command(self):
        """Start it with its own libraries: the system's may be another Debian's."""
        loader = next(path for path in self.tree.glob("**/ld-linux-*.so.*") if path.exists())
        libraries = [*self.tree.glob("usr/lib/*-linux-gnu"), *self.tree.glob("lib/*-linux-gnu"), self.tree / "usr/lib"]
        path = ":".join(str(library) for library in libraries)
        config = self.home / "etc/asterisk.conf"
        return [loader.resolve(), "--library-path", path, self.tree / "usr/sbin/asterisk", "-C", config]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def start(self):
        """Start it, again if need be, on the same ports and spool; return when it takes calls."""
        with (self.home / "log/stdout").open("a") as output:
            self.process = subprocess.Popen(
                [*self._command(), "-f"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.home,
                preexec_fn=lambda: die_with_parent(signal.SIGKILL),  # noqa: PLW1509  # prctl only
            )
        self.until(self._booted)
        return self

    def _booted(self):
        assert self.process.poll() is None, f"it has ended:\n{self.said()}"
        return "fully booted" in self.cli("core waitfullybooted", check=False)

    def cli(self, command, *, check=True):
        """Give one command to its console; return what it prints."""
        words = [*self._command(), "-rx", command]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def until(self, true, seconds=PATIENCE_SECONDS):
        """Wait until something holds; fail with the end of the log if it never does."""
        deadline = time.monotonic() + seconds
        while not (found := true()):
            assert time.monotonic() < deadline, f"it never came to that:\n{self.said()}"
            time.sleep(0.05)
        return found

    def said(self):
        """Give the end of its log."""
        paths = [path for path in (self.home / "log/stdout", self.log) if path.exists()]
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in paths)

    def ari(self, method, path, **params):
        """Ask its REST interface; give what JSON says, or the bytes when it is none. Raises requests.HTTPError."""
        url = f"{self.url}/ari{path}"
        answer = requests.request(method, url, params=params, auth=(self.user, self.password), timeout=10)
        answer.raise_for_status()
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        return answer.json() if is_json else answer.content

    def tapes(self):
        """List the names of the recordings it keeps, as ARI tells them."""
        return [one["name"] for one in self.ari("GET", "/recordings/stored")]

    def recording(self):
        """Count the callers whom the dialplan records."""
        return sum(one["dialplan"]["app_name"] == "Record" for one in self.ari("GET", "/channels"))

    def reaches(self, endpoint="trunk"):
        """Wait until a telephone answers at the trunk's other end, or an operator's has registered."""
        self.until(lambda: self.ari("GET", f"/endpoints/PJSIP/{endpoint}")["state"] == "online")

    def uri(self, number="137"):
        return f"sip:{number}@127.0.0.1:{self.sip_port}"

    def stop(self):
        """End it as its console would, at once; calls are ended properly."""
        self._end(signal.SIGTERM)

    def kill(self):
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, signum):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signum)
            try:
                self.process.wait(PATIENCE_SECONDS)
            finally:
                self.process.kill()
                self.process.wait()

    def close(self):
        """Stop it and take its directory away."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

"""The whole house as real processes, as whoever runs it sees them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from click.testing import CliRunner

from ivr.cli import main

PATIENCE_SECONDS = 60


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def running(pid):
    """Say whether a process runs; one that waits to be buried does not."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def children(pid):
    """List the processes that a process started, and those that they started, by what they were told to do."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == pid:
                child = int(stat.parent.name)
                words = (stat.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found |= {child: words, **children(child)}
    return found


class House:
    """`ivr serve`, or a part of it, on a data directory of its own."""

    def __init__(self, directory, **settings):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.fallback_port = free_port()
        self.fallback_url = f"http://127.0.0.1:{self.fallback_port}"
        self.log = Path(directory) / "log"
        self.environment = {
            **os.environ,
            "IVR_DATA__DIR": str(Path(directory) / "d"),
            "IVR_SERVER__PORT": str(self.port),
            "IVR_SERVER__FALLBACK_PORT": str(self.fallback_port),
            "IVR_SERVER__PATIENCE_SECONDS": "9",  # a machine that tests may stand still for some seconds
            "IVR_CALLBACKS__OPENS": "00:00",  # tests run at night, too
            "IVR_CALLBACKS__CLOSES": "23:59",
            **settings,
        }
        self.process = None

    def start(self, *command, healthy=True):
        with self.log.open("a") as log:
            words = [sys.executable, "-m", "ivr.cli", *(command or ("serve",))]
            self.process = subprocess.Popen(words, env=self.environment, stdout=log, stderr=log)
        if healthy:
            self.until(self.healthy)
        return self

    def until(self, true, seconds=PATIENCE_SECONDS):
        """Wait until something holds; fail with the log if it never does."""
        deadline = time.monotonic() + seconds
        while not (found := true()):
            assert time.monotonic() < deadline, f"it never came to that; the log ends:\n{self.log.read_text()[-3000:]}"
            time.sleep(0.1)
        return found

    def healthy(self):
        try:
            urllib.request.urlopen(f"{self.url}/healthz", timeout=1).close()
        except OSError:
            return False
        return True

    @property
    def password(self):
        return re.search(r"one-time password: (\S+)", self.log.read_text()).group(1)

    def workers_of(self, pid):
        """List the processes that one of ours has started."""
        return list(children(pid))

    def child(self, words):
        """Give the pid of the child that was told so: "work --only jobs", "broker", "web"; None while there is none."""
        for pid, told in children(self.process.pid).items():
            if f"ivr.cli {words}" in told and running(pid):
                return pid
        return None

    def ivr(self, *arguments, said=""):
        """Run another `ivr` command on the same installation; give what it printed."""
        done = CliRunner().invoke(main, arguments, input=said, env=self.environment)
        assert done.exit_code == 0, done.output
        return done.stdout

    def voice(self, row):
        """Give a file with a voice of the house, as it was said."""
        said = Path(tempfile.mkdtemp(dir=self.log.parent), "voice.wav")
        self.ivr("voice", row["sid"], str(said))
        return said

    def export(self, kind):
        return [json.loads(row) for row in self.ivr("export", kind).splitlines()]

    def stop(self):
        """End it as `make` would; give the exit code. Whatever is left is killed."""
        left = children(self.process.pid)
        self.process.terminate()
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

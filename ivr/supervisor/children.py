"""Child processes that come back when they die, and go when we go."""

import logging
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field

import requests

from ivr.queues.lifeline import tied_to

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
HEALTHY_SECONDS = 30
GOODBYE_SECONDS = 12
PULSE_SECONDS, STUCK_SECONDS, FIRST_PULSE_SECONDS = 1.0, 4.0, 30.0


@dataclass
class Child:
    """A command that must run; it has a process group of its own, so that its own children end with it."""

    name: str
    command: list[str]
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    again_at: float = 0.0
    pulse: str = ""  # an address that answers while it is not stuck
    _felt: float = 0.0
    _patience: float = 0.0
    _parent: int = field(default_factory=os.getpid)

    def tend(self, now: float) -> None:
        """Start it if it is not running and its pause is over."""
        if self.process is not None and self.process.poll() is not None:
            self._mourn(now)
        if self.process is not None and self.pulse and now > self._felt + PULSE_SECONDS:
            self._feel(now)
        if self.process is None and now >= self.again_at:
            self.process = subprocess.Popen(  # noqa: S603  # our own commands
                self.command,
                start_new_session=True,
                preexec_fn=tied_to(self._parent),  # noqa: PLW1509  # prctl only
            )
            self.started = self._felt = now
            self._patience = FIRST_PULSE_SECONDS

    def _feel(self, now: float) -> None:
        """End it if it has not answered for a while."""
        if _answers(self.pulse):
            self._felt, self._patience = now, STUCK_SECONDS
        elif now > self._felt + self._patience:
            log.error("%s is stuck, ending it", self.name)
            self.signal(signal.SIGKILL)

    def _mourn(self, now: float) -> None:
        """Clear away what it left, and wait longer each time it dies young."""
        if self.process is None:
            return
        log.warning("%s ended with %s, starting it again", self.name, self.process.returncode)
        self.signal(signal.SIGKILL)
        self.pause = FIRST_PAUSE if now - self.started > HEALTHY_SECONDS else min(self.pause * 2, LONGEST_PAUSE)
        self.process, self.again_at = None, now + self.pause

    def signal(self, signum: signal.Signals) -> None:
        """Signal the whole process group."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signum)

    def stop(self) -> None:
        """Ask it to end, then make it."""
        if self.process is None:
            return
        self.signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GOODBYE_SECONDS)
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.process = None


def tend_all(children: list[Child], ready: "Ready") -> None:
    """Keep the children running until SIGTERM or SIGINT; then stop them, the last first."""
    told: list[int] = []  # not an exception: it could come while a child is being born, and nobody would know of it
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda signum, _: told.append(signum))
    try:
        while not told:
            now = time.monotonic()
            for child in children:
                child.tend(now)
            ready.look()
            time.sleep(0.1)
    finally:
        for child in reversed(children):
            child.stop()


class Ready:
    """Says once that the house is open; without an address it says nothing."""

    def __init__(self, url: str = "") -> None:
        self._url = url

    def look(self) -> None:
        """Ask for /healthz until it answers."""
        if self._url and _answers(f"{self._url}/healthz"):
            print(f"137 is open: telephone {self._url}/phone, console {self._url}/", flush=True)  # noqa: T201  # for the person who started it
            self._url = ""


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).ok
    except requests.RequestException:
        return False

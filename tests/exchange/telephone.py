"""A SIP telephone that tests dial, speak and listen with; see telephone_process for what is inside."""

import json
import subprocess
import sys
import tempfile
import threading
import time
import wave
from pathlib import Path

import numpy as np

from ivr.queues.lifeline import die_with_parent
from tests.exchange.asterisk import free_udp_port
from tests.exchange.settings import CARRIER

RATE = 8000
HEADER_BYTES = 44
PATIENCE_SECONDS = 10
HISS = 8  # of 32,768


def write_wav(path, samples):
    """Write what a telephone can say: 8 kHz, one channel; samples are 16-bit numbers, or real ones within 1."""
    if np.issubdtype(np.asarray(samples).dtype, np.floating):
        samples = np.clip(np.asarray(samples) * 32767, -32768, 32767)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.asarray(samples).astype("<i2").tobytes())
    return Path(path)


def read_wav(path):
    """Read samples within 1, also from a file that is still being written."""
    data = Path(path).read_bytes()[HEADER_BYTES:]
    return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / 32768


class Telephone:
    """One line, one call at a time. Somebody's by default, out in the carrier's net: there `number` is theirs.

    With address 127.0.0.1 it is one of the house's, to be registered. `hiss=False` sends nothing while it says nothing.
    """

    def __init__(self, port=None, *, number="02188137137", address=CARRIER, codec="alaw", hiss=True):
        self.address, self.port = address, port or free_udp_port(address)
        self.rtp_port = free_udp_port(address)
        self.events, self._changed = [], threading.Condition()
        self._directory = tempfile.TemporaryDirectory(prefix="h137-phone-")
        self._said = 0
        self.process = self._start()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        silence = np.random.default_rng(137).integers(-HISS, HISS + 1, 5 * RATE)
        self._begin(
            number=number,
            address=address,
            port=self.port,
            rtp_port=self.rtp_port,
            codec=codec,
            directory=self._directory.name,
            hiss=str(write_wav(self._file("hiss.wav"), silence)) if hiss else None,
        )

    def _begin(self, **settings):
        try:
            self._order(**settings)
            self.waits_for("ready")
        except BaseException:
            self.close()
            raise

    def _start(self):
        with self._file("errors").open("w") as errors:
            return subprocess.Popen(
                [sys.executable, Path(__file__).with_name("telephone_process.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509  # prctl only
            )

    def _file(self, name):
        return Path(self._directory.name) / name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.events.append(json.loads(line))
                self._changed.notify_all()
        with self._changed:
            self.events.append({"event": "ended", "at": time.time()})
            self._changed.notify_all()

    def _order(self, **order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def waits_for(self, event, seconds=PATIENCE_SECONDS, *, since=0, **facts):
        """Wait for news of a kind; give them. Raises TimeoutError, with everything that did happen."""

        def there():
            return next((e for e in self.events[since:] if e["event"] == event and facts.items() <= e.items()), None)

        deadline = time.monotonic() + seconds
        with self._changed:
            while (found := there()) is None:
                left = deadline - time.monotonic()
                if left <= 0 or any(e["event"] == "ended" for e in self.events):
                    happened = "\n".join(str(e) for e in self.events)
                    raise TimeoutError(f"no {event} {facts}; {self._file('errors').read_text()[-2000:]}\n{happened}")
                self._changed.wait(left)
        return found

    @property
    def _call_began(self):
        """Give the place in the news where the last call began."""
        places = [n for n, e in enumerate(self.events) if e["event"] in ("ringing", "dialled")]
        return places[-1] if places else 0

    @property
    def _news(self):
        return self.events[self._call_began :]

    @property
    def state(self):
        """Give the last call's state as PJSIP says it: CALLING, EARLY, CONNECTING, CONFIRMED, DISCONNECTED."""
        states = [e["state"] for e in self._news if e["event"] == "state"]
        return states[-1] if states else "NULL"

    @property
    def codes(self):
        """Give the SIP status codes of the last call, in order."""
        return [e["code"] for e in self._news if e["event"] == "state" and e["code"]]

    @property
    def keys(self):
        """Give the keys that the other side pressed."""
        return "".join(e["key"] for e in self._news if e["event"] == "key")

    def dial(self, uri, *, seconds=PATIENCE_SECONDS):
        """Call somebody and wait for the answer; with seconds=0 do not wait."""
        with self._changed:
            self.events.append({"event": "dialled", "at": time.time(), "uri": uri})
        self._order(do="dial", uri=uri)
        return self.wait_answered(seconds) if seconds else self

    def wait_ringing(self, seconds=PATIENCE_SECONDS):
        """Wait for somebody's call; give who calls."""
        self.waits_for("ringing", seconds, since=self._ended)
        return self._news[0]["caller"]

    @property
    def _ended(self):
        """Give the place in the news after the last call that is over."""
        over = [n for n, e in enumerate(self.events) if e.get("state") == "DISCONNECTED"]
        return over[-1] + 1 if over else 0

    def answer(self, code=200):
        """Take the call, or refuse it with another code."""
        self._order(do="answer", code=code)
        return self.wait_answered() if code == 200 else self

    def wait_answered(self, seconds=PATIENCE_SECONDS):
        """Wait until both sides can hear each other."""
        self.waits_for("state", seconds, since=self._call_began, state="CONFIRMED")
        self.waits_for("audible", seconds, since=self._call_began)
        return self

    def register(self, user, password, server, *, code=200):
        """Become one of the house's telephones at "127.0.0.1:port", or be refused with another code."""
        self._order(do="register", user=user, password=password, server=server)
        self.waits_for("registration", code=code, active=code == 200)

    def presses(self, keys):
        """Press keys as RFC 4733 has them; return when they have been pressed."""
        since = len(self.events)
        self._order(do="press", keys=keys)
        self.waits_for("pressed", PATIENCE_SECONDS + len(keys), since=since)

    def speaks(self, what, *, wait=True):
        """Say a file or samples; give the moment it begins. With wait=False return while it is being said."""
        self._said += 1
        path = what if isinstance(what, str | Path) else write_wav(self._file(f"said-{self._said}.wav"), what)
        self._order(do="say", path=str(path), number=self._said)
        began = self.waits_for("saying", number=self._said)["at"]
        if wait:
            self.waits_for("said", PATIENCE_SECONDS + len(read_wav(path)) / RATE, number=self._said)
        return began

    def falls_silent(self):
        self._order(do="silence")

    def hangs_up(self):
        self._order(do="hang_up")
        self.wait_over()

    def wait_over(self, seconds=PATIENCE_SECONDS):
        """Wait until the call has ended, whoever ends it."""
        self.waits_for("state", seconds, since=self._call_began, state="DISCONNECTED")

    @property
    def over(self):
        return self.state == "DISCONNECTED"

    @property
    def audible_since(self):
        """Give the moment of the first sample heard in the last call."""
        return self.waits_for("audible", since=self._call_began)["at"]

    def heard(self):
        """Give what was heard in the last call until now, from `audible_since`: samples within 1."""
        path = self.waits_for("audible", since=self._call_began)["path"]
        return np.fromfile(path, "<i2").astype(np.float32) / 32768

    def hears(self, seconds):
        """Listen for so long; give what was heard meanwhile."""
        before = len(self.heard())
        time.sleep(seconds)
        return self.heard()[before:]

    def kill(self):
        """Tear the telephone off the wall: no goodbye."""
        self.process.kill()
        self.process.wait()

    def close(self):
        """End whatever it is doing."""
        try:
            self.process.stdin.close()
            self.process.wait(PATIENCE_SECONDS)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self.kill()
        finally:
            self._reader.join()
            self.process.stdout.close()
            self._directory.cleanup()

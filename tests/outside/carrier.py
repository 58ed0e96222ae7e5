"""A telephone carrier on this machine: it keeps recordings, serves their media, and takes orders to call."""

import base64
import hashlib
import io
import itertools
import json
import threading
import time
import wave
from contextlib import suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np

RATE = 8000


class Carrier(ThreadingHTTPServer):
    """`asked` is every request that came, `ordered` every call; media can be missing for a while, or stop half way.

    An order can be taken and its answer kept back.
    """

    daemon_threads = True

    def __init__(self, account, token):
        super().__init__(("127.0.0.1", 0), Desk)
        self.account, self.token = account, token
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.media, self.asked, self.ordered = {}, [], []
        self.missing_until, self.moved_to = 0.0, ""
        self.flowing = threading.Event()
        self.flowing.set()
        self.answering = threading.Event()
        self.answering.set()
        self._numbers = itertools.count(1)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        self._thread.start()

    def sid(self, kind):
        return f"{kind}{next(self._numbers):032x}"

    def records(self, seconds):
        """Keep a voice that nobody else has; give its sid."""
        sid = self.sid("RE")
        noise = np.random.default_rng(len(self.media)).integers(-9000, 9000, int(seconds) * RATE)
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(noise.astype("<i2").tobytes())
        self.media[sid] = buffer.getvalue()
        return sid

    def digest(self, sid):
        return hashlib.sha256(self.media[sid]).hexdigest()

    def path(self, sid):
        return f"/2010-04-01/Accounts/{self.account}/Recordings/{sid}.wav"

    def fetches(self, sid):
        return self.asked.count(f"GET {self.path(sid)}")

    def handle_error(self, request, client_address):
        """Say nothing when somebody leaves early: some are killed while they listen."""

    def placed(self, to):
        """Show the calls that were ordered to a telephone, the newest first."""
        shown = [
            {"sid": order["CallSid"][0], "to": to, "direction": "outbound-api", "status": "ringing", "duration": None,
             "date_created": order["at"]} for order in reversed(self.ordered) if order["To"] == [to]
        ]  # fmt: skip
        return {"calls": shown, "next_page_uri": None}

    def close(self):
        self.flowing.set()
        self.answering.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class Desk(BaseHTTPRequestHandler):
    def do_GET(self):
        carrier = self.server
        carrier.asked.append(f"GET {self.path}")
        sid = self.path.rpartition("/")[2].removesuffix(".wav")
        where = urlsplit(self.path)
        if not self._known():
            self._answer(401, b"")
        elif where.path.endswith("/Calls.json"):
            self._answer(200, json.dumps(carrier.placed(parse_qs(where.query)["To"][0])).encode())
        elif carrier.moved_to:
            self._answer(302, b"", Location=carrier.moved_to)
        elif self.path != carrier.path(sid) or sid not in carrier.media or time.monotonic() < carrier.missing_until:
            self._answer(404, b"")
        else:
            self._answer(200, carrier.media[sid], **{"Content-Type": "audio/x-wav"})

    def do_POST(self):
        carrier = self.server
        carrier.asked.append(f"POST {self.path}")
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if not self._known():
            self._answer(401, b"")
            return
        sid = carrier.sid("CA")
        carrier.ordered.append({**form, "CallSid": [sid], "at": formatdate()})
        carrier.answering.wait(60)
        self._answer(201, json.dumps({"sid": sid, "status": "queued"}).encode())

    def _known(self):
        words = f"{self.server.account}:{self.server.token}".encode()
        return self.headers.get("Authorization") == f"Basic {base64.b64encode(words).decode()}"

    def _answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            half = len(body) // 2
            self.wfile.write(body[:half])
            self.server.flowing.wait(60)
            self.wfile.write(body[half:])

    def log_message(self, *_):
        """Keep quiet."""

"""A provider of TwiML that is not ours: it signs, keeps recordings, and follows documents as Twilio documents it.

Nothing here is imported from the product: signatures are made with hmac, documents read with xml.etree.
"""

import base64
import hashlib
import hmac
import io
import itertools
import struct
import threading
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import requests

ACCOUNT, TOKEN = "AC" + "7" * 32, "the-token-of-an-outside-provider"
_calls, _voices = itertools.count(1), itertools.count(1)


def signature(url, form):
    """X-Twilio-Signature: base64(HMAC-SHA1(token, url + each sorted key with its value))."""
    signed = url + "".join(f"{key}{form[key]}" for key in sorted(form))
    return base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def voice(n, seconds=3):
    """Make a sound that no other voice has: 8 kHz, mono, 16 bits."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(struct.pack("<h", (i * (37 + n)) % 9000 - 4500) for i in range(8000 * seconds)))
    return out.getvalue()


class Media(ThreadingHTTPServer):
    """The provider's recordings, behind its account; while `late`, they are not there yet."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), MediaHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.voices, self.asked, self.late = {}, [], False
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        """Say nothing when a fetch is killed."""


class MediaHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        sid = self.path.rsplit("/", 1)[-1].removesuffix(".wav")
        expected = f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}.wav"
        name = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        allowed = self.path == expected and self.headers.get("Authorization") == f"Basic {name}"
        sound = self.server.voices.get(sid) if allowed and not self.server.late else None
        self.send_response(200 if sound else 404)
        self.send_header("Content-Type", "audio/x-wav")
        self.send_header("Content-Length", str(len(sound or b"")))
        self.end_headers()
        self.wfile.write(sound or b"")

    def log_message(self, *_):
        """Keep quiet."""


class Call:
    """One caller on this provider's line."""

    def __init__(self, hotline, media, number):
        self.hotline, self.media, self.number = hotline, media, number
        self.sid, self.voices, self.played = f"CA{next(_calls):032x}", [], []
        self.http = requests.Session()
        self.at = f"{hotline}/voice/answer"
        self.document = None
        self.post(self.at, CallStatus="ringing")

    def form(self, **extra):
        return {
            "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "CallSid": self.sid, "CallStatus": "in-progress",
            "Direction": "inbound", "From": self.number, "To": "+982537137137", **extra,
        }  # fmt: skip

    def send(self, url, **extra):
        form = self.form(**extra)
        return self.http.post(url, data=form, headers={"X-Twilio-Signature": signature(url, form)}, timeout=20)

    def post(self, url, **extra):
        """Take the next document, follow it to where it waits, and play all that comes before."""
        self.at, answer = url, self.send(url, **extra)
        assert answer.status_code == 200, answer.status_code
        assert answer.headers["Content-Type"].startswith("text/xml")
        self.document = ET.fromstring(answer.content)
        self.played, self.waits = [], None
        for verb in self.document:
            if verb.tag == "Play":
                self.play(verb)
            elif verb.tag == "Redirect":
                return self.post(urljoin(self.at, verb.text))
            elif verb.tag in ("Gather", "Record"):
                for nested in verb.iter("Play"):
                    self.play(nested)
                self.waits = verb
                return self
            elif verb.tag == "Hangup":
                return self
            else:
                raise AssertionError(f"no portable verb: {verb.tag}")
        return self

    def play(self, verb):
        self.played.append(urljoin(self.at, verb.text))

    @property
    def words(self):
        """What was said last, by the addresses of its sounds."""
        return " ".join(
            self.http.get(url.removesuffix(".wav") + ".json", timeout=20).json()["words"] for url in self.played
        )

    def go_on(self):
        """Nothing came: run what follows the verb that waited."""
        after = list(self.document)[list(self.document).index(self.waits) + 1 :]
        assert after[0].tag == "Redirect", "a caller who says nothing is not thrown out"
        return self.post(urljoin(self.at, after[0].text))

    def press(self, keys):
        """Press keys; a key that ends the input is not told, as Twilio does it."""
        assert self.waits.tag == "Gather", f"nothing waits for keys: {ET.tostring(self.document)}"
        finish = self.waits.get("finishOnKey", "#")
        if not keys and self.waits.get("actionOnEmptyResult") != "true":
            return self.go_on()
        return self.post(urljoin(self.at, self.waits.get("action")), Digits=keys.rstrip(finish) if finish else keys)

    def silence(self):
        return self.press("") if self.waits.tag == "Gather" else self.go_on()

    def speak(self, seconds=3, *, hang_up=False):
        """Speak after the tone and end with #; both the action and the keeper of voices are told."""
        assert self.waits.tag == "Record", f"nothing records: {ET.tostring(self.document)}"
        n = next(_voices)
        sid, sound = f"RE{n:032x}", voice(n, seconds)
        self.media.voices[sid] = sound
        self.voices.append((sid, hashlib.sha256(sound).hexdigest()))
        record, at = self.waits, self.at
        digits = "hangup" if hang_up else "#"
        self.post(urljoin(at, record.get("action")), Digits=digits, **self.recording(sid, seconds))
        self.report(urljoin(at, record.get("recordingStatusCallback")), sid, seconds)
        return self

    def recording(self, sid, seconds):
        elsewhere = f"{self.media.url}/somewhere/else/{sid}"
        return {"RecordingSid": sid, "RecordingUrl": elsewhere, "RecordingDuration": str(seconds)}

    def report(self, url, sid, seconds, status="completed"):
        answer = self.send(url, RecordingStatus=status, RecordingChannels="1", **self.recording(sid, seconds))
        assert answer.status_code in (200, 204)

    def hang_up(self):
        answer = self.send(f"{self.hotline}/voice/status", CallStatus="completed", CallDuration="42")
        assert answer.status_code in (200, 204)
        return self

"""A little hotline that answers with whatever documents a test wants, and keeps every form that it got."""

import itertools
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from twilio.request_validator import RequestValidator

PATIENCE_SECONDS = 12


@dataclass(frozen=True)
class Asked:
    """A request for a document, or news, that came with a right signature."""

    name: str
    method: str
    url: str
    form: dict
    at: float

    def __getitem__(self, parameter):
        return self.form[parameter]


@dataclass(frozen=True)
class Reply:
    body: str | bytes = ""
    status: int = 200
    delay: float = 0.0
    cut: bool = False  # close the connection without a word


@dataclass
class Script:
    """The documents of one call by name; of several in a list each is given once, the last one again and again."""

    documents: dict
    asked: list = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def reply(self, asked):
        with self.changed:
            self.asked.append(asked)
            self.changed.notify_all()
            given = self.documents.get(asked.name, Reply(status=204 if asked.name == "status" else 404))
            if isinstance(given, list):
                given = given.pop(0) if len(given) > 1 else given[0]
        given = given(asked) if callable(given) else given
        return given if isinstance(given, Reply) else Reply(written(given))

    def of(self, name, **facts):
        return [one for one in self.asked if one.name == name and facts.items() <= one.form.items()]

    def waits_for(self, name, n=1, seconds=PATIENCE_SECONDS, **facts):
        """Wait until something has been asked or told so often; give the last of them."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while len(found := self.of(name, **facts)) < n:
                left = deadline - time.monotonic()
                assert left > 0, f"no {name} {facts or ''}, but {[(one.name, one.form) for one in self.asked]}"
                self.changed.wait(left)
        return found[n - 1]


def written(verbs):
    return verbs if "<Response" in verbs else f'<?xml version="1.0" encoding="UTF-8"?><Response>{verbs}</Response>'


class Scripted(ThreadingHTTPServer):
    """Serves scripts under /voice/, each to whoever has its call's sid or calls from its number, and sounds."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, token, sounds, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.validator, self.sounds = RequestValidator(token), sounds
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.calls, self.numbers, self.unsigned, self.lost = {}, {}, [], []
        self.fetched, self._numbers = [], itertools.count(7100)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def script_of(self, form):
        """Find whose script a form belongs to; its call, and whoever it rings, belong there from then on."""
        sid = form.get("CallSid", "")
        script = (
            self.calls.get(sid)
            or self.calls.get(form.get("ParentCallSid"))
            or self.numbers.get(form.get("From"))
            or self.numbers.get(form.get("To"))
        )
        if script is not None:
            self.calls[sid] = script
        return script

    def expects(self, script):
        """Give a number that nobody has; whatever call comes from it follows the script."""
        number = f"+98253713{next(self._numbers):04}"
        self.numbers[number] = script
        return number

    def handle_error(self, request, client_address):
        """Say nothing when somebody leaves early: some are made to."""

    def close(self):
        self.shutdown()
        self._thread.join()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self._sound(b"")

    def do_GET(self):
        if self.path.startswith("/voice/"):
            self._asked("GET", dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)), {})
        else:
            self._sound()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(parse_qsl(body, keep_blank_values=True))
        self._asked("POST", form, form)

    def _asked(self, method, form, body):
        desk, url = self.server, f"{self.server.url}{self.path}"
        asked = Asked(urlsplit(self.path).path.removeprefix("/voice/"), method, url, form, time.monotonic())
        if not desk.validator.validate(url, body, self.headers.get("X-Twilio-Signature", "")):
            desk.unsigned.append(asked)
            self._answer(403, b"")
            return
        script = desk.script_of(form)
        if script is None:
            desk.lost.append(asked)
            self._answer(404, b"")
            return
        reply = script.reply(asked)
        time.sleep(reply.delay)
        if not reply.cut:
            self._answer(reply.status, reply.body.encode() if isinstance(reply.body, str) else reply.body)

    def _sound(self, body=None):
        name = self.path.removeprefix("/audio/").removesuffix(".wav")
        self.server.fetched.append((self.command, name))
        sound = self.server.sounds.get(name)
        if sound is None:
            self._answer(404, b"")
        else:
            self._answer(200, sound if body is None else body, "audio/x-wav", len(sound))

    def _answer(self, status, body, kind="text/xml", length=None):
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.send_header("Cache-Control", "max-age=3600" if status == 200 and "audio" in kind else "no-store")
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""

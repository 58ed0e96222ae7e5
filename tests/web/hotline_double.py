"""A hotline that says what it is told to say, for the browser phone to call: a fake at the other end of the line."""

import io
import socket
import threading
import time
import wave
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from flask import Flask, Response, abort, jsonify, request
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, DictLoader
from pydantic import SecretStr
from werkzeug.serving import WSGIRequestHandler, make_server

from db.models import Base
from db.session import Database
from ivr.config import Config, Data, Phone, Server
from ivr.services import users
from ivr.services.desk import Desk
from ivr.telephony.accounts import accounts
from ivr.telephony.signature import genuine
from ivr.web import phone, phone_exchange
from ivr.web.shell import Shell, mount

TOKEN = "the-phones-own-token"
RATE = 8000
PAGE = (
    '<!doctype html><html lang="fa" dir="rtl"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>{% block title %}{% endblock %}</title>'
    "{% block head %}{% endblock %}</head><body><main>{% block main %}{% endblock %}</main></body></html>"
)


class Hotline:
    """Its documents by path; what it was told, in order; every form's signature is checked."""

    def __init__(self, base_url):
        self.base_url = base_url
        self.documents = {}
        self.heard = []

    def says(self, path, *verbs):
        self.documents[path] = f"<Response>{''.join(verbs)}</Response>"

    def take(self):
        form = request.form.to_dict()
        if not genuine(TOKEN, self.base_url + request.full_path.rstrip("?"), form, _signature()):
            abort(403)
        self.heard.append((request.path, form))
        return Response(self.documents.get(request.path, "<Response/>"), mimetype="text/xml")

    def told(self, path):
        return [form for where, form in self.heard if where == path]

    def wait_for(self, path, count=1, seconds=15):
        """Wait until it was told so often; give the last form."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if len(self.told(path)) >= count:
                return self.told(path)[count - 1]
            time.sleep(0.05)
        raise AssertionError(f"{path} was not told; heard {self.heard}")


def _signature():
    return request.headers.get("X-Twilio-Signature", "")


def _tone(name):
    _, hertz, seconds = name.split("-")
    moments = np.arange(int(float(seconds) * RATE)) / RATE
    return wav(0.2 * np.sin(2 * np.pi * int(hertz) * moments), RATE)


def wav(samples, rate):
    """Make a WAV of samples between -1 and 1."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def samples_of(data):
    """Read a WAV's samples and rate."""
    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float) / 32768, file.getframerate()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Quiet(WSGIRequestHandler):
    def log_request(self, *parts):
        """Leave the test's output to the test."""


class House:
    """One exchange with its hotline double."""

    def __init__(self, directory: Path, *, login="auto", public_url=""):
        self.config = Config(
            data=Data(dir=directory),
            server=Server(port=free_port(), secret_key=SecretStr("not-a-secret"), public_url=public_url),
            phone=Phone(login=login, auth_token=SecretStr(TOKEN)),
        )
        self.config.var_dir.mkdir(parents=True, exist_ok=True)
        self.url = f"http://127.0.0.1:{self.config.server.port}"
        self.database = Database(self.config.database_url)
        Base.metadata.create_all(self.database.engine)
        self.hotline = Hotline(self.config.base_url)
        self.app = self._app()

    def _app(self):
        app = Flask("ivr.web")
        app.secret_key = "not-a-secret"
        sample = self.config.var_dir / "sample.wav"
        sample.write_bytes(_tone("tone-300-2"))
        speech = SimpleNamespace(clips=lambda prompt, facts: (SimpleNamespace(path=sample),))
        desk = Desk(self.config, SimpleNamespace(), speech, accounts(self.config))
        app.extensions["ivr"] = Shell(desk, self.database)
        app.jinja_loader = ChoiceLoader([DictLoader({"base.html": PAGE}), app.jinja_loader])
        csrf = CSRFProtect(app)
        csrf.exempt(phone_exchange.blueprint)
        app.add_url_rule("/audio/<name>.wav", "wav", lambda name: Response(_tone(name), mimetype="audio/wav"))
        app.add_url_rule("/audio/<name>.json", "json", lambda name: jsonify(words=f"words of {name}", seconds=1))
        app.add_url_rule("/login", "login.form", lambda: "login")
        voice = csrf.exempt(lambda path: self.hotline.take())
        app.add_url_rule("/voice/<path:path>", "voice", voice, methods=["POST"])
        mount(app, phone.blueprint, phone.at_home_or_staff)
        mount(app, phone_exchange.blueprint, phone_exchange.with_token)
        return app

    def session_of(self, name):
        """Log an operator in; give the session's token."""
        now = datetime.now(UTC)
        with self.database.transaction() as session:
            users.add(session, name, "operator", "a-long-password", now)
            return users.log_in(session, name, "a-long-password", now, timedelta(hours=1))

    @contextmanager
    def open(self):
        """Serve until the tests are done."""
        server = make_server("127.0.0.1", self.config.server.port, self.app, threaded=True, request_handler=Quiet)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            self.database.close()

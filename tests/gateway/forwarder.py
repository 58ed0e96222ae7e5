"""Somebody between the hotline and whoever asks it, who writes down every document that passes."""

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl

import requests

HOP = {"connection", "transfer-encoding", "server", "date", "keep-alive"}


class Passed(NamedTuple):
    """A document: who asked for it, where, and its bytes."""

    call: str
    path: str
    body: bytes


class Forwarder(ThreadingHTTPServer):
    """`url` is what the hotline is known by; `house` is where it is."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url, self.house = f"http://127.0.0.1:{self.server_port}", ""
        self.documents = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def of(self, call):
        return [one for one in self.documents if one.call == call]

    def handle_error(self, request, client_address):
        """Say nothing when somebody leaves early."""

    def close(self):
        self.shutdown()
        self._thread.join()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    def _forwards(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        answer = requests.request(
            self.command, self.server.house + self.path, data=body, headers=headers, timeout=30, allow_redirects=False
        )
        if answer.headers.get("Content-Type", "").startswith("text/xml"):
            call = dict(parse_qsl(body.decode())).get("CallSid", "")
            self.server.documents.append(Passed(call, self.path, answer.content))
        with suppress(OSError):
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content)

    def do_GET(self):
        self._forwards()

    def do_HEAD(self):
        self._forwards()

    def do_POST(self):
        self._forwards()

    def log_message(self, *_):
        """Keep quiet."""

"""A server of somebody else's, on this machine, that answers as a test tells it to."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Elsewhere(ThreadingHTTPServer):
    """Keeps what was asked of it; `answers` maps a path to (status, headers, body), or to a function that writes."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.asked = {}, []
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, request, client_address):
        """Say nothing when the other side leaves early: that is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size).decode()
        self.server.asked.append((self.path, dict(self.headers), body))
        given = self.server.answers.get(self.path.split("?")[0], (404, {}, b""))
        if callable(given):
            given(self)
            return
        status, headers, content = given
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_DELETE = do_GET  # noqa: N815  # as the library asks for it

    def log_message(self, *_):
        """Keep quiet."""

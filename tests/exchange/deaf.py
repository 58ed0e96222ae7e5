"""An application that Asterisk takes for alive: it has registered, and never listens again."""

import base64
import os
import socket
import time
from urllib.parse import urlencode


class DeafApplication:
    """Hold an ARI websocket open under a name; take no event, give no order."""

    def __init__(self, asterisk, name):
        self.asterisk, self.name = asterisk, name
        query = urlencode({"app": name, "api_key": f"{asterisk.user}:{asterisk.password}"})
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket = socket.create_connection(("127.0.0.1", asterisk.http_port), timeout=10)
        self._socket.sendall(
            f"GET /ari/events?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ari\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        assert b" 101 " in self._socket.recv(4096)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()
        self.asterisk.until(lambda: self.name not in [one["name"] for one in self.asterisk.ari("GET", "/applications")])

    def holds(self, seconds=10):
        """Wait until it has been given a call; give the channel's id."""
        deadline = time.monotonic() + seconds
        while not (channels := self.asterisk.ari("GET", f"/applications/{self.name}")["channel_ids"]):
            assert time.monotonic() < deadline, f"{self.name} was given no call"
            time.sleep(0.02)
        return channels[0]

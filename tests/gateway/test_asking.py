"""How the gateway asks the hotline: what it does about connections that end."""

import asyncio
import socket
import struct

import pytest

from ivr.gateway.webhook import Failed, Webhooks

AT_ONCE = struct.pack("ii", 1, 0)  # a connection that is closed so is reset
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n<Response/>"


class Hotline(asyncio.Protocol):
    """Answers the first request of a connection, and tears it when there is another; `asked` counts all."""

    def __init__(self, asked):
        self.asked, self.first = asked, True

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if not data.startswith(b"POST"):
            return
        self.asked.append(data)
        if self.first:
            self.transport.write(ANSWER)
        else:
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self.transport.abort()
        self.first = False


async def asks_twice(rules):
    """Ask over a connection that is kept, and that is gone the second time; give how often one was asked."""
    asked = []
    server = await asyncio.get_running_loop().create_server(lambda: Hotline(asked), "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/voice"
        webhooks = Webhooks(url, "token", rules)
        try:
            for _ in range(2):
                assert (await webhooks.ask(f"{url}/answer", "POST", {"CallSid": "CA1"}))[0] == "<Response/>"
        finally:
            await webhooks.close()
            server.close()
    return len(asked)


def test_a_kept_connection_that_is_gone_when_it_is_needed_is_another_try():
    assert asyncio.run(asks_twice("rc=1&rp=ct")) == 3


def test_without_tries_it_fails_as_a_connection_does():
    with pytest.raises(Failed, match="no connection"):
        asyncio.run(asks_twice("rc=0"))

"""The carrier's end of the trunk: hands each call on to the telephone that has the number, there at its own port.

Nothing but datagrams on their way: the first of them pass here, and once both sides know each other no more do.
"""

import re
import socket
import threading
from contextlib import contextmanager, suppress

from tests.exchange.settings import CARRIER
from tests.exchange.telephone import Telephone

CALLED = re.compile(rb"[A-Z]+ sip:(?:([^@;>\s]+)@)?")
KEPT = re.compile(rb"(?im)^(?:via|from|to|call-id|cseq):.*\r\n")


class Trunk:
    """`called` is every number that was rung."""

    def __init__(self, exchange):
        self._exchange, self._ports, self.called = ("127.0.0.1", exchange.sip_port), {}, []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((CARRIER, exchange.trunk_port))
        self._thread = threading.Thread(target=self._carries, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    @contextmanager
    def telephone(self, number):
        """Give somebody a telephone that is rung when their number is called."""
        with Telephone(number=number) as one:
            self._ports[number] = one.port
            yield one

    def _carries(self):
        with suppress(OSError):
            while True:
                datagram, sender = self._socket.recvfrom(65535)
                if not datagram:
                    return
                self._hands_on(datagram, sender)

    def _hands_on(self, datagram, sender):
        if sender != self._exchange:
            self._socket.sendto(datagram, self._exchange)
            return
        number = (CALLED.match(datagram)[1] or b"").decode()
        if number in self._ports:
            self.called += [number] if datagram.startswith(b"INVITE") else []
            self._socket.sendto(datagram, (CARRIER, self._ports[number]))
        elif not datagram.startswith(b"ACK"):
            status = b"404 Not Found" if number else b"200 OK"
            head = b"".join(KEPT.findall(datagram))
            self._socket.sendto(b"SIP/2.0 %b\r\n%bContent-Length: 0\r\n\r\n" % (status, head), self._exchange)

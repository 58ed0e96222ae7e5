"""A whole place: the hotline served, its gateway, a real exchange, and telephones out in the carrier's net."""

from pathlib import Path

import requests

from tests.exchange.asterisk import Asterisk
from tests.exchange.ear import cached
from tests.exchange.telephone import Telephone
from tests.served import House, free_port


class Place:
    """`house` is served with `ivr serve`, gateway included; whoever dials 137 on a telephone reaches it."""

    def __init__(self, directory, *, sounds=None, changes=None, variables=None, rtp_ports=200, **settings):
        self.directory, self.gateway_port = Path(directory), free_port()
        self.exchange = Asterisk(sounds=sounds, changes=changes, variables=variables, rtp_ports=rtp_ports)
        self.house = House(
            directory,
            IVR_GATEWAY__ARI_URL=self.exchange.url,
            IVR_GATEWAY__ARI_USER=self.exchange.user,
            IVR_GATEWAY__ARI_PASSWORD=self.exchange.password,
            IVR_GATEWAY__PORT=str(self.gateway_port),
            IVR_GATEWAY__WEBRTC_URL=f"ws://127.0.0.1:{self.exchange.http_port}/ws",
            **settings,
        )
        self.telephones = []

    def __enter__(self):
        self.exchange.start()
        self.house.start()
        self.house.until(self.answers)
        return self

    def __exit__(self, *_):
        for telephone in self.telephones:
            telephone.close()
        self.house.stop()
        self.exchange.close()

    def answers(self):
        """Say whether the gateway hears its exchange."""
        try:
            return requests.get(f"http://127.0.0.1:{self.gateway_port}/healthz", timeout=1).ok
        except requests.RequestException:
            return False

    def lets_browsers_in(self):
        """Give the exchange what `ivr gateway operators` writes, as its engineer would."""
        written = self.exchange.home / "etc" / "pjsip_hotline_operators.conf"
        written.write_text(self.house.ivr("gateway", "operators"))
        self.exchange.cli("module reload res_pjsip.so")

    def telephone(self, number="09121370001", **settings):
        one = Telephone(number=number, **settings)
        self.telephones.append(one)
        return one

    @property
    def clips(self):
        """Give what the house has spoken so far, also what it was told to announce; samples by words."""
        var = Path(self.house.environment["IVR_DATA__DIR"]) / "var"
        return cached(var / "speech") | cached(var / "announcements")

    def dials(self, number="09121370001", **settings):
        telephone = self.telephone(number, **settings)
        telephone.dial(self.exchange.uri())
        return telephone

"""Two gateways on one exchange, each with a disk of its own: one takes over, and what either recorded is found."""

import os
import secrets
import signal
import subprocess
import sys

import pytest
import requests

from tests.exchange.ear import correlation
from tests.exchange.speaker import WORDS, speech
from tests.gateway.place import Place
from tests.gateway.test_killed import kill, ticket_of, to_the_recording
from tests.served import free_port

SAME = 0.8


class Second:
    """A gateway beside the house's own, as on another machine."""

    def __init__(self, place, directory, port, first_port):
        self.url = f"http://127.0.0.1:{port}"
        environment = {
            **place.house.environment,
            "IVR_DATA__DIR": str(directory),
            "IVR_SERVER__PUBLIC_URL": place.house.url,
            "IVR_GATEWAY__APP": "hotline-137-b",
            "IVR_GATEWAY__PORT": str(port),
            "IVR_GATEWAY__PEERS": f'["http://127.0.0.1:{first_port}"]',
        }
        self.process = subprocess.Popen([sys.executable, "-m", "ivr.cli", "gateway"], env=environment)
        place.house.until(self.hears)

    def hears(self):
        try:
            return requests.get(f"{self.url}/healthz", timeout=1).ok
        except requests.RequestException:
            return False

    def close(self):
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def two(tmp_path):
    port = free_port()
    settings = {
        "IVR_GATEWAY__AUTH_TOKEN": secrets.token_hex(16),
        "IVR_GATEWAY__PEERS": f'["http://127.0.0.1:{port}"]',
    }
    (tmp_path / "first").mkdir()
    place = Place(tmp_path / "first", variables={"HOTLINE_APP_2": "hotline-137-b"}, **settings)
    with place:
        second = Second(place, tmp_path / "second", port, place.gateway_port)
        try:
            yield place, second
        finally:
            second.close()


def test_the_second_takes_over_and_its_recordings_are_found_through_the_first(two):
    place, second = two
    words = speech(WORDS["complaint"])
    os.kill(place.house.process.pid, signal.SIGSTOP)  # nobody starts the first one again for now
    try:
        kill(place, "gateway")
        caller = to_the_recording(place, "09121390001")
        caller.speaks(words)
        caller.presses("#")
        caller.hears(3)
        assert requests.get(f"{second.url}/healthz", timeout=1).json()["calls"] == 1
        caller.hangs_up()
        place.house.until(lambda: place.house.export("tickets"))
        (pending,) = place.house.export("recordings")
        assert pending["state"] == "pending", "only the first gateway is known to the desk, and it is away"
    finally:
        os.kill(place.house.process.pid, signal.SIGCONT)
    ticket, kept = ticket_of(place, "09121390001")
    assert (ticket["category"], ticket["district"]) == ("road", "3")
    assert correlation(words, kept) > SAME


def test_a_stranger_is_told_nothing_by_either(two):
    place, second = two
    unknown = f"/2010-04-01/Accounts/GW137/Recordings/RE{'0' * 32}.wav"
    token = place.house.environment["IVR_GATEWAY__AUTH_TOKEN"]
    for url in (second.url, f"http://127.0.0.1:{place.gateway_port}"):
        assert requests.get(url + unknown, timeout=5).status_code == 401
        assert requests.get(url + unknown, auth=("GW137", "wrong"), timeout=5).status_code == 401
        assert requests.get(url + unknown, auth=("GW137", token), timeout=5).status_code == 404

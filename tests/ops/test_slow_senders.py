"""Half-open connections do not keep a telephone waiting, with the proxy of ops/nginx in front."""

import socket
import ssl
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests

from ivr.telephony.signature import sign
from tests.ops.front import Front, without_nginx
from tests.outside.carrier import Carrier
from tests.outside.conftest import ACCOUNT, TOKEN
from tests.served import House, free_port

HALF_OPEN, TURNS, LIMIT_SECONDS = 50, 120, 0.2
PUBLIC = "https://137.example.ir"
BEGUN = (
    b"POST /voice/answer HTTP/1.1\r\nHost: 137.example.ir\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 400\r\n\r\nCallSid="
)


@pytest.fixture
def front(tmp_path):
    """A house behind nginx, with so few threads that a slow sender would be felt."""
    carrier = Carrier(ACCOUNT, TOKEN)
    house = House(
        tmp_path, IVR_TWILIO__ACCOUNT_SID=ACCOUNT, IVR_TWILIO__AUTH_TOKEN=TOKEN, IVR_TWILIO__API_URL=carrier.url,
        IVR_SERVER__PUBLIC_URL=PUBLIC, IVR_SERVER__THREADS="8",
    )  # fmt: skip
    proxy = None
    try:
        house.start()
        proxy = Front(tmp_path, house.port, free_port())
        house.until(lambda: reached(proxy.url))
        yield proxy
    finally:
        if proxy is not None:
            proxy.stop()
        house.stop()
        carrier.close()


def reached(url):
    try:
        return requests.get(f"{url}/healthz", timeout=2, verify=False).ok
    except requests.RequestException:
        return False


def half_open(url):
    """Begin a webhook and never end it."""
    trusting = ssl._create_unverified_context()
    where = urlsplit(url)
    one = trusting.wrap_socket(socket.create_connection((where.hostname, where.port)))
    one.sendall(BEGUN)
    return one


def answered(session, url, n):
    """Ring once; say how long the answer took."""
    form = {
        "CallSid": f"CA{n:032x}",
        "AccountSid": ACCOUNT,
        "From": "+989121234567",
        "To": "137",
        "CallStatus": "ringing",
    }
    signature = sign(TOKEN, f"{PUBLIC}/voice/answer", form)
    began = time.perf_counter()
    answer = session.post(
        f"{url}/voice/answer",
        data=form,
        headers={"X-Twilio-Signature": signature, "Host": "137.example.ir"},
        verify=False,
    )
    assert answer.status_code == 200
    return time.perf_counter() - began


@without_nginx
@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_half_open_connections_keep_nobody_waiting(front, record_property):
    with ExitStack() as opened, requests.Session() as session:
        for _ in range(HALF_OPEN):
            opened.enter_context(half_open(front.url))
        times = sorted(answered(session, front.url, n) for n in range(TURNS))
    p99 = times[int(TURNS * 0.99) - 1]
    record_property("p99_seconds", p99)
    assert p99 < LIMIT_SECONDS


@without_nginx
@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_a_form_over_64_kib_never_reaches_the_house(front):
    answer = requests.post(f"{front.url}/voice/answer", data={"Body": "x" * 70_000}, timeout=10, verify=False)
    assert answer.status_code == 413
    assert "nginx" in answer.text
    assert requests.get(f"{front.url}/metrics", timeout=10, verify=False).status_code == 404

"""The address of a recording that a webhook names: its sid is read off it, and nobody is ever asked there."""

import socket

import pytest

from db.models import Recording
from ivr import jobs as work
from ivr.telephony.accounts import Account
from tests.conftest import ACCOUNT, TOKEN
from tests.worker import sound

SID = "RE" + "1" * 32
MEDIA = f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{SID}.wav"
SCHEMES = ("file:///etc/{sid}", "gopher://127.0.0.1/{sid}", "{sid}", "//127.0.0.1/{sid}", "http://a b/{sid}")
ADDRESSES = (
    "{trap}/{sid}",
    "{trap}/2010-04-01/Accounts/AC1/Recordings/{sid}.wav",
    "http://127.0.0.1:22/{sid}",
    "http://localhost/{sid}",
    "http://[::1]/{sid}",
    "http://2130706433/{sid}",
    "http://0x7f.1/{sid}",
    "http://169.254.169.254/latest/meta-data/{sid}",
    "http://10.0.0.1/{sid}",
    "http://user:password@evil.test/{sid}",
    "https://api.twilio.com@127.0.0.1/{sid}",
    "https://elsewhere.test/{sid}?x=1#y",
    "http://[::1/{sid}",
)


@pytest.fixture
def asked(monkeypatch):
    """Note every connection and every name that is looked up, from now on."""
    noted, connect, look_up = [], socket.socket.connect, socket.getaddrinfo

    def connects(self, address):
        noted.append(address)
        return connect(self, address)

    def looks_up(host, port, *args, **kwargs):
        noted.append((host, port))
        return look_up(host, port, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", connects)
    monkeypatch.setattr(socket, "getaddrinfo", looks_up)
    return noted


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_the_accounts_own_media_is_asked(line, desk, database, clock, elsewhere, monkeypatch, asked, address):
    """Check 23."""
    provider, trap = elsewhere(), elsewhere()
    provider.answers[MEDIA] = (200, {"Content-Type": "audio/x-wav"}, sound())
    desk.accounts[ACCOUNT] = Account(ACCOUNT, TOKEN, provider.url)
    monkeypatch.setattr(work, "_now", clock)
    call = line.dials().presses("4").presses("1")
    said = call.form(RecordingUrl=address.format(trap=trap.url, sid=SID), RecordingDuration="7", Digits="#")
    url = call.waits("Record").get("action")
    assert line.post(url, said).status_code == 200
    with database.reading() as session:
        voices = [(one.id, one.sid) for one in session.query(Recording)]
    assert voices == ([] if address.startswith("http://[::1/") else [(1, SID)])
    for voice, _ in voices:
        work.fetch_into(work.Office(desk, database, None), voice)
        with database.reading() as session:
            assert session.get(Recording, voice).state == "stored"
    assert trap.asked == []
    assert {place[1] for place in asked} <= {provider.server_port}, asked


@pytest.mark.parametrize("address", SCHEMES)
def test_what_is_no_address_of_the_web_is_no_form(line, asked, address):
    """Check 23."""
    call = line.dials().presses("4").presses("1")
    said = call.form(RecordingUrl=address.format(sid=SID), RecordingDuration="7")
    assert line.post(call.waits("Record").get("action"), said).status_code == 400
    assert line.rows("recordings") == []
    assert asked == []

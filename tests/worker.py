"""A worker in a test: it fetches from a server of the test, and calls through an exchange that keeps what was asked."""

import io
import wave

import pytest

from db.models import Recording
from ivr import jobs
from ivr.telephony.accounts import Account

RE1 = "RE" + "1" * 32


def sound(seconds=2, second=b"\1\2" * 8000):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(second * seconds)
    return out.getvalue()


class Exchange:
    """Somebody who places calls: keeps what was asked, and answers as told."""

    account_sid = "AC137"

    def __init__(self, answer="CA9"):
        self.asked, self.answer, self.list = [], answer, []

    def call(self, outgoing):
        self.asked.append(outgoing)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def placed(self, to):
        return [call for telephone, call in self.list if telephone == to]


def voice_path(desk, sid):
    """Say where a provider has a voice."""
    return f"/2010-04-01/Accounts/{desk.config.twilio.account_sid}/Recordings/{sid}.wav"


@pytest.fixture
def provider(elsewhere):
    return elsewhere()


@pytest.fixture
def office(desk, database, provider, clock, monkeypatch):
    """The office of a worker: fetches from a server of this test, and calls through an exchange."""
    monkeypatch.setattr(jobs, "_now", clock)
    sid = desk.config.twilio.account_sid
    desk.accounts[sid] = Account(sid, "token", provider.url)
    return jobs.Office(desk, database, Exchange())


def row(database, voice):
    with database.reading() as session:
        found = session.get(Recording, voice)
        session.expunge(found)
        return found

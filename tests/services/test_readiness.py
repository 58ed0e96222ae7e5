"""Whether a machine says that it cannot open recordings, or reach the store, in plain words."""

import socket

import pytest
from pydantic import SecretStr

from db.models import FileKey
from db.queries import sealed
from ivr.app import build
from ivr.config import Metrics
from ivr.services import keeping
from ivr.services.readiness import Parts
from ivr.vault import Key
from ivr.vault import keys as keyring
from ivr.web.shell import Shell
from tests.queues.conftest import broker  # noqa: F401  # a fixture
from tests.services.test_store import BUCKET, elsewhere_store, settings  # noqa: F401  # a fixture
from tests.web.test_metrics import TOKEN


@pytest.fixture
def config(config, broker, tmp_path):  # noqa: F811
    """A house in which everything is as it should be."""
    keyring.new(tmp_path / "keys")
    data = {"redis_url": SecretStr(broker.url), "keys_file": str(tmp_path / "keys"), "least_free_mb": 1}
    return config.model_copy(update={"data": config.data.model_copy(update=data)})


@pytest.fixture
def asked(desk, database, clock):
    """Ask a web process that has some settings: gives status and what it says."""

    def ask(config, path="/readyz"):
        desk.config = config.model_copy(update={"metrics": Metrics(token=SecretStr(TOKEN))})
        client = build(Shell(desk, database, clock)).test_client()
        answer = client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
        return answer.status_code, answer.json if path == "/readyz" else answer.text

    return ask


def keep(desk, database, place="2026/11/voice.wav"):
    with database.transaction() as session:
        keeping.put(session, desk, place, b"a voice")


def test_a_whole_house_is_ready(asked, config, desk, database):
    keep(desk, database)
    status, told = asked(config)
    assert (status, told["status"], told["wrong"], told["waiting"]) == (200, "ready", [], [])
    assert set(told["parts"].values()) == {"ok"}


@pytest.mark.parametrize("trouble", ["gone", "empty", "open to all", "inside"])
def test_a_keys_file_that_cannot_be_used_makes_it_not_ready(asked, config, desk, database, tmp_path, trouble):
    keep(desk, database)
    path = tmp_path / "keys"
    if trouble == "gone":
        path.unlink()
    elif trouble == "empty":
        path.write_text("")
    elif trouble == "open to all":
        path.chmod(0o644)
    else:
        inside = config.data.dir / "keys"
        keyring.new(inside)
        config = config.model_copy(update={"data": config.data.model_copy(update={"keys_file": str(inside)})})
    status, told = asked(config)
    assert status == 503
    (words,) = told["wrong"]
    assert words.startswith("the keys of recordings cannot be used: ")
    assert told["parts"]["keys"] == words


def test_another_houses_keys_make_it_not_ready(asked, config, desk, database, tmp_path):
    keep(desk, database)
    (tmp_path / "keys").unlink()
    keyring.new(tmp_path / "keys")
    status, told = asked(config)
    assert status == 503
    assert f"files are sealed under {desk.keys.newest.name.hex()}, which is not in it" in told["wrong"][0]


def test_all_master_keys_are_found_and_none_of_what_goes(database, desk, clock):
    some = [Key.fresh() for _ in range(3)]
    with database.transaction() as session:
        for n, master in enumerate(some * 2):
            row = FileKey(place=f"2026/11/{n}.wav")
            keeping.lock_away(master, row, Key.fresh())
            session.add(row)
        session.add(FileKey(place="going", master=sealed.GOING, due_at=clock()))
        keeping.reserve(session, "on-its-way", clock())
    with database.reading() as session:
        assert sealed.names_of_masters(session) == sorted(key.name.hex() for key in some)


def test_a_store_that_is_away_is_named_and_calls_go_on(asked, config, elsewhere_store, tmp_path):  # noqa: F811
    config = settings(config, elsewhere_store, tmp_path / "data")
    assert asked(config)[1]["parts"]["store"] == "ok", "nothing has been kept there yet"
    assert 'hotline_ready{part="store"} 1.0' in asked(config, "/metrics")[1]
    elsewhere_store.stop()
    status, told = asked(config)
    assert (status, told["status"], told["wrong"]) == (200, "ready", [])
    (words,) = told["waiting"]
    assert words.startswith("the store cannot be reached, and new voices wait: ")
    assert told["parts"]["store"] == words
    assert 'hotline_ready{part="store"} 0.0' in asked(config, "/metrics")[1]


def test_a_bucket_that_is_not_there_is_named(asked, config, elsewhere_store, tmp_path):  # noqa: F811
    elsewhere_store.files.rmdir(BUCKET)
    status, told = asked(settings(config, elsewhere_store, tmp_path / "data"))
    assert status == 200
    assert f"there is no bucket {BUCKET}" in told["waiting"][0]


class Silent:
    """An object store that takes up and says nothing."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"


def test_a_store_that_says_nothing_keeps_nobody_waiting(config, database, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        store = Silent(listening.getsockname()[1])
        parts = Parts(settings(config, store, tmp_path / "data"), database, patience=0.5)
        for _ in range(3):
            assert parts.look().store == "the store cannot be reached, and new voices wait: it does not answer"

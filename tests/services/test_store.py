"""Voices in a store that several machines share: a real server that speaks S3, on a port of its own."""

# ruff: noqa: F401, F811  # fixtures are imported, and then asked for by their names

import io
import os
from dataclasses import replace
from pathlib import Path

import pytest
import requests
import s3fs
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from db.models import FileKey, Recording
from ivr import jobs as work
from ivr.app import build
from ivr.config import Data
from ivr.services import backup, keeping, restore
from ivr.services.desk import Desk
from ivr.store import Away, Store
from ivr.telephony.accounts import accounts
from ivr.vault import keys as keyring
from ivr.vault.frames import FRAME
from ivr.web.labels import labels
from ivr.web.shell import Shell
from tests.restored import with_keys
from tests.served import free_port
from tests.web.staff import hires
from tests.worker import RE1, office, row, sound, voice_path

BUCKET = "voices-of-qom"
KEY, SECRET = "a-key", "a-secret-key"


class Elsewhere:
    """An object store that can be stopped and begin again; it keeps what it has as long as this process runs."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = None

    def start(self):
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self.server.start()
        self.files.makedirs(BUCKET, exist_ok=True)
        return self

    def stop(self):
        if self.server is not None:
            self.server.stop()
        self.server = None

    @property
    def files(self):
        return s3fs.S3FileSystem(key=KEY, secret=SECRET, endpoint_url=self.url, use_listings_cache=False)

    def lying(self):
        return {path.removeprefix(f"{BUCKET}/"): self.files.cat_file(path) for path in self.files.find(BUCKET)}


@pytest.fixture
def elsewhere_store():
    store = Elsewhere().start()
    requests.post(f"{store.url}/moto-api/reset", timeout=5)
    store.files.makedirs(BUCKET)
    yield store
    store.stop()


def settings(config, store, directory):
    data = config.data.model_dump() | {
        "dir": directory,
        "store_url": f"s3://{BUCKET}/qom",
        "store_endpoint": store.url,
        "store_key": SecretStr(KEY),
        "store_secret": SecretStr(SECRET),
    }
    return config.model_copy(update={"data": Data(**data)})


@pytest.fixture
def config(config, elsewhere_store, tmp_path):
    return settings(config, elsewhere_store, tmp_path / "data")


@pytest.fixture
def provider(elsewhere, desk):
    """A provider that has one voice."""
    one = elsewhere()
    one.answers[voice_path(desk, RE1)] = (200, {"Content-Type": "audio/wav"}, SOUND)
    return one


SOUND = sound(20, os.urandom(16000))


@pytest.fixture
def reported(line, office, database):
    """A voice that was reported and is still to be fetched; gives its row's id."""
    line.dials().presses("4").presses("1").speaks(RE1).presses("1")
    with database.reading() as session:
        return session.query(Recording).one().id


def on_disk(config):
    return [one for one in config.data.dir.rglob("*") if one.is_file() and one.suffix in {".wav", ".part"}]


def test_a_voice_goes_to_the_store_sealed_and_none_of_it_stays_here(office, reported, database, elsewhere_store):
    work.fetch_into(office, reported)
    kept = row(database, reported)
    assert kept.state == "stored"
    ((name, lying),) = elsewhere_store.lying().items()
    assert name == f"qom/{kept.path}"
    assert b"RIFF" not in lying
    assert on_disk(office.desk.config) == []


def test_another_machine_hears_it(app, office, reported, database, config, elsewhere_store, voice, tmp_path):
    work.fetch_into(office, reported)
    other = settings(config, elsewhere_store, tmp_path / "other")
    there = build(Shell(Desk(other, *voice, accounts(other)), database, app.extensions["ivr"].now))
    zahra = hires(there).logs_in()
    with zahra.client.get(zahra.address(reported)) as heard:
        assert heard.data == SOUND
    for first, last in ((0, 0), (FRAME - 2, FRAME + 2), (3 * FRAME, len(SOUND) - 1)):
        with zahra.client.get(zahra.address(reported), headers={"Range": f"bytes={first}-{last}"}) as part:
            assert (part.status_code, part.data) == (206, SOUND[first : last + 1])
    assert zahra.client.get(f"/recordings/{reported}/peaks").status_code == 200


def test_a_removed_voice_is_gone_from_the_store(office, reported, database, elsewhere_store, clock):
    work.fetch_into(office, reported)
    copy = elsewhere_store.lying()
    place = row(database, reported).path
    with database.transaction() as session:
        keeping.remove(session, place, clock())
    keeping.clear(database, office.desk, clock(), 10)
    assert elsewhere_store.lying() == {}
    elsewhere_store.files.pipe_file(f"{BUCKET}/qom/{place}", copy[f"qom/{place}"])
    with pytest.raises(keeping.Gone), database.reading() as session:
        keeping.opened(session, office.desk, place)


def test_while_the_store_is_away_voices_wait_and_pages_say_so(app, office, reported, database, elsewhere_store, clock):
    work.fetch_into(office, reported)
    zahra = hires(app).logs_in()
    elsewhere_store.stop()
    zahra.opens(zahra.address(reported))
    assert zahra.status == 503
    assert zahra.reads(labels()["page"]["503"])
    with database.transaction() as session:
        session.get(Recording, reported).state = "pending"
        session.get(Recording, reported).tries = 0
    work.fetch_into(office, reported)
    waiting = row(database, reported)
    assert waiting.state == "pending"
    assert waiting.last_error.startswith("Away")
    assert waiting.next_try_at > clock()
    elsewhere_store.start()
    clock.move(seconds=(waiting.next_try_at - clock()).total_seconds())
    work.fetch_into(office, reported)
    assert row(database, reported).state == "stored"
    with zahra.client.get(zahra.address(reported)) as heard:
        assert heard.data == SOUND


def test_a_removal_waits_for_the_store(office, reported, database, elsewhere_store, clock):
    work.fetch_into(office, reported)
    place = row(database, reported).path
    with database.transaction() as session:
        keeping.remove(session, place, clock())
    elsewhere_store.stop()
    assert keeping.clear(database, office.desk, clock(), 10) == 0
    with database.reading() as session:
        assert session.get(FileKey, place).wrapped == "", "it is shredded all the same"
    elsewhere_store.start()
    clock.move(minutes=1)
    assert keeping.clear(database, office.desk, clock(), 10) == 1
    with database.reading() as session:
        assert session.get(FileKey, place) is None


def test_what_lies_here_from_before_the_store_is_still_heard(office, reported, database, config):
    without = Desk(replace_store(config), office.desk.catalogue, office.desk.speech, office.desk.accounts)
    work.fetch_into(replace(office, desk=without), reported)
    assert len(on_disk(config)) == 1
    with database.reading() as session, keeping.opened(session, office.desk, row(database, reported).path) as file:
        assert file.read() == SOUND


def test_an_export_says_where_each_voice_lies(line, office, reported, database, config):
    work.fetch_into(office, reported)
    place = row(database, reported).path
    assert [one["path"] for one in line.rows("recordings")] == [f"s3://{BUCKET}/qom/{place}"]
    assert [one["path"] for ticket in line.rows("tickets") for one in ticket["recordings"]] == [
        f"s3://{BUCKET}/qom/{place}"
    ]


def test_an_export_names_this_machines_disk_for_what_came_before_the_store(line, office, reported, database, config):
    without = Desk(replace_store(config), office.desk.catalogue, office.desk.speech, office.desk.accounts)
    work.fetch_into(replace(office, desk=without), reported)
    (path,) = (one["path"] for one in line.rows("recordings"))
    assert path == str(config.recordings_dir / row(database, reported).path)
    assert Path(path).exists()


def replace_store(config):
    return config.model_copy(update={"data": config.data.model_copy(update={"store_url": ""})})


def test_a_backup_has_what_lies_in_the_store(office, reported, database, config, tmp_path, clock, elsewhere_store):
    work.fetch_into(office, reported)
    keyring.new(tmp_path / "keys")
    made = backup.make(with_keys(config, tmp_path / "keys"), tmp_path / "house.backup", clock())
    assert made.missing == []
    url = SecretStr(f"sqlite:///{tmp_path / 'restored' / 'var' / 'hotline.db'}")
    target = replace_store(settings(config, elsewhere_store, tmp_path / "restored"))
    target = target.model_copy(update={"data": target.data.model_copy(update={"database_url": url})})
    restore.restore(with_keys(target, tmp_path / "keys"), made.path)
    (only,) = on_disk(target)
    assert [only.read_bytes()] == list(elsewhere_store.lying().values())


def test_a_backup_without_the_store_is_none(office, reported, database, config, tmp_path, clock, elsewhere_store):
    work.fetch_into(office, reported)
    keyring.new(tmp_path / "keys")
    elsewhere_store.stop()
    with pytest.raises(backup.BackupError, match="Connect"):
        backup.make(with_keys(config, tmp_path / "keys"), tmp_path / "house.backup", clock())
    assert not (tmp_path / "house.backup").exists()


def test_a_bucket_that_is_not_there_is_a_store_that_is_away(elsewhere_store, tmp_path):
    told = {"key": KEY, "secret": SECRET, "endpoint_url": elsewhere_store.url}
    (tmp_path / "part").write_bytes(b"sealed")
    with pytest.raises(Away):
        Store("s3://nowhere", told).put(tmp_path / "part", "a")
    assert (tmp_path / "part").exists()


def test_the_two_kinds_of_store_are_used_alike(elsewhere_store, tmp_path):
    told = {"key": KEY, "secret": SECRET, "endpoint_url": elsewhere_store.url, "use_listings_cache": False}
    for store in (Store(f"s3://{BUCKET}/alike", told), Store(str(tmp_path / "alike"))):
        for name in ("b/one", "a/two"):
            (tmp_path / "part").write_bytes(name.encode() * 1000)
            store.put(tmp_path / "part", name)
            assert not (tmp_path / "part").exists()
        assert list(store.places()) == ["a/two", "b/one"]
        with io.BufferedReader(store.open("b/one")) as file:
            file.seek(-3, io.SEEK_END)
            assert file.read() == b"one"
        store.link("b/one", "b/three")
        with store.open("b/three") as file:
            assert file.read() == b"b/one" * 1000
        for _ in range(2):
            store.remove("b/one")
        assert list(store.places()) == ["a/two", "b/three"]
        for place in ("b/one", "../x", "/etc/passwd"):
            with pytest.raises(FileNotFoundError):
                store.open(place)

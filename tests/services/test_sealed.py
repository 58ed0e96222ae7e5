"""What is kept: sealed on the disk, read from any place, and nothing any more once its key is gone."""

import os

import pytest

from db.models import FileKey, Photo, Recording
from ivr.services import keeping, masters, sealing
from ivr.services.masters import NoKey
from ivr.vault import Key, Keys
from ivr.vault import keys as keyring
from tests.killed import dies_in, kill

PLACE = "2026/11/voice.wav"
SAID = b"RIFF" + os.urandom(200_000) + b"the hydrant in the lane leaks"


def keep(desk, database, place=PLACE, said=SAID):
    with database.transaction() as session:
        keeping.put(session, desk, place, said)


def heard(desk, database, place=PLACE):
    with database.reading() as session, keeping.opened(session, desk, place) as file:
        return file.read()


def remove(database, clock, place=PLACE):
    with database.transaction() as session:
        keeping.remove(session, place, clock())


def brings(desk):
    """Bring a sealed file to its place; give the part that it was."""
    with keeping.part(desk) as part:
        with part.writing() as file:
            file.write(SAID)
        desk.store.put(part.path, PLACE)
    return part


def lying(desk):
    return [one for one in desk.config.recordings_dir.rglob("*") if one.is_file()]


def test_what_is_kept_lies_sealed_and_is_read_from_any_place(desk, database):
    keep(desk, database)
    (only,) = lying(desk)
    assert only == desk.config.recordings_dir / PLACE
    assert only.stat().st_mode & 0o077 == 0
    assert b"RIFF" not in only.read_bytes()
    assert b"hydrant" not in only.read_bytes()
    with database.reading() as session, keeping.opened(session, desk, PLACE) as file:
        assert file.read() == SAID
        for start in (0, 65_535, 65_536, 131_073, len(SAID) - 3):
            file.seek(start)
            assert file.read(70_000) == SAID[start : start + 70_000]


def test_a_removed_file_is_nothing_at_once_and_gone_with_the_next_sweep(desk, database, clock):
    keep(desk, database)
    copy = (desk.config.recordings_dir / PLACE).read_bytes()
    remove(database, clock)
    with pytest.raises(keeping.Gone):
        heard(desk, database)
    keeping.clear(database, desk, clock(), 10)
    assert lying(desk) == []
    (desk.config.recordings_dir / PLACE).write_bytes(copy)
    with pytest.raises(keeping.Gone):
        heard(desk, database)
    for _ in range(2):
        remove(database, clock)
        keeping.clear(database, desk, clock(), 10)
    with database.reading() as session:
        assert session.query(FileKey).all() == []


def test_a_removal_that_is_rolled_back_took_nothing(desk, database, clock):
    keep(desk, database)
    with database.transaction() as session:
        keeping.remove(session, PLACE, clock())
        session.rollback()
    keeping.clear(database, desk, clock(), 10)
    assert heard(desk, database) == SAID


def test_a_file_whose_key_never_came_is_removed_after_a_while(desk, database, clock):
    with database.transaction() as session:
        keeping.reserve(session, PLACE, clock())
    part = brings(desk)
    keeping.clear(database, desk, clock(), 10)
    assert len(lying(desk)) == 1, "it may still be on its way"
    clock.move(seconds=keeping.PATIENCE.total_seconds())
    keeping.clear(database, desk, clock(), 10)
    assert lying(desk) == []
    with pytest.raises(keeping.Gone), database.transaction() as session:
        keeping.enter(session, desk, PLACE, part.key)


def test_a_key_that_comes_while_its_file_is_taken_away_is_refused(desk, database, clock, monkeypatch):
    """A fetch that was slower than its reservation: its voice stays to be fetched, and no row leads to nothing."""
    with database.transaction() as session:
        keeping.reserve(session, PLACE, clock())
    clock.move(seconds=keeping.PATIENCE.total_seconds())
    refused = []

    def meanwhile(store, place):
        with pytest.raises(keeping.Gone), database.transaction() as session:
            keeping.enter(session, desk, place, Key.fresh())
        refused.append(place)

    monkeypatch.setattr(type(desk.store), "remove", meanwhile)
    keeping.clear(database, desk, clock(), 10)
    assert refused == [PLACE]
    with database.reading() as session:
        assert session.query(FileKey).all() == []


def test_a_file_that_came_in_time_stays(desk, database, clock):
    with database.transaction() as session:
        keeping.reserve(session, PLACE, clock())
    part = brings(desk)
    with database.transaction() as session:
        keeping.enter(session, desk, PLACE, part.key)
    clock.move(days=1)
    keeping.clear(database, desk, clock(), 10)
    assert heard(desk, database) == SAID


def test_what_was_kept_before_files_were_sealed_is_read_and_removed(desk, database, clock):
    path = desk.config.recordings_dir / PLACE
    path.parent.mkdir(parents=True)
    path.write_bytes(SAID)
    assert heard(desk, database) == SAID
    remove(database, clock)
    keeping.clear(database, desk, clock(), 10)
    assert not path.exists()


@pytest.mark.parametrize("place", ["../var/hotline.db", "/etc/passwd", "2026/../../x", ""])
def test_no_place_leads_out_of_the_room(desk, database, place):
    desk.config.var_dir.mkdir(parents=True, exist_ok=True)
    (desk.config.var_dir / "hotline.db").touch()
    with pytest.raises(keeping.Gone):
        heard(desk, database, place)


def test_a_key_opens_its_own_file_and_no_other(desk, database):
    keep(desk, database)
    keep(desk, database, "2026/11/other.wav", b"another voice")
    folder = desk.config.recordings_dir / "2026/11"
    (folder / "voice.wav").write_bytes((folder / "other.wav").read_bytes())
    with pytest.raises(keeping.Unreadable):
        heard(desk, database)
    with database.transaction() as session:
        mine, others = (session.get(FileKey, f"2026/11/{name}.wav") for name in ("voice", "other"))
        mine.wrapped, mine.master = others.wrapped, others.master
    with pytest.raises(keeping.Unreadable):
        heard(desk, database)


@pytest.fixture
def own_keys(config, tmp_path):
    """Keep this house's keys in a file of its own."""
    data = config.data.model_copy(update={"keys_file": str(tmp_path / "own" / "keys")})
    object.__setattr__(config, "data", data)  # settings are frozen; this is its own installation
    return tmp_path / "own" / "keys"


def ready(config, database):
    with database.transaction() as session:
        masters.ready(session, config)


def test_the_first_start_makes_the_keys_file_and_no_later_one_does(config, database, own_keys):
    ready(config, database)
    assert own_keys.stat().st_mode & 0o777 == 0o600
    known = own_keys.read_text()
    ready(config, database)
    assert own_keys.read_text() == known
    own_keys.unlink()
    with pytest.raises(NoKey, match="is not there, and 1 files are sealed under the key"):
        ready(config, database)
    assert not own_keys.exists()


def test_keys_that_do_not_fit_lie_open_or_lie_beside_are_refused(config, desk, database, own_keys):
    ready(config, database)
    keep(desk, database)
    own_keys.unlink()
    keyring.new(own_keys)
    with pytest.raises(NoKey, match="is not the right keys file"):
        ready(config, database)
    own_keys.chmod(0o640)
    with pytest.raises(NoKey, match="can be read by others"):
        ready(config, database)
    inside = config.data.model_copy(update={"keys_file": str(config.data.dir / "keys")})
    object.__setattr__(config, "data", inside)
    with pytest.raises(NoKey, match="lies inside the data directory"):
        ready(config, database)


def test_a_master_key_is_changed_while_the_house_goes_on(config, desk, database, own_keys):
    ready(config, database)
    keep(desk, database)
    older = own_keys.read_text()
    newer = Key.fresh()
    own_keys.write_text(f"{older}{newer.secret.hex()}\n")
    busy = type(desk)(config, desk.catalogue, desk.speech, desk.accounts)
    assert heard(busy, database) == SAID
    desk.forget_keys()
    assert masters.rewrap(database, desk) == 2, "the voice, and the probe"
    assert masters.rewrap(database, desk) == 0
    own_keys.write_text(f"{newer.secret.hex()}\n")
    desk.forget_keys()
    assert heard(desk, database) == SAID
    vars(busy)["keys"] = Keys((Key(bytes.fromhex(older.strip())),))
    assert heard(busy, database) == SAID, "a process that knows the older key alone reads the file again"
    ready(config, database)


@pytest.fixture
def plain(line, desk, database):
    """A house from before files were sealed: two voices and a photo in plain, and a voice that is lost."""
    line.dials().presses("4").presses("1").speaks("RE" + "1" * 32).presses("1")
    folder = desk.config.recordings_dir / "2026/11"
    folder.mkdir(parents=True)
    for name in ("one.wav", "two.mp3", "three.jpg"):
        (folder / name).write_bytes(SAID + name.encode())
    with database.transaction() as session:
        first = session.query(Recording).one()
        now, sids = first.created_at, ["RE" + c * 32 for c in "23"]
        first.state, first.path = "stored", "2026/11/one.wav"
        for sid, path in zip(sids, ("2026/11/two.mp3", "2026/11/lost.wav"), strict=True):
            other = Recording(sid=sid, account_sid="AC", call_id=first.call_id, created_at=now, next_try_at=now)
            other.state, other.path = "stored", path
            session.add(other)
        session.add(Photo(ticket_id=first.ticket_id, path="2026/11/three.jpg", author="x", at=now, **PICTURE))
    return folder


PICTURE = {"width": 1, "height": 1, "sha256": "0" * 64}


def named(database):
    with database.reading() as session:
        return [one.path for model in (Recording, Photo) for one in session.query(model).order_by(model.id)]


def test_what_lies_in_plain_is_sealed_and_can_still_be_heard(plain, desk, database, clock):
    done = sealing.seal(database, desk, clock())
    assert (done.files, done.missing) == (3, ["2026/11/lost.wav"])
    kept = named(database)
    assert kept == [f"2026/11/{name}" for name in ("one.sealed.wav", "two.sealed.mp3", "lost.wav", "three.sealed.jpg")]
    for place, name in zip(kept, ("one.wav", "two.mp3", None, "three.jpg"), strict=True):
        assert name is None or heard(desk, database, place) == SAID + name.encode()
    assert not any(b"RIFF" in one.read_bytes() for one in lying(desk))
    assert len(lying(desk)) == 3
    assert sealing.seal(database, desk, clock()).files == 0


@pytest.mark.parametrize("when", ["store.put", "keeping.remove", "keeping.clear"])
def test_sealing_that_is_killed_loses_nothing_and_is_done_again(plain, desk, database, clock, monkeypatch, when):
    """Die without any tidying up, between any two steps."""
    room, _, step = when.partition(".")
    where = type(desk.store) if room == "store" else keeping
    doing = getattr(where, step)

    def die(*given):
        doing(*given) if step != "clear" else None
        kill()

    def seals():
        database.engine.dispose(close=False)
        sealing.seal(database, desk, clock())

    monkeypatch.setattr(where, step, die)
    assert dies_in(seals)
    monkeypatch.undo()
    sealing.seal(database, desk, clock())
    for place, name in zip(named(database), ("one.wav", "two.mp3", None, "three.jpg"), strict=True):
        assert name is None or heard(desk, database, place) == SAID + name.encode()
    assert not any(b"RIFF" in one.read_bytes() for one in lying(desk) if one.suffix != ".part")

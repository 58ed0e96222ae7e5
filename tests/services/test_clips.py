"""Announcements on machines of their own that share a store: recorded at one, heard from all."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from db.models import Announcement
from ivr import audio, speech
from ivr.app import build
from ivr.jobs import Office
from ivr.services import announcements, backup, clips, restore, users
from ivr.services.announcements import Wanted
from ivr.services.day import DayError
from ivr.services.desk import Desk
from ivr.services.mirror import Mirror
from ivr.telephony.accounts import accounts
from ivr.vault import keys as keyring
from ivr.web.shell import Shell
from tests.caller import Line
from tests.city import Citizen, City, Exchange, outgoing_sid
from tests.restored import with_keys
from tests.services.test_announcements import RECORDING, before_menu
from tests.services.test_store import elsewhere_store, replace_store, settings  # noqa: F401  # a fixture
from tests.web.test_console import stored

WORDS = "no water in the north"


class Machine:
    """A web process on a machine of its own: its directory, its line, and its hand at the store."""

    def __init__(self, config, voice, database, clock, *, silent=False):
        flows, spoken = voice
        config.var_dir.mkdir(parents=True)
        if not silent:
            (config.var_dir / "speech").symlink_to(spoken._cache._directory)
        self.config, self.database, self.clock = config, database, clock
        self.desk = Desk(config, flows, speech.build(config, flows.prompts, flows.terms), accounts(config))
        self.app = build(Shell(self.desk, database, clock))
        self.line = Line(self.app, self.desk)
        self.mirror = Mirror(database, self.desk)

    def looks(self):
        """Do one round of what its thread does for ever."""
        self.mirror.round(self.clock())

    def hears(self):
        return before_menu(self.line, self.desk).split()

    def fetches(self, digest):
        with self.app.test_client().get(f"/audio/{digest}.wav") as answer:
            return answer.status_code, answer.data if answer.status_code == 200 else b""

    def clips(self):
        return sorted(one.name for one in (self.config.var_dir / "announcements").glob("*.wav"))


@pytest.fixture
def machine(config, voice, database, clock, elsewhere_store, tmp_path):  # noqa: F811
    """Set up another machine of the house."""
    return lambda name, **more: Machine(
        settings(config, elsewhere_store, tmp_path / name), voice, database, clock, **more
    )


@pytest.fixture
def two(machine):
    return machine("a"), machine("b")


def wanted(now, title="title"):
    return Wanted(title, "menu", 1, now, now + timedelta(hours=2))


def announced(machine, words=WORDS, clip=None):
    """Put words on air at one machine; gives the announcement's number and its clip's hash."""
    clip = clip or announcements.spoken(machine.desk, words)
    now = machine.clock()
    with machine.database.transaction() as session:
        one = announcements.announce(session, machine.desk, now, "zahra", wanted(now), "typed", clip)
        return one.id, one.clip


def test_what_is_announced_at_one_machine_is_heard_from_the_other(two):
    first, second = two
    _, digest = announced(first)
    assert first.hears() == WORDS.split()
    assert second.hears() == [], "it has not looked yet, and a call does not wait"
    second.looks()
    assert second.hears() == WORDS.split()
    assert second.fetches(digest) == first.fetches(digest)
    assert second.app.test_client().get(f"/audio/{digest}.json").json["words"] == WORDS


def test_one_recorded_in_a_browser_is_heard_there_too(two):
    first, second = two
    said = first.desk.speech.clips("info_waste", {})[0].path.read_bytes()
    _, digest = announced(first, clip=announcements.recorded(first.desk, said, "closed today"))
    second.looks()
    assert second.hears() == ["closed", "today"]
    assert second.desk.speech.find(digest).seconds == first.desk.speech.find(digest).seconds


def test_a_telephone_that_asks_the_other_machine_first_gets_it_at_once(two):
    first, second = two
    _, digest = announced(first)
    assert second.fetches(digest) == (200, first.desk.speech.find(digest).path.read_bytes())
    assert second.hears() == WORDS.split()
    assert second.fetches("0" * 32) == (404, b"")


def test_while_the_store_is_away_calls_go_on_without_what_is_not_here(two, elsewhere_store, caplog):  # noqa: F811
    first, second = two
    _, digest = announced(first)
    elsewhere_store.stop()
    second.looks()
    second.looks()
    call = second.line.dials()
    assert call.verbs == ["Gather", "Redirect"]
    assert WORDS not in call.words
    assert "a call goes on without an announcement that is not here" in caplog.messages
    assert len([one for one in caplog.messages if one.startswith("announcements wait for the store")]) == 1
    assert second.fetches(digest) == (503, b"")
    assert first.hears() == WORDS.split(), "it has its copy"
    elsewhere_store.start()
    second.looks()
    assert second.hears() == WORDS.split()


def test_no_turn_asks_the_store(two, monkeypatch):
    first, second = two
    announced(first)
    monkeypatch.setattr(type(first.desk.store), "_files", property(lambda _: pytest.fail("a turn asked the store")))
    assert first.hears() == WORDS.split()
    assert second.hears() == []


def test_what_the_store_cannot_take_is_not_announced(two, elsewhere_store):  # noqa: F811
    elsewhere_store.stop()
    with pytest.raises(DayError, match="store_away"):
        announcements.spoken(two[0].desk, WORDS)


def test_one_taken_off_the_air_is_heard_nowhere(two):
    first, second = two
    number, digest = announced(first)
    second.looks()
    with first.database.transaction() as session:
        announcements.withdraw(session, first.clock(), "zahra", number)
    assert first.hears() == second.hears() == []
    assert second.fetches(digest)[0] == 200, "the page of what was announced still plays it"


def test_a_machine_fetches_only_what_will_be_heard(two, clock):
    first, second = two
    number, _ = announced(first, "a mistake")
    with first.database.transaction() as session:
        announcements.withdraw(session, clock(), "zahra", number)
    announced(first, "over soon")
    clock.move(hours=2)
    second.looks()
    assert second.clips() == []


def test_a_clip_that_was_altered_in_the_store_is_none(two, elsewhere_store, caplog):  # noqa: F811
    first, second = two
    _, digest = announced(first)
    (name,) = (one for one in elsewhere_store.lying() if one.endswith(f"{digest}.wav"))
    elsewhere_store.files.pipe_file(f"voices-of-qom/{name}", b"RIFF" + b"somebody else's words" * 10)
    second.looks()
    assert second.hears() == []
    assert second.clips() == []
    assert "a clip in the store is not what it was" in caplog.messages


def test_what_was_announced_before_there_was_a_store_comes_into_it(two):
    first, second = two
    announced(first, clip=first.desk.speech.say(WORDS))
    second.looks()
    assert second.hears() == []
    first.looks()
    second.looks()
    assert second.hears() == WORDS.split()


@pytest.fixture
def rung(two, database, clock):
    """A supervisor is rung by the first machine, to record an announcement; gives their telephone."""
    first, _ = two
    now = clock()
    with database.transaction() as session:
        user = users.add(session, "zahra", "supervisor", "a long password", now)
        one = announcements.announce(session, first.desk, now, "zahra", wanted(now), "telephone", None)
        announcements.ring(session, now, user, one)
    city = City(first.line, Office(first.desk, database, Exchange()), clock)
    (asked,) = city.sweep()
    return Citizen(first.line, asked, outgoing_sid(1)).picks_up().speaks(RECORDING)


def test_one_recorded_by_telephone_is_heard_back_and_kept_whichever_machine_is_asked(two, rung, database):
    first, second = two
    moment = first.desk.catalogue.prompts["announce_moment"]
    stored(first.line, RECORDING, first.desk.speech.clips("info_waste", {})[0].path.read_bytes())
    assert rung.presses("").words == moment, "the turn asks, and does not wait"
    assert first.desk.takes.next(0) == RECORDING
    first.mirror.answer(RECORDING)
    rung.presses("")
    heard_back = rung.document.find("Play[2]").text
    rung.line = second.line
    assert second.fetches(heard_back.rsplit("/", 1)[1].removesuffix(".wav"))[0] == 200
    (second.config.var_dir / "announcements" / second.clips()[0]).unlink()
    assert rung.presses("1").verbs == ["Play", "Hangup"]
    second.looks()
    assert heard_back in [play.text for play in second.line.dials().document.iter("Play")]
    with database.reading() as session:
        assert session.query(Announcement).one().seconds > 0


def test_a_supervisor_waits_while_the_store_is_away(two, rung, elsewhere_store):  # noqa: F811
    first, _ = two
    moment = first.desk.catalogue.prompts["announce_moment"]
    stored(first.line, RECORDING, first.desk.speech.clips("info_waste", {})[0].path.read_bytes())
    elsewhere_store.stop()
    for _ in range(2):
        assert rung.presses("").words == moment
        first.mirror.answer(first.desk.takes.next(0))
    elsewhere_store.start()
    assert rung.presses("").words == moment
    first.mirror.answer(first.desk.takes.next(0))
    assert first.desk.catalogue.prompts["announce_heard"] in rung.presses("").words


def test_a_voice_in_which_nothing_is_heard_is_no_announcement(two, rung):
    first, _ = two
    stored(first.line, RECORDING, audio.wav_bytes(audio.silence(2)))
    rung.presses("")
    first.mirror.answer(first.desk.takes.next(0))
    assert rung.presses("").words == first.desk.catalogue.prompts["announce_lost"]


def test_a_backup_has_them_and_a_restored_house_says_them(machine, elsewhere_store, tmp_path, voice, clock):  # noqa: F811
    first, second = machine("a"), machine("b")
    _, digest = announced(first)
    keyring.new(tmp_path / "keys")
    made = backup.make(with_keys(second.config, tmp_path / "keys"), tmp_path / "house.backup", clock())
    target = replace_store(settings(first.config, elsewhere_store, tmp_path / "restored"))
    url = f"sqlite:///{tmp_path / 'restored' / 'var' / 'hotline.db'}"
    target = target.model_copy(update={"data": target.data.model_copy(update={"database_url": SecretStr(url)})})
    restore.restore(with_keys(target, tmp_path / "keys"), made.path)
    flows, _ = voice
    again = speech.build(target, flows.prompts, flows.terms)
    assert again.find(digest).words == WORDS
    assert again.find(digest).path.read_bytes() == first.desk.speech.find(digest).path.read_bytes()
    assert not (target.recordings_dir / clips.FOLDER).exists()

"""A supervisor's own words: heard in their place, for their time, in their order; recorded by telephone, too."""

from datetime import timedelta

import pytest

from ivr import audio
from ivr.jobs import Office
from ivr.services import announcements, users
from ivr.services.announcements import Wanted
from ivr.services.callbacks import CallbackError
from ivr.services.day import DayError
from tests.city import Citizen, City, Exchange, outgoing_sid
from tests.web.test_console import stored

RECORDING = f"RE{7:032x}"


@pytest.fixture
def city(line, database, desk, clock):
    return City(line, Office(desk, database, Exchange()), clock)


@pytest.fixture
def announce(database, desk, clock):
    """Announce some words; gives the announcement's number."""

    def say(words, place="menu", rank=1, begins=0, ends=2, **kwargs):
        now = clock()
        wanted = Wanted(words, place, rank, now + timedelta(hours=begins), now + timedelta(hours=ends))
        clip = announcements.spoken(desk, words)
        with database.transaction() as session:
            return announcements.announce(session, desk, now, "zahra", wanted, "typed", clip).id

    return say


def before_menu(line, desk):
    """Give what is heard between greeting and menu."""
    words = line.dials().words
    return words.removeprefix(desk.catalogue.prompts["greeting"]).split(desk.catalogue.prompts["main_menu"][:20])[0]


def test_they_are_heard_in_their_order_and_for_their_time(line, announce, desk, clock):
    announce("the second", rank=2)
    announce("the first", rank=1)
    announce("tomorrow", begins=24, ends=48)
    assert before_menu(line, desk).split() == ["the", "first", "the", "second"]
    clock.move(hours=2)
    assert before_menu(line, desk).split() == []
    clock.move(hours=22)
    assert before_menu(line, desk).split() == ["tomorrow"]


def test_one_for_the_information_menu_is_heard_there(line, announce, desk):
    announce("the park is open", place="information")
    caller = line.dials()
    assert "the park is open" not in caller.words
    assert caller.presses("3").words.startswith("the park is open")


def test_one_taken_off_the_air_is_not_heard(line, announce, database, desk, clock):
    number = announce("a mistake")
    with database.transaction() as session:
        announcements.withdraw(session, clock(), "zahra", number)
    assert "a mistake" not in line.dials().words
    with database.transaction() as session, pytest.raises(DayError, match="announcement_over"):
        announcements.withdraw(session, clock(), "zahra", number)


def test_a_clip_that_is_lost_is_passed_over(line, announce, desk):
    announce("a clip that is lost")
    announcements.spoken(desk, "a clip that is lost").path.unlink()
    assert line.dials().verbs == ["Gather", "Redirect"]


@pytest.mark.parametrize("words", ["", "x" * 801])
def test_words_that_will_not_do(desk, words):
    with pytest.raises(DayError, match="words"):
        announcements.spoken(desk, words)


@pytest.mark.parametrize(("raw", "why"), [(b"no sound", "not_a_voice"), (b"", "not_a_voice")])
def test_a_file_that_is_no_voice(desk, raw, why):
    with pytest.raises(DayError, match=why):
        announcements.recorded(desk, raw, "title")


def test_silence_is_no_announcement_and_nor_is_a_speech(desk):
    with pytest.raises(DayError, match="silent_voice"):
        announcements.recorded(desk, audio.wav_bytes(audio.silence(2)), "title")
    said = audio.read(desk.speech.clips("info_about", {})[0].path)
    long = audio.Sound(said.samples.repeat(20), said.rate)
    with pytest.raises(DayError, match="long_voice"):
        announcements.recorded(desk, audio.wav_bytes(long), "title")


@pytest.fixture
def rung(city, database, desk, clock):
    """A supervisor asked to be rung; gives their telephone, picked up, and the announcement's number."""
    with database.transaction() as session:
        user = users.add(session, "zahra", "supervisor", "a long password", clock())
        now = clock()
        wanted = Wanted("by telephone", "menu", 1, now, now + timedelta(hours=5))
        one = announcements.announce(session, desk, now, "zahra", wanted, "telephone", None)
        announcements.ring(session, now, user, one)
        number = one.id
    (asked,) = city.sweep()
    assert (asked.to, asked.detect_machine) == ("client:zahra", False)
    return Citizen(city.line, asked, outgoing_sid(1)).picks_up(), number


def test_one_recorded_by_telephone_is_heard_back_and_kept(line, rung, desk):
    telephone, _ = rung
    assert telephone.words == " ".join(desk.catalogue.prompts["announce_ask"].split())
    telephone.speaks(RECORDING)
    moment = desk.catalogue.prompts["announce_moment"]
    assert telephone.words == moment
    assert telephone.presses("").words == moment
    said = desk.speech.clips("info_waste", {})[0].path.read_bytes()
    stored(line, RECORDING, said)
    telephone.presses("")
    assert desk.catalogue.prompts["announce_heard"] in telephone.words
    heard_back = telephone.document.find("Play[2]").text
    assert "announcement" not in line.dials().words
    assert telephone.presses("1").verbs == ["Play", "Hangup"]
    telephone.ends()
    assert heard_back in [play.text for play in line.dials().document.iter("Play")]
    assert [row["state"] for row in line.rows("callbacks")] == ["done"]


def test_a_supervisor_who_hangs_up_can_be_rung_again(city, rung, database, clock, desk):
    telephone, number = rung
    with database.transaction() as session:
        user = session.get(announcements.User, 1)
        one = session.get(announcements.Announcement, number)
        with pytest.raises(CallbackError, match="already_dialling"):
            announcements.ring(session, clock(), user, one)
    telephone.ends("no-answer")
    with database.transaction() as session:
        one = session.get(announcements.Announcement, number)
        announcements.ring(session, clock(), session.get(announcements.User, 1), one)
    assert len(city.sweep()) == 1
    assert city.line.dials().verbs == ["Gather", "Redirect"]


def test_a_voice_that_the_provider_lost_ends_the_call(line, rung, desk):
    telephone, _ = rung
    telephone.speaks(RECORDING)
    telephone.reports(RECORDING, "failed")
    assert telephone.presses("").words == desk.catalogue.prompts["announce_lost"]

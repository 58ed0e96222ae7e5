import hashlib
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from ivr import audio, persian
from ivr.speech import BadFact, BadPrompt, Speech, UnknownPrompt, VoiceError, segments

EXAMPLES = yaml.load(Path(__file__).with_name("persian.yaml").read_text("utf-8"), yaml.BaseLoader)
PROMPTS = {
    "greeting": "hello  and\nwelcome",
    "code": "your code: {code:code}. Again: {code:code}.",
    "place": "{ahead:number} before you, until {hour:hour}",
    "status": "report in {district:term.district} of {opened:date}",
    "number": "{callback:phone}",
    "digits": "{pin:digits}",
    "blank": "",
}
TERMS = {"district.3": "district three", "district.unknown": "some district", "status.new": "new"}
CODE = {"code": "1234567890"}


class Reader:
    """Speaks half a second of a tone for any words, and remembers them."""

    def __init__(self, name="reader 1"):
        self.name = name
        self.read = []

    def speak(self, words):
        self.read.append(words)
        pitch = 300 + int.from_bytes(hashlib.sha256(words.encode()).digest()[:2]) % 2000
        at = np.arange(11025) / 22050
        return audio.Sound(np.sin(2 * np.pi * pitch * at).astype(np.float32) / 4, 22050)


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def opened(tmp_path, reader):
    """Open the speech of one installation; again and again, as its processes do."""
    (tmp_path / "studio").mkdir()

    def opened(voice=reader, prompts=PROMPTS, level=-20.0):
        return Speech(prompts, TERMS, voice, tmp_path / "cache", tmp_path / "studio", level)

    return opened


@pytest.fixture
def record(tmp_path):
    def record(segment, seconds=1.0, rate=44100, **how):
        at = np.arange(int(seconds * rate)) / rate
        soundfile.write(tmp_path / "studio" / f"{segment}.wav", 0.01 * np.sin(2 * np.pi * 440 * at), rate, **how)

    return record


def words(clips):
    return [clip.words for clip in clips]


def said(*numbers):
    return [persian.number_words(number) for number in numbers]


def test_a_prompt_without_facts_is_one_clip(opened, reader):
    (clip,) = opened().clips("greeting", {})
    assert clip.words == "hello and welcome"
    assert reader.read == ["hello and welcome"]
    assert clip.seconds == pytest.approx(0.5, abs=0.05)


def test_a_clip_is_named_by_its_bytes_and_fit_for_the_telephone(opened):
    (clip,) = opened().clips("greeting", {})
    assert clip.hash == hashlib.sha256(clip.path.read_bytes()).hexdigest()[:32]
    with wave.open(str(clip.path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.getnframes() / 8000 == clip.seconds
    assert audio.speech_dbfs(audio.read(clip.path)) == pytest.approx(-20, abs=1.5)


def test_a_code_is_spoken_digit_by_digit_in_groups_of_three_three_four(opened):
    code = [*said(1, 2, 3), "", *said(4, 5, 6), "", *said(7, 8, 9, 0)]
    heard = opened().clips("code", CODE)
    assert words(heard) == ["your code:", *code, "Again:", *code]
    pause = heard[4]
    assert pause.seconds == segments.PAUSE_SECONDS
    assert not audio.read(pause.path).samples.any()


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("+989123456789", ["0912", "345", "67", "89"]),
        ("+982537137000", ["025", "3713", "7000"]),
        ("+4930123456", ["00", "493", "012", "345", "6"]),
    ],
)
def test_a_telephone_number_is_spoken_as_it_is_dialled(opened, number, groups):
    heard = words(opened().clips("number", {"callback": number}))
    silent = said(10)[0]
    expected = silent.join(groups)  # a word no digit has, to mark the pauses
    digits = "".join(silent if not word else str(said(*range(10)).index(word)) for word in heard)
    assert digits == expected


def test_numbers_and_hours_are_composed(opened):
    line = opened()
    heard = words(line.clips("place", {"ahead": "23", "hour": "18:30"}))
    assert heard == [EXAMPLES["numbers"]["23"], "before you, until", EXAMPLES["hour"]]
    heard = words(line.clips("place", {"ahead": "345", "hour": "8"}))
    assert heard == [*said(345), "before you, until", *said(8)]


def test_pin_digits_are_read_in_either_script(opened):
    heard = words(opened().clips("digits", {"pin": persian.persian_digits("907")}))
    assert heard == said(9, 0, 7)


@pytest.mark.parametrize("day", ["2026-11-04", "2026-11-03T20:30:00Z", "2026-11-04T20:29:00+00:00"])
def test_a_date_is_spoken_in_jalali_on_local_clocks(opened, day):
    heard = words(opened().clips("status", {"district": "3", "opened": day}))
    assert heard[:3] == ["report in", "district three", "of"]
    assert " ".join(heard[3:]) == EXAMPLES["date"]


def test_a_term_nobody_knows_is_spoken_as_unknown(opened):
    heard = words(opened().clips("status", {"district": "nine", "opened": "2026-11-04"}))
    assert heard[1] == "some district"


def test_a_term_without_even_an_unknown_has_no_words(opened):
    line = opened(prompts={"state": "it is {status:term.status}"})
    assert words(line.clips("state", {"status": "new"})) == ["it is", "new"]
    with pytest.raises(UnknownPrompt, match=r"status\.lost"):
        line.clips("state", {"status": "lost"})


@pytest.mark.parametrize("prompt", ["nobody_wrote_it", "blank"])
def test_a_prompt_without_words_is_unknown(opened, prompt):
    with pytest.raises(UnknownPrompt):
        opened().clips(prompt, {})


@pytest.mark.parametrize(
    ("prompt", "facts"),
    [
        ("code", {}),
        ("code", {"code": ""}),
        ("code", {"code": "12a4"}),
        ("number", {"callback": "anonymous"}),
        ("place", {"ahead": "many", "hour": "8"}),
        ("place", {"ahead": "1", "hour": "25"}),
        ("place", {"ahead": "1", "hour": "8:61"}),
        ("status", {"district": "3", "opened": "yesterday"}),
    ],
)
def test_a_fact_that_is_missing_or_no_such_thing_is_refused(opened, prompt, facts):
    with pytest.raises(BadFact):
        opened().clips(prompt, facts)


@pytest.mark.parametrize("text", ["{code}", "{code:song}", "{a:term}", "{a:number.b}", "open {", "{A:code}"])
def test_a_prompt_that_cannot_be_read_is_found_at_start(opened, text):
    with pytest.raises(BadPrompt, match="prompt greeting"):
        opened(prompts={"greeting": text})


def test_after_preparing_nothing_a_caller_usually_hears_is_made(opened, reader):
    line = opened()
    line.prepare()
    made = len(reader.read)
    line.clips("greeting", {})
    line.clips("code", CODE)
    line.clips("place", {"ahead": "120", "hour": "23"})
    line.clips("status", {"district": "3", "opened": "2026-11-04"})
    assert len(reader.read) == made
    assert len(set(reader.read)) == made


def test_the_second_start_takes_everything_from_the_cache(opened):
    first, second = Reader(), Reader()
    opened(first).prepare()
    line = opened(second)
    line.prepare()
    assert first.read
    assert second.read == []
    assert line.clips("code", CODE) == opened(first).clips("code", CODE)


@pytest.mark.parametrize("change", [{"voice": Reader("reader 2")}, {"level": -23.0}])
def test_another_voice_or_level_is_made_anew(opened, change):
    (before,) = opened().clips("greeting", {})
    (after,) = opened(**change).clips("greeting", {})
    assert after.path != before.path


def test_a_clip_that_another_process_made_is_found_by_its_hash(opened):
    here, there = opened(), opened()
    (clip,) = there.clips("greeting", {})
    assert here.find(clip.hash) == clip
    assert there.find(clip.hash) == clip


@pytest.mark.parametrize("name", ["", "0" * 32, "0" * 31, "../../etc/passwd", "*", "A" * 32])
def test_a_hash_nobody_made_finds_nothing(opened, name):
    line = opened()
    line.prepare()
    assert line.find(name) is None


def test_a_cache_wiped_or_torn_under_a_running_line_is_made_again(opened, tmp_path):
    line = opened()
    (before,) = line.clips("greeting", {})
    before.path.unlink()
    assert line.find(before.hash) is None
    assert line.clips("greeting", {}) == (before,)
    before.path.write_bytes(b"")
    assert opened().clips("greeting", {}) == (before,)
    assert before.path.stat().st_size > 44


def test_no_half_written_file_stays_behind(opened, tmp_path):
    opened().prepare()
    names = {path.suffix for path in (tmp_path / "cache").iterdir()}
    assert names == {".wav", ".txt"}


def test_many_threads_make_a_clip_once(opened, reader):
    line = opened()
    with ThreadPoolExecutor(8) as callers:
        heard = set(callers.map(lambda _: line.clips("code", CODE), range(32)))
    assert len(heard) == 1
    assert len(reader.read) == 12


def test_a_studio_recording_replaces_the_voice(opened, reader, record):
    record("greeting", seconds=1.5, subtype="PCM_24")
    record("digit.5", seconds=0.7, rate=8000)
    record("code.2", seconds=2)
    record("district.3", seconds=0.4)
    line = opened()
    (greeting,) = line.clips("greeting", {})
    code = {clip.words: clip.seconds for clip in line.clips("code", CODE)}
    assert greeting.seconds == pytest.approx(1.5, abs=0.15)
    assert audio.speech_dbfs(audio.read(greeting.path)) == pytest.approx(-20, abs=1.5)
    assert code[said(5)[0]] == pytest.approx(0.7, abs=0.1)
    assert code["Again:"] == pytest.approx(2, abs=0.1)
    assert "hello and welcome" not in reader.read
    assert line.clips("status", {"district": "3", "opened": "2026-11-04"})[1].seconds < 0.5


def test_a_recording_made_again_is_heard_at_the_next_start(opened, record):
    record("greeting", seconds=1)
    opened().prepare()
    record("greeting", seconds=2)
    (clip,) = opened().clips("greeting", {})
    assert clip.seconds == pytest.approx(2, abs=0.1)


def test_segments_tell_what_the_studio_has_recorded(opened, record):
    record("greeting")
    states = {state.id: state for state in opened().segments()}
    assert states["greeting"] == ("greeting", "hello and welcome", True)
    assert states["code.1"] == ("code.1", "your code:", False)
    assert {"code.2", "digit.5", "number.23", "day.13", "month.8", "year.1405", "district.3"} <= states.keys()
    assert "blank" not in states


def test_the_voice_is_told_that_nine_is_not_no(opened, reader):
    opened().clips("digits", {"pin": "9"})
    assert reader.read == list(map(persian.vowelled, said(9)))
    assert reader.read != said(9)


def test_a_voice_that_says_nothing_is_an_error(opened, reader):
    reader.speak = lambda words: audio.silence(1)
    with pytest.raises(VoiceError, match="greeting"):
        opened().clips("greeting", {})

"""Every branch of the menu, taken by telephones that know nothing but Twilio's contract, seen through `ivr export`."""

import io
import re
import wave
from datetime import datetime
from pathlib import Path

import pytest
import requests
import yaml

from tests.outside.provider import signature

PROMPTS = yaml.safe_load((Path(__file__).parents[2] / "callflows/prompts.fa.yaml").read_text(encoding="utf-8"))[
    "prompts"
]
INFORMATION = {"1": "info_districts", "2": "info_waste", "3": "info_emergency", "4": "info_about"}
KEYED = {"37123456": "+982537123456", "09121234567": "+989121234567", "02537123457": "+982537123457"}
SUBJECTS = {"1": "clean", "2": "green", "3": "road", "4": "drain", "5": "obstruct", "6": "traffic", "7": "other"}
VOICES = {"1": "voice.complaint", "2": "voice.criticism", "3": "voice.suggestion", "4": "thanks"}


def says(call, prompt):
    """Say whether the words of a prompt without slots were heard."""
    return letters(PROMPTS[prompt]) in letters(call.words)


def letters(text):
    return re.sub(r"\W+", " ", text).strip()


def pressing(call, keys):
    for key in keys:
        call.press(key)
    return call


def stored(town, call):
    """Wait until every voice of a call is here; give its ticket."""
    wanted = dict(call.voices)

    def here():
        rows = {row["sid"]: row for row in town.rows("recordings", call)}
        return all(rows.get(sid, {}).get("sha256") == digest for sid, digest in wanted.items())

    town.house.until(here, seconds=30)
    return town.ticket(call)


@pytest.mark.parametrize("key", SUBJECTS)
def test_each_subject_in_a_district_becomes_a_ticket_with_the_voice_as_it_was_sent(town, key):
    district = str(int(key) + 1)
    call = pressing(town.call(), ["1", key, district]).speak().press("1")
    assert says(call, "offer_callback")
    call.silence().hang_up()
    ticket = stored(town, call)
    assert (ticket["category"], ticket["district"], ticket["state"]) == (SUBJECTS[key], district, "new")
    assert ticket["caller"] == call.number
    assert datetime.fromisoformat(ticket["opened_at"]).tzinfo is not None
    (recording,) = ticket["recordings"]
    assert Path(recording["path"]).read_bytes() == town.media.voices[recording["sid"]]
    assert recording["state"] == "stored"
    assert round(recording["seconds"]) == 3


@pytest.mark.parametrize(("key", "district"), [("1", "1"), ("9", "unknown")])
def test_the_first_district_and_one_that_is_not_known(town, key, district):
    call = pressing(town.call(), ["1", "1", key]).speak().press("1").hang_up()
    assert town.ticket(call)["district"] == district


def test_the_code_is_spoken_as_it_is(town):
    call = pressing(town.call(), ["1", "1", "3"]).speak().press("1")
    code = town.ticket(call)["code"]
    assert re.fullmatch(r"\d{10}", code)
    words = letters(call.words)
    assert "\u06a9\u062f \u067e\u06cc\u06af\u06cc\u0631\u06cc" in words  # the words for "tracking code"
    assert len(call.played) > 20, "ten digits, twice, clip by clip"


def test_silence_keeps_and_recording_again_replaces(town):
    call = pressing(town.call(), ["1", "2", "3"]).speak().press("2").speak(seconds=2).silence().silence().hang_up()
    stored(town, call)
    ticket = town.ticket(call)
    assert [one["sid"] for one in ticket["recordings"]] == [call.voices[1][0]]
    assert len(town.rows("recordings", call)) == 2, "what was said first is kept, too"


@pytest.mark.parametrize("key", VOICES)
def test_each_kind_of_voice(town, key):
    call = pressing(town.call(), ["4", key]).speak().press("1").hang_up()
    ticket = town.ticket(call)
    assert (ticket["category"], ticket["district"]) == (VOICES[key], "unknown")
    assert town.rows("calls", call)[0]["disposition"] == "voice"


@pytest.mark.parametrize("key", INFORMATION)
def test_information_opens_no_ticket(town, key):
    call = pressing(town.call(), ["3", key])
    assert says(call, INFORMATION[key]), call.words
    call.silence().hang_up()
    assert town.rows("tickets", call) == []
    row = town.rows("calls", call)[0]
    assert row["disposition"] == "information"
    assert [step["keys"] for step in row["path"] if step["keys"]] == ["3", key]


def test_a_star_repeats(town):
    call = town.call()
    first = call.played[-1]
    call.press("*")
    assert first in call.played
    call.hang_up()
    assert town.rows("calls", call)[0]["disposition"] == "abandoned:main"


def reported(town):
    """Make a report in district 6; give the call and its code."""
    call = pressing(town.call(), ["1", "4", "6"]).speak().press("1").hang_up()
    return call, town.ticket(call)["code"]


def test_following_up_with_the_whole_code_adds_a_note(town):
    earlier, code = reported(town)
    call = town.call().press("2").press(f"{code}#")
    assert letters(PROMPTS["ticket_menu"]) in letters(call.words)
    assert earlier.number[-4:] not in call.words
    call.press("1").speak().hang_up()
    stored(town, earlier)
    ticket = town.ticket(earlier)
    assert [one["kind"] for one in ticket["recordings"]] == ["issue", "note"]
    assert town.rows("tickets", call) == []
    assert town.rows("calls", call)[0]["disposition"] == "follow_up"


def test_the_last_four_digits_are_enough_from_ones_own_telephone_only(town):
    earlier, code = reported(town)
    own = town.call(earlier.number).press("2").press(f"{code[-4:]}#")
    assert says(own, "ticket_menu")
    stranger = town.call().press("2").press(f"{code[-4:]}#")
    assert says(stranger, "code_unknown")
    wrong = town.call().press("2").press("1234567890#")
    assert letters(wrong.words) == letters(stranger.words), "a wrong code and somebody else's sound the same"
    for call in (own, stranger, wrong):
        call.hang_up()


def test_after_three_wrong_codes_a_callback_is_offered(town):
    call = town.call().press("2").press("1#").press("22#").press("333#")
    assert says(call, "code_exhausted")
    assert says(call, "offer_callback_instead")
    call.press("1").hang_up()
    (callback,) = [row for row in town.house.export("callbacks") if row["number"] == call.number]
    assert (callback["type"], callback["state"]) == ("intake", "queued")


def test_a_callback_about_a_ticket_knows_its_ticket(town):
    earlier, code = reported(town)
    town.call(earlier.number).press("2").press(f"{code}#").press("2").hang_up()
    (callback,) = [row for row in town.house.export("callbacks") if row["number"] == earlier.number]
    assert (callback["type"], callback["ticket_code"]) == ("clarify", code)
    assert callback["due_at"]


def test_zero_says_how_many_wait_and_asking_again_keeps_the_place(town):
    before = sum(row["state"] == "queued" for row in town.house.export("callbacks"))
    call = town.call().press("0")
    assert says(call, "callback_first") or before
    call.hang_up()
    again = town.call(call.number).press("0")
    assert says(again, "callback_already")
    again.hang_up()
    assert len([row for row in town.house.export("callbacks") if row["number"] == call.number]) == 1


@pytest.mark.parametrize("keys", KEYED)
@pytest.mark.parametrize("withheld", ["anonymous", "+266696687", "sip:someone@example.com"])
def test_a_number_that_cannot_be_rung_back_is_keyed_in_and_confirmed(town, keys, withheld):
    call = town.call(withheld).press("0")
    assert says(call, "ask_number")
    call.press("0912000000#")
    assert says(call, "number_invalid"), call.words
    call.press(f"{keys}#").press("2").press(f"{keys}#").press("1").hang_up()
    assert [row["type"] for row in town.house.export("callbacks") if row["number"] == KEYED[keys]] == ["intake"]
    assert town.rows("calls", call)[0]["caller"] is None or withheld == "+266696687"


@pytest.mark.parametrize("keys", ["", "9"])
def test_silence_and_wrong_keys_throw_nobody_out(town, keys):
    call = pressing(town.call(), [keys] * 3)
    assert says(call, "gave_up")
    call.speak().hang_up()
    ticket = town.ticket(call)
    assert (ticket["category"], ticket["district"]) == ("other", "unknown")


STEPS = {
    "at the menu": [],
    "at the subject": ["1"],
    "at the district": ["1", "3"],
    "at the recording": ["1", "3", "5"],
    "at the code": ["2"],
    "at the information": ["3"],
    "at the voices": ["4"],
}


@pytest.mark.parametrize("step", STEPS)
def test_hanging_up_without_a_word_leaves_a_call_and_no_ticket(town, step):
    call = pressing(town.call(), STEPS[step]).hang_up()
    assert town.rows("tickets", call) == []
    row = town.rows("calls", call)[0]
    assert row["disposition"].startswith("abandoned:")
    assert row["ended_at"]


def test_hanging_up_in_the_middle_of_speaking_keeps_what_was_said(town):
    call = pressing(town.call(), ["1", "3", "5"]).speak(hang_up=True).hang_up()
    ticket = stored(town, call)
    assert (ticket["category"], ticket["district"], len(ticket["recordings"])) == ("road", "5", 1)


def test_hanging_up_instead_of_keeping_keeps(town):
    call = pressing(town.call(), ["4", "2"]).speak().hang_up()
    assert stored(town, call)["category"] == "voice.criticism"


def test_saying_nothing_after_the_tone_still_opens_a_ticket(town):
    call = pressing(town.call(), ["1", "1", "3"]).silence().silence()
    assert says(call, "ticket_without_voice")
    call.hang_up()
    assert town.ticket(call)["recordings"] == []


def test_a_turn_and_its_news_that_come_many_times_are_taken_once(town):
    call = pressing(town.call(), ["1", "2", "8"]).speak()
    url = call.waits.get("action")
    answers = {call.send(url, Digits="1").content for _ in range(5)}
    assert len(answers) == 1
    for _ in range(10):
        call.report(f"{town.house.url}/voice/recording", call.voices[0][0], 3)
    for _ in range(3):
        call.hang_up()
    assert len(town.ticket(call)["recordings"]) == 1
    assert len(town.rows("calls", call)) == 1


def test_a_strangers_form_changes_nothing(town):
    before = {kind: len(town.house.export(kind)) for kind in ("calls", "tickets", "recordings")}
    url = f"{town.house.url}/voice/answer"
    form = {"AccountSid": "AC" + "7" * 32, "CallSid": "CA" + "f" * 32, "From": "+989121234567", "To": "137"}
    for headers in ({}, {"X-Twilio-Signature": signature(url + "?x=1", form)}):
        assert requests.post(url, data=form, headers=headers, timeout=10).status_code == 403
    assert before == {kind: len(town.house.export(kind)) for kind in before}


def test_what_is_played_is_telephone_audio_for_a_year(town):
    call = town.call()
    for url in call.played:
        answer = requests.get(url, timeout=10)
        assert "immutable" in answer.headers["Cache-Control"]
        with wave.open(io.BytesIO(answer.content)) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
            assert max(sound.readframes(sound.getnframes())) > 0
    call.hang_up()


def test_guessing_is_throttled_per_caller(town):
    number = town.new_number()
    heard = []
    for _ in range(4):
        call = town.call(number).press("2")
        for code in ("1#", "22#", "333#"):
            call.press(code)
            heard.append(says(call, "code_throttled"))
            if heard[-1]:
                break
        call.hang_up()
    assert heard.index(True) == 10
    _earlier, code = reported(town)
    call = town.call(number).press("2").press(f"{code}#")
    assert says(call, "code_throttled"), "and then not even a right one is looked up"
    call.hang_up()

"""Gateway, hotline and exchange killed in the middle of calls: what callers hear, and that every word is kept."""

import contextlib
import os
import signal
import sys
import time

import numpy as np
import pytest

from tests.exchange.ear import correlation, recognised
from tests.exchange.speaker import WORDS, speech
from tests.exchange.telephone import RATE, read_wav
from tests.gateway.place import Place
from tests.gateway.test_callbacks import takes_and_dials
from tests.outside.ear import Ear, letters
from tests.outside.operator import Operator

SAME, OTHER = 0.8, 0.4
AUDIBLE = 0.003
COMPLAINT, OTHER_WORDS = speech(WORDS["complaint"]), speech(WORDS["apology"])


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with Place(tmp_path_factory.mktemp("killed")) as one:
        sounds = one.exchange.home / "data/sounds/en/hotline-137"
        one.house.ivr("gateway", "sounds", str(sounds))
        yield one


def kill(place, words, signum=signal.SIGKILL):
    """Kill a part of the house, with what it started."""
    before = place.house.until(lambda: place.house.child(words))
    left = place.house.workers_of(before)
    os.kill(before, signum)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)
    return before


def back(place, words, before):
    place.house.until(lambda: place.house.child(words) not in {None, before} and place.answers())


def to_the_recording(place, number):
    """Dial 137, and press 1, 3, 3; give the telephone after the tone."""
    caller = place.dials(number)
    for _ in range(3):
        caller.hears(1.5)
        caller.presses("1" if caller.heard().size < 3 * RATE else "3")
    return after_the_tone(caller)


def after_the_tone(caller):
    """Wait for the prompt's end and the tone after it: sound, then a second and a half without."""
    caller.hears(3)
    while np.abs(caller.heard()[-3 * RATE // 2 :]).max() > AUDIBLE:
        caller.hears(0.1)
    return caller


def ticket_of(place, number, seconds=60):
    """Wait for a caller's one ticket, its voice at home; give the ticket and what is to be heard."""
    caller = f"+98{number[1:]}"

    def there():
        rows = [row for row in place.house.export("tickets") if row["caller"] == caller]
        voices = [voice for row in rows for voice in row["recordings"]]
        return rows if voices and all(voice["state"] == "stored" for voice in voices) else None

    (ticket,) = place.house.until(there, seconds=seconds)
    return ticket, np.concatenate([read_wav(place.house.voice(voice)) for voice in ticket["recordings"]])


def longest_silence(heard):
    """Measure the longest time without any sound, in seconds, leaving out the end."""
    loud = np.flatnonzero(np.abs(heard) > AUDIBLE)
    return float(np.diff(loud).max()) / RATE


def tell(words):
    """Say what was measured to whoever reads along (-rP)."""
    sys.stdout.write(f"{words}\n")


def said(place, telephone):
    return "".join(letters(one.clip) for one in recognised(telephone.heard(), place.clips))


def test_a_gateway_killed_in_a_menu_asks_again(place):
    caller = place.dials("09121380001")
    caller.hears(2)
    before = kill(place, "gateway")
    caller.hears(9)
    caller.presses("1")
    caller.hears(12)
    caller.hangs_up()
    gap = longest_silence(caller.heard())
    tell(f"silence after the gateway was killed in a menu: {gap:.1f} s")
    assert gap < 5
    back(place, "gateway", before)
    prompts = Ear().prompts
    assert letters(prompts["ask_subject"])[:40] in said(place, caller)
    (call,) = [row for row in place.house.export("calls") if row["caller"] == "+989121380001"]
    assert [turn["keys"] for turn in call["path"]] == ["", "1"]


def test_a_gateway_killed_in_a_voice_loses_no_word_of_it(place):
    caller = to_the_recording(place, "09121380002")
    caller.speaks(COMPLAINT, wait=False)
    caller.hears(3)
    before = kill(place, "gateway")
    caller.hears(len(COMPLAINT) / RATE - 2)
    back(place, "gateway", before)
    caller.presses("#")
    caller.hears(7)
    caller.hangs_up()
    _, kept = ticket_of(place, "09121380002")
    assert correlation(COMPLAINT, kept) > SAME
    assert correlation(OTHER_WORDS, kept) < OTHER
    assert abs(len(kept) - len(COMPLAINT)) < 2 * RATE
    assert letters(Ear().prompts["keep_or_again"])[:30] in said(place, caller)


def test_whoever_hangs_up_while_no_gateway_is_there_is_kept(place):
    caller = to_the_recording(place, "09121380003")
    caller.speaks(COMPLAINT, wait=False)
    caller.hears(4)
    before = kill(place, "gateway")
    caller.hangs_up()
    back(place, "gateway", before)
    ticket, kept = ticket_of(place, "09121380003")
    assert (ticket["category"], ticket["district"]) == ("road", "3")
    assert correlation(COMPLAINT[: 3 * RATE], kept) > SAME


def test_a_stuck_gateway_is_replaced_and_the_caller_goes_on(place):
    caller = place.dials("09121380004")
    caller.hears(2)
    before = kill(place, "gateway", signal.SIGSTOP)
    back(place, "gateway", before)
    caller.hears(3)
    caller.presses("4")
    caller.hears(5)
    caller.hangs_up()
    assert letters(Ear().prompts["ask_voice_kind"])[:30] in said(place, caller)


def test_a_hotline_killed_between_two_keys_is_waited_for(place):
    caller = place.dials("09121380005")
    caller.hears(2)
    before = kill(place, "web")
    caller.presses("1")
    place.house.until(lambda: place.house.child("web") not in {None, before} and place.house.healthy())
    caller.hears(14)
    caller.hangs_up()
    tell(f"silence while the hotline was away: {longest_silence(caller.heard()):.1f} s")
    (call,) = [row for row in place.house.export("calls") if row["caller"] == "+989121380005"]
    assert [turn["keys"] for turn in call["path"]] == ["", "1"]
    assert letters(Ear().prompts["ask_subject"])[:30] in said(place, caller)


def test_a_hotline_killed_while_somebody_speaks_gets_the_voice_later(place):
    caller = to_the_recording(place, "09121380006")
    caller.speaks(COMPLAINT, wait=False)
    caller.hears(3)
    kill(place, "web")
    caller.hangs_up()
    place.house.until(place.house.healthy)
    ticket, kept = ticket_of(place, "09121380006")
    assert (ticket["category"], ticket["district"]) == ("road", "3")
    assert correlation(COMPLAINT[: 2 * RATE], kept) > SAME


def test_an_exchange_killed_while_somebody_speaks_gives_the_voice_away_later(place):
    caller = to_the_recording(place, "09121380007")
    caller.speaks(COMPLAINT, wait=False)
    caller.hears(5)
    place.exchange.kill()
    caller.kill()
    place.exchange.start()
    place.house.until(place.answers)
    ticket, kept = ticket_of(place, "09121380007")
    assert (ticket["category"], ticket["district"]) == ("road", "3")
    assert correlation(COMPLAINT[: 4 * RATE], kept) > SAME
    (call,) = [row for row in place.house.export("calls") if row["caller"] == "+989121380007"]
    assert call["ended_at"]


def test_without_any_gateway_the_exchange_apologises_and_takes_a_message(place):
    """Nobody restarts it for a while: who is in a menu then, and who dials then."""
    in_a_menu = place.dials("09121380008")
    in_a_menu.hears(2)
    os.kill(place.house.process.pid, signal.SIGSTOP)
    try:
        kill(place, "gateway")
        killed = time.monotonic()
        dials_then = place.dials("09121380009")
        apology = read_wav(place.exchange.home / "data/sounds/en/hotline-137/apology.wav")
        dials_then.hears(len(apology) / RATE + 2)
        assert correlation(apology, dials_then.heard()) > SAME
        dials_then.speaks(OTHER_WORDS)
        dials_then.presses("#")
        while not correlation(apology, in_a_menu.heard()) > SAME:
            in_a_menu.hears(1)
            assert time.monotonic() - killed < 90
        after_the_tone(in_a_menu)
        tell(f"silence before the exchange took over: {longest_silence(in_a_menu.heard()):.1f} s")
        in_a_menu.speaks(COMPLAINT)
        in_a_menu.presses("#")
        for caller in (dials_then, in_a_menu):
            caller.wait_over(20)
    finally:
        os.kill(place.house.process.pid, signal.SIGCONT)
    place.house.until(place.answers)
    for number, words, others in (("09121380008", COMPLAINT, OTHER_WORDS), ("09121380009", OTHER_WORDS, COMPLAINT)):
        _, kept = ticket_of(place, number)
        assert correlation(words, kept) > SAME
        assert correlation(others, kept) < OTHER


def test_a_gateway_killed_in_a_talk_lets_both_talk_on(place):
    sara = Operator(place.house, "sara", "--telephone", "sip:201")
    operator = place.telephone("201", address="127.0.0.1")
    operator.register("201", place.exchange.operators["201"], f"127.0.0.1:{place.exchange.sip_port}")
    citizen = place.telephone("09121380010", port=place.exchange.trunk_port)
    place.exchange.reaches("trunk")
    takes_and_dials(place, sara, "09121380010")
    operator.wait_ringing(20)
    operator.answer()
    operator.hears(1)
    operator.presses("1")
    citizen.wait_ringing(20)
    citizen.answer()
    citizen.hears(1)
    before = kill(place, "gateway")
    citizen.speaks(COMPLAINT)
    back(place, "gateway", before)
    operator.speaks(OTHER_WORDS)
    citizen.hangs_up()
    operator.wait_over(15)
    assert correlation(COMPLAINT, operator.heard()) > SAME
    assert correlation(OTHER_WORDS, citizen.heard()) > SAME

    def talk():
        ours = [row["call_sid"] for row in place.house.export("calls") if row["direction"] == "outbound"]
        rows = [row for row in place.house.export("recordings") if row["call_sid"] in ours]
        return rows if rows and rows[0]["state"] == "stored" else None

    (row,) = place.house.until(talk)
    kept = read_wav(place.house.voice(row))
    assert correlation(COMPLAINT, kept) > SAME
    assert correlation(OTHER_WORDS, kept) > SAME
    place.house.until(lambda: sara.suggested() == "reached")

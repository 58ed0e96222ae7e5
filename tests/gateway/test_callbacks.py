"""The operator's SIP telephone and the citizen's are brought together, or it is said why not."""

import pytest

from tests.exchange.ear import correlation, recognised
from tests.exchange.speaker import WORDS, speech
from tests.exchange.telephone import read_wav
from tests.gateway.place import Place
from tests.outside.ear import Ear, letters
from tests.outside.operator import Operator

SAME, OTHER = 0.8, 0.4


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with Place(tmp_path_factory.mktemp("callbacks"), IVR_CALLBACKS__RING_SECONDS="6") as one:
        yield one


@pytest.fixture(scope="module")
def sara(place):
    """An operator whose telephone is an extension of the exchange."""
    return Operator(place.house, "sara", "--telephone", "sip:201")


@pytest.fixture(scope="module")
def desk_telephone(place):
    telephone = place.telephone("201", address="127.0.0.1")
    telephone.register("201", place.exchange.operators["201"], f"127.0.0.1:{place.exchange.sip_port}")
    return telephone


@pytest.fixture(scope="module")
def city(place):
    """Whoever is rung through the trunk."""
    telephone = place.telephone("09121370050", port=place.exchange.trunk_port)
    place.exchange.reaches("trunk")
    return telephone


def asks_for_a_call(place, number):
    """Dial 137, press 0, and hang up when the request is in the queue."""
    caller = place.dials(number)
    caller.hears(2)
    caller.presses("0")
    international = f"+98{number[1:]}"
    place.house.until(lambda: international in [row["number"] for row in place.house.export("callbacks")])
    caller.hangs_up()


def takes_and_dials(place, sara, number):
    asks_for_a_call(place, number)
    sara.post("/callbacks", "/callbacks/next")
    held = sara.holds()
    assert sara.post("/callbacks", f"/callbacks/{held}/dial").status_code == 200
    return held


def wraps_up(sara, held, disposition):
    sara.post("/callbacks", f"/callbacks/{held}/wrap-up", disposition=disposition, note="-")


def whispered(place, telephone, prompts):
    """Hold that a telephone has heard these prompts, word for word."""
    heard = recognised(telephone.heard(), place.clips)
    return Ear().understands("".join(letters(one.clip) for one in heard), prompts)


def test_both_talk_and_the_talk_is_kept(place, sara, desk_telephone, city):
    held = takes_and_dials(place, sara, "09121370050")
    assert desk_telephone.wait_ringing(20)
    desk_telephone.answer()
    desk_telephone.hears(11)
    whispered(place, desk_telephone, ["whisper", "whisper_connect"])
    desk_telephone.presses("1")
    assert "2537137000" in city.wait_ringing(20)
    city.answer()
    city.hears(0.5)
    mine, yours = speech(WORDS["apology"]), speech(WORDS["complaint"])
    desk_telephone.speaks(mine)
    city.speaks(yours)
    city.hears(0.5)
    city.hangs_up()
    desk_telephone.wait_over(10)
    for sent, got in ((mine, city.heard()), (yours, desk_telephone.heard())):
        assert correlation(sent, got) > SAME
    assert correlation(yours, city.heard()) < OTHER
    talk = place.house.until(lambda: [row for row in place.house.export("recordings") if row["state"] == "stored"])[-1]
    kept = read_wav(place.house.voice(talk))
    assert correlation(mine, kept) > SAME
    assert correlation(yours, kept) > SAME
    place.house.until(lambda: sara.suggested() == "reached")
    wraps_up(sara, held, "reached")


@pytest.mark.parametrize(
    ("code", "suggestion", "words", "number"),
    [
        (486, "busy", "whisper_busy", "09121370051"),
        (603, "busy", "whisper_busy", "09121370052"),
        (480, "no_answer", "whisper_no_answer", "09121370053"),
        (None, "no_answer", "whisper_no_answer", "09121370054"),
        (404, "unreachable", "whisper_failed", "09121370055"),
        (503, "unreachable", "whisper_failed", "09121370056"),
    ],
    ids=["busy", "rejected", "not there", "does not answer", "no such number", "no service"],
)
def test_who_is_not_reached_is_told_apart(place, sara, desk_telephone, city, code, suggestion, words, number):
    held = takes_and_dials(place, sara, number)
    desk_telephone.wait_ringing(20)
    desk_telephone.answer()
    desk_telephone.hears(1)
    desk_telephone.presses("1")
    city.wait_ringing(20)
    if code:
        city.answer(code)
    desk_telephone.wait_over(30)
    place.house.until(lambda: sara.suggested() == suggestion)
    heard = "".join(letters(one.clip) for one in recognised(desk_telephone.heard(), place.clips))
    assert heard.endswith(letters(Ear().prompts[words]))
    wraps_up(sara, held, suggestion)


def test_an_operator_who_does_not_answer_reaches_nobody(place, sara, desk_telephone, city):
    rung = len(city.events)
    held = takes_and_dials(place, sara, "09121370057")
    desk_telephone.wait_ringing(20)
    desk_telephone.answer(486)
    place.house.until(lambda: sara.post("/callbacks", f"/callbacks/{held}/dial").status_code == 200, seconds=30)
    desk_telephone.wait_ringing(20)
    desk_telephone.answer(480)
    assert not [event for event in city.events[rung:] if event["event"] == "ringing"]
    place.house.until(lambda: sara.holds() == held)

"""One turn at a time: what the engine hears, says, remembers and refuses."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import (
    Answered,
    Dial,
    Dialled,
    Did,
    Flow,
    FlowError,
    Gather,
    Hangup,
    HungUp,
    Pressed,
    Record,
    Recorded,
    Say,
    State,
    step,
)

FLOW = Flow.model_validate(
    {
        "id": "x",
        "start": "hello",
        "on_hangup": "kept",
        "otherwise": "end",
        "nodes": {
            "hello": {"type": "say", "set": {"greeted": "yes"}, "prompt": "hello", "next": "menu"},
            "menu": {
                "type": "menu",
                "prompt": "menu",
                "timeout": "7",
                "choices": {
                    "1": {"next": "digits", "prompt": "one"},
                    "2": {"next": "voice"},
                    "3": {"next": "find"},
                    "4": {"next": "bridge"},
                },
            },
            "digits": {
                "type": "digits", "prompt": "digits", "min_length": "2", "max_length": "4",
                "save": "keys", "next": "find",
            },
            "find": {"type": "do", "action": "find_ticket", "results": {"found": "found"}, "next": "menu"},
            "found": {"type": "say", "prompt": "found", "next": "end"},
            "voice": {"type": "record", "prompt": "voice", "save": "note", "max_seconds": "30", "next": "end"},
            "bridge": {
                "type": "transfer", "number": "to", "caller_id": "from", "record": "true", "next": "end",
                "results": {"busy": "menu"},
            },
            "kept": {"type": "branch", "on": "note", "cases": {"*": "keep"}, "otherwise": "silence"},
            "keep": {"type": "do", "action": "add_note", "next": "silence"},
            "silence": {"type": "hangup"},
            "end": {"type": "hangup", "prompt": "bye"},
        },
    }
)  # fmt: skip
START = {"to": "+982537123456"}
KNOWN = {**START, "greeted": "yes"}


def after(*events):
    state, turn = State(), None
    for event in (Answered(START), *events):
        turn = step(FLOW, state, event)
        state = State.load(json.loads(json.dumps(turn.state.dump())))
    return turn


def test_a_menu_waits_for_one_key_and_speaks_its_choices():
    question = Gather((Say("menu", KNOWN), Say("one", KNOWN)), 1, "", 7)
    assert after().verbs == (Say("hello", KNOWN), question)


def test_digits_are_ended_by_a_hash():
    asked = {**KNOWN}
    assert after(Pressed("1")).verbs == (Gather((Say("digits", asked),), None, "#", 5),)


@pytest.mark.parametrize("keys", ["1", "12345", "1#", "\u0661\u0662"])
def test_digits_of_a_wrong_length_or_kind_are_asked_again(keys):
    turn = after(Pressed("1"), Pressed(keys))
    assert (turn.verbs[0].prompt, turn.state.tries) == ("no_match", 1)


def test_a_star_among_digits_asks_again_and_counts_nothing():
    turn = after(Pressed("1"), Pressed("12*"), Pressed("*"))
    assert (turn.state.node, turn.state.tries) == ("digits", 0)


def test_the_desk_is_asked_and_its_result_chooses_the_way():
    asked = after(Pressed("1"), Pressed("123"))
    assert (asked.action, asked.verbs, asked.state.node) == ("find_ticket", (), "find")
    found = step(FLOW, asked.state, Did("found", {"code": "9"}))
    facts = {**KNOWN, "keys": "123", "code": "9"}
    assert found.verbs == (Say("found", facts), Say("bye", facts), Hangup())
    assert step(FLOW, asked.state, Did("no such result")).state.node == "menu"


def test_a_voice_is_learnt_with_its_length():
    assert after(Pressed("2")).verbs == (Record((Say("voice", KNOWN),), 30, 5),)
    assert after(Pressed("2"), Recorded("RE1", 4)).state.facts == {**KNOWN, "note": "RE1", "note_seconds": "4"}


@pytest.mark.parametrize("silence", [Pressed(""), Recorded("", 0)])
def test_an_empty_voice_is_asked_for_once_more(silence):
    assert after(Pressed("2"), silence).verbs[0].prompt == "nothing_recorded"
    assert after(Pressed("2"), silence, silence).verbs[-1] == Hangup()


def test_a_transfer_dials_and_what_comes_of_it_is_known():
    assert after(Pressed("4")).verbs == (Dial("+982537123456", None, None, True),)
    assert after(Pressed("4"), Dialled("busy")).state.node == "menu"
    assert after(Pressed("4"), Dialled("completed", 9)).state.facts["dial_seconds"] == "9"


def test_a_transfer_to_nobody_is_refused():
    turn = step(FLOW, State(), Answered())
    with pytest.raises(FlowError, match="nobody said which number"):
        step(FLOW, turn.state, Pressed("4"))


def test_a_hang_up_before_the_first_word_is_harmless():
    assert step(FLOW, State(), HungUp()).state.node == "silence"


@pytest.mark.parametrize(
    ("before", "event"),
    [
        ([], Answered()),
        ([], Recorded("RE1", 1)),
        ([], Did("found")),
        ([], Dialled("busy")),
        ([Pressed("3")], Pressed("1")),
        ([Pressed("2"), Recorded("RE1", 1)], Pressed("1")),
        ([HungUp()], Pressed("1")),
        ([HungUp()], Recorded("RE1", 1)),
        ([HungUp()], Answered()),
        ([Pressed("4"), HungUp()], Recorded("RE1", 1)),
    ],
)
def test_what_makes_no_sense_is_refused(before, event):
    state = after(*before).state
    with pytest.raises(FlowError, match="makes no sense"):
        step(FLOW, state, event)


EVENTS = st.one_of(
    st.text("0123456789*#", max_size=5).map(Pressed),
    st.builds(Recorded, st.sampled_from(["", "RE1", "RE2"]), st.integers(0, 120), st.booleans()),
    st.builds(Did, st.sampled_from(["found", "lost"])),
    st.builds(Dialled, st.sampled_from(["busy", "completed"])),
    st.just(HungUp()),
)


@given(st.lists(EVENTS, max_size=12))
def test_no_caller_is_ever_left_without_words(events):
    """Whatever comes, a turn waits for something, asks the desk, or hangs up; after a hang-up it says nothing."""
    state = step(FLOW, State(), Answered(START)).state
    for event in events:
        try:
            turn = step(FLOW, state, event)
        except FlowError:
            continue
        if turn.state.left_at or isinstance(event, HungUp):
            assert turn.verbs == ()
        else:
            assert turn.action or isinstance(turn.verbs[-1], Gather | Record | Dial | Hangup)
        state = turn.state

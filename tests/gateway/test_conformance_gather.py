"""<Gather>, row by row of Twilio's table, on a real call. https://www.twilio.com/docs/voice/twiml/gather"""

import time

import pytest

pytestmark = pytest.mark.side_by_side

LATE = 1.5  # seconds that a busy machine may add


@pytest.mark.parametrize(
    ("given", "asked"), [("menu", "menu"), ("/voice/sub/menu", "sub/menu"), ("menu?n=1", "menu"), (None, "answer")]
)
def test_action_is_asked_with_the_digits(stage, given, asked):
    action = "" if given is None else f'action="{given}"'

    def answers(form):
        return "<Hangup/>" if "Digits" in form.form else f'<Gather numDigits="2" {action}/>'

    with stage.call(answers, **{asked: answers}) as call:
        call.phone.presses("42")
        found = call.asked(asked, Digits="42")
        assert found.method == "POST"
        assert found.url == f"{stage.desk.url}/voice/{given.rpartition('voice/')[2] if given else 'answer'}"
        assert found["CallStatus"] == "in-progress"
        call.ends()


def test_an_absolute_action(stage):
    with stage.call(f'<Gather numDigits="1" action="{stage.desk.url}/voice/far"/>', far="<Hangup/>") as call:
        call.phone.presses("1")
        call.ends()
        assert call.times("far", Digits="1") == 1


def test_method_get_brings_the_digits_in_the_address(stage):
    with stage.call('<Gather numDigits="1" method="GET" action="menu?n=1"/>', menu="<Hangup/>") as call:
        call.phone.presses("7")
        found = call.asked("menu")
        assert (found.method, found["Digits"], found["n"]) == ("GET", "7", "1")
        assert found["CallSid"] == call.sid
        call.ends()


def test_timeout_without_a_key_goes_on(stage):
    with stage.call('<Gather timeout="2" action="menu"/><Redirect>later</Redirect>', later="<Hangup/>") as call:
        began = call.asked("answer").at
        assert 2 <= call.asked("later").at - began < 2 + LATE
        assert "Digits" not in call.asked("later").form
        assert call.times("menu") == 0
        call.ends()


def test_timeout_counts_from_the_end_of_what_is_nested(stage):
    with stage.call('<Gather timeout="1"><Play>/audio/thanks.wav</Play></Gather>') as call:
        began = call.asked("answer").at
        call.phone.wait_over()
        assert 2.6 <= time.monotonic() - began < 2.6 + LATE
        assert call.heard == ["thanks"]


def test_timeout_begins_anew_with_each_key(stage):
    with stage.call('<Gather timeout="2" action="menu"/>', menu="<Hangup/>") as call:
        began = call.asked("answer").at
        for key in "123":
            call.phone.presses(key)
            time.sleep(0.7)
        found = call.asked("menu")
        assert found["Digits"] == "123"
        assert found.at - began > 3.5
        call.ends()


@pytest.mark.parametrize(
    ("finish", "pressed", "digits"),
    [("", "12#", "12"), ('finishOnKey="*"', "1#2*", "1#2"), ('finishOnKey="5"', "125", "12")],
    ids=["default", "star", "five"],
)
def test_finish_on_key_ends_it_and_is_no_digit(stage, finish, pressed, digits):
    with stage.call(f'<Gather {finish} timeout="8" action="menu"/>', menu="<Hangup/>") as call:
        call.phone.presses(pressed)
        last = time.monotonic()
        found = call.asked("menu")
        assert found["Digits"] == digits
        assert found.at - last < LATE
        call.ends()


def test_finish_on_key_that_is_empty_makes_every_key_a_digit(stage):
    with stage.call('<Gather finishOnKey="" timeout="2" action="menu"/>', menu="<Hangup/>") as call:
        call.phone.presses("*1#")
        assert call.asked("menu")["Digits"] == "*1#"
        call.ends()


def test_finish_on_key_alone_is_no_answer(stage):
    with stage.call('<Gather timeout="8" action="menu"/><Redirect>later</Redirect>', later="<Hangup/>") as call:
        call.phone.presses("#")
        call.asked("later")
        assert call.times("menu") == 0
        call.ends()


def test_num_digits_ends_it_at_once(stage):
    with stage.call('<Gather numDigits="3" timeout="8" action="menu"/>', menu="<Hangup/>") as call:
        call.phone.presses("1234")
        assert call.asked("menu")["Digits"] == "123"
        call.ends()


def test_a_finishing_key_after_a_full_number_is_nobodys_next_answer(stage):
    second = '<Gather numDigits="1" timeout="3" action="last"/>'
    with stage.call('<Gather numDigits="2" action="menu"/>', menu=second, last="<Hangup/>") as call:
        call.phone.presses("12#7")
        assert call.asked("menu")["Digits"] == "12"
        assert call.asked("last")["Digits"] == "7"
        call.ends()


@pytest.mark.parametrize("wanted", [True, False])
def test_action_on_empty_result(stage, wanted):
    flag = str(wanted).lower()
    answer = f'<Gather timeout="1" action="menu" actionOnEmptyResult="{flag}"/><Redirect>later</Redirect>'
    with stage.call(answer, menu="<Hangup/>", later="<Hangup/>") as call:
        call.ends()
        assert (call.times("menu", Digits=""), call.times("later")) == ((1, 0) if wanted else (0, 1))


@pytest.mark.parametrize("nested", ["<Play>/audio/apology.wav</Play>", "<Say>one two three four five</Say>"])
def test_a_key_cuts_nested_sound_short(stage, nested):
    answer = f'<Gather numDigits="1" action="menu">{nested}<Play>/audio/thanks.wav</Play></Gather>'
    with stage.call(answer, menu="<Play>/audio/menu.wav</Play>") as call:
        call.phone.hears(0.8)
        call.phone.presses("9")
        assert call.asked("menu")["Digits"] == "9"
        call.ends()
        assert "thanks" not in call.heard
        assert call.heard[-1] == "menu"


def test_a_key_cuts_a_nested_pause_short(stage):
    with stage.call('<Gather numDigits="1" action="menu"><Pause length="9"/></Gather>', menu="<Hangup/>") as call:
        call.phone.presses("3")
        assert call.asked("menu").at - call.asked("answer").at < 4
        call.ends()


def test_nested_verbs_are_heard_in_their_order(stage):
    nested = "<Play>/audio/four.wav</Play><Pause/><Play loop='2'>/audio/five.wav</Play><Play>/audio/zero.wav</Play>"
    with stage.call(f'<Gather timeout="1">{nested}</Gather>') as call:
        call.ends()
        assert call.heard == ["four", "five", "five", "zero"]


def test_keys_before_it_are_nobodys_answer(stage):
    gather = '<Gather numDigits="1" timeout="3" action="menu"/>'
    with stage.call(f"<Play>/audio/menu.wav</Play>{gather}", menu="<Hangup/>") as call:
        call.phone.hears(0.3)
        call.phone.presses("5")
        call.hears("menu")
        time.sleep(0.8)
        call.phone.presses("6")
        assert call.asked("menu")["Digits"] == "6"
        call.ends()


def test_input_of_keys_and_speech_takes_keys(stage):
    with stage.call('<Gather input="dtmf speech" numDigits="1" action="menu"/>', menu="<Hangup/>") as call:
        call.phone.presses("0")
        assert call.asked("menu")["Digits"] == "0"
        call.ends()

"""What telephones are told: documents that parse, whatever is in them."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.verbs import Dial, Gather, Hangup, Record, Say
from ivr.telephony.twiml import Addresses, Limits, render

TO = Addresses("http://h.test/turn/2", "http://h.test/recording", "http://h.test/status?leg=citizen")
LIMITS = Limits(1800, 20, "+982537137000")


def play(say):
    return [f"http://h.test/audio/{say.prompt}.wav"]


def document(*verbs):
    return ET.fromstring(render(verbs, play, TO, LIMITS))


def test_a_question_waits_for_keys_and_reports_silence():
    root = document(Gather((Say("menu"),), timeout=5, length=1, finish=""))
    gather, redirect = root
    assert gather.attrib == {
        "input": "dtmf", "action": TO.turn, "method": "POST", "timeout": "5", "finishOnKey": "", "numDigits": "1",
        "actionOnEmptyResult": "true",
    }  # fmt: skip
    assert [play.text for play in gather] == ["http://h.test/audio/menu.wav"]
    assert (redirect.tag, redirect.text) == ("Redirect", TO.turn)


def test_a_key_cuts_short_what_is_interruptible_and_nothing_else():
    kept, brief = Say("code"), Say("greeting", interruptible=True)
    root = document(kept, brief, brief, Gather((Say("menu"),), timeout=5, length=1, finish=""))
    said, gather, _ = root
    assert (said.tag, said.text) == ("Play", "http://h.test/audio/code.wav")
    assert [play.text.rsplit("/", 1)[1] for play in gather] == ["greeting.wav", "greeting.wav", "menu.wav"]
    assert [verb.tag for verb in document(brief, Hangup())] == ["Play", "Hangup"]
    assert [verb.tag for verb in document(brief, kept, Hangup())] == ["Play", "Play", "Hangup"]


def test_a_recording_reports_to_its_turn_and_to_the_keeper_of_voices():
    said, record, redirect = document(Record((Say("ask"),), max_seconds=120, silence_seconds=5))
    assert (said.tag, redirect.text) == ("Play", TO.turn)
    assert record.attrib == {
        "action": TO.turn, "method": "POST", "timeout": "5", "maxLength": "120", "finishOnKey": "#", "playBeep": "true",
        "recordingStatusCallback": TO.recording, "recordingStatusCallbackMethod": "POST",
        "recordingStatusCallbackEvent": "completed absent",
    }  # fmt: skip


def test_a_bridge_shows_our_number_and_ends_in_time():
    dial = document(Dial("+989121234567", None, None, record=True))[0]
    assert (dial.get("callerId"), dial.get("timeLimit"), dial.get("timeout")) == ("+982537137000", "1800", "20")
    assert dial.get("record") == "record-from-answer"
    assert dial.find("Number").attrib["statusCallback"] == TO.leg


def test_an_unrecorded_bridge_says_nothing_of_recordings():
    dial = document(Dial("+989121234567", 25, "+982512345678", record=False))[0]
    assert "record" not in dial.attrib
    assert "recordingStatusCallback" not in dial.attrib
    assert dial.get("callerId") == "+982512345678"


@given(st.text(st.characters()))  # lone surrogates, too
def test_no_text_makes_a_document_that_a_telephone_cannot_read(text):
    verbs = [Say("x"), Dial(text or "1", 25, text, record=True), Hangup()]
    written = render(verbs, lambda say: [text], Addresses(text, text, text), LIMITS)
    root = ET.fromstring(written.encode("utf-8"))
    assert [verb.tag for verb in root] == ["Play", "Dial", "Hangup"]

"""What the operator's telephone is told when the desk rings it."""

import pytest

from db.queries import people
from ivr.services import callbacks, dialling, users
from tests.caller import Caller

OPERATOR = "CA" + "a" * 32


@pytest.fixture
def operator(database, clock):
    with database.transaction() as session:
        users.add(session, "sara", "operator", "a long password", clock())
    return "sara"


def dial(database, desk, clock, name):
    """Claim the next callback and dial it; give the attempt's id."""
    with database.transaction() as session:
        user = people.user_named(session, name)
        callback = callbacks.claim_next(session, desk, user, clock())
        attempt = callbacks.dial(session, desk, callback, user, clock()).id
    with database.transaction() as session:
        dialling.begin(session, desk, attempt)
    return attempt


def answered(line, attempt):
    """Let the operator's telephone answer."""
    telephone = Caller(line, "+982537137000", OPERATOR)
    return telephone.request(f"http://hotline.test/voice/answer?attempt={attempt}", CallStatus="in-progress")


@pytest.mark.parametrize(("wanted", "record"), [(True, "record-from-answer"), (False, None)])
def test_a_talk_is_recorded_only_if_the_settings_say_so(line, database, desk, clock, operator, wanted, record):
    limits = desk.config.callbacks.model_copy(update={"record": wanted})
    object.__setattr__(desk.config, "callbacks", limits)  # settings are frozen; this test has its own installation
    line.dials("+989121234567").presses("0")
    telephone = answered(line, dial(database, desk, clock, operator)).presses("1")
    dialled = telephone.waits("Dial")
    assert dialled.find("Number").text == "+989121234567"
    assert dialled.get("record") == record


def words(desk, *says):
    """Give all that these prompts say, in order."""
    clips = [clip for prompt, facts in says for clip in desk.speech.clips(prompt, facts)]
    return " ".join(clip.words for clip in clips if clip.words)


def test_a_callback_without_a_ticket_is_not_announced_as_one(line, database, desk, clock, operator):
    line.dials("+989121234567").presses("0")
    telephone = answered(line, dial(database, desk, clock, operator))
    assert telephone.words == words(desk, ("whisper", {"callback_type": "intake"}), ("whisper_connect", {}))


def test_a_callback_about_a_ticket_says_what_and_where(line, database, desk, clock, operator):
    line.dials("+989121234567").presses("1").presses("3").presses("3").speaks("RE" + "1" * 32).presses("1").presses("1")
    telephone = answered(line, dial(database, desk, clock, operator))
    facts = {"callback_type": "clarify", "ticket_category": "road", "ticket_district": "3"}
    assert telephone.words == words(desk, ("whisper_ticket", facts), ("whisper_connect", {}))

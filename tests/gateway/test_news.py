"""What a gateway must tell is told in order, until it is taken, once, and over any crash."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from ivr.gateway import news as telling
from ivr.gateway.ledger import Ledger, Leg, Voice
from ivr.gateway.news import Desk, Teller
from ivr.gateway.webhook import Failed, Patience, Webhooks, patience, sign

CALL, OTHER = "CA" + "1" * 32, "CA" + "2" * 32
URL = "http://h.test/voice/status"


class Ear:
    """A hotline that takes the news, or refuses them so many times."""

    def __init__(self, refusals=0, deaf_to=""):
        self.refusals, self.deaf_to, self.heard, self.tried = refusals, deaf_to, [], 0

    async def ask(self, url, method, form):
        self.tried += 1
        await asyncio.sleep(0)
        if form["CallSid"] == self.deaf_to or self.refusals > 0:
            self.refusals -= 1
            raise Failed(url, "is deaf")
        self.heard.append((form["CallSid"], form.get("CallStatus") or form["RecordingStatus"]))


@pytest.fixture
def ledger(tmp_path):
    one = Ledger(tmp_path / "ledger.db")
    yield one
    one.close()


@pytest.fixture(autouse=True)
def _no_gaps(monkeypatch):
    monkeypatch.setattr(telling, "GAPS_SECONDS", (0.001,))


def leg(sid=CALL, **given):
    wanted = {"status_url": URL, "status_events": ("answered", "completed", "initiated", "ringing"), **given}
    return Leg(sid, sid, "outbound-api", "137", "sip:201", **wanted)


def told(ledger, ear, *acts, seconds=5):
    """Have a teller do some acts, and wait until everything is told or the time is over; give what was heard."""

    async def tells():
        teller = Teller(ledger, ear, Desk("GW137", "http://gw.test"))
        for act in acts:
            act(teller)
        teller.resume()
        if teller._telling:
            await asyncio.wait(teller._telling.values(), timeout=seconds)
        await teller.close()

    asyncio.run(tells())
    return ear.heard


def whole_call(one):
    def act(teller):
        teller.announce(one)
        for status in ("ringing", "in-progress", "completed"):
            teller.stand(one, status)

    return act


STATUSES = ["initiated", "ringing", "in-progress", "completed"]


@pytest.mark.parametrize("refusals", [0, 1, 7])
def test_news_come_in_their_order_and_once(ledger, refusals):
    assert told(ledger, Ear(refusals), whole_call(leg())) == [(CALL, status) for status in STATUSES]


def test_one_calls_trouble_does_not_hold_up_another(ledger):
    ear = Ear(deaf_to=CALL)
    told(ledger, ear, whole_call(leg()), whole_call(leg(OTHER)), seconds=0.3)
    assert ear.heard == [(OTHER, status) for status in STATUSES]
    assert ledger.calls_with_news() == [CALL]
    assert told(ledger, Ear()) == [(CALL, status) for status in STATUSES]


def test_a_status_never_falls_back_and_is_told_once(ledger):
    one = leg()

    def act(teller):
        for status in ("ringing", "ringing", "busy", "completed", "in-progress"):
            teller.stand(one, status)

    assert told(ledger, Ear(), act) == [(CALL, "ringing"), (CALL, "busy")]
    assert (ledger.leg(CALL).status, ledger.leg(CALL).sequence) == ("busy", 2)
    assert ledger.live_legs() == []


def test_only_what_was_asked_for_is_told(ledger):
    assert told(ledger, Ear(), whole_call(leg(status_events=("completed",)))) == [(CALL, "completed")]
    assert told(ledger, Ear(), whole_call(leg(OTHER, status_url=""))) == []


def test_a_voice_is_told_of_as_its_report_wishes(ledger):
    voice = Voice("RE1", CALL, "RE1", "RecordVerb", report={"url": URL, "method": "POST", "events": ["absent"]})

    def act(teller):
        for status in ("in-progress", "absent"):
            voice.status = status
            teller.voice(voice)

    assert told(ledger, Ear(), act) == [(CALL, "absent")]
    assert ledger.voice("RE1").status == "absent"


def test_what_nobody_takes_for_a_week_is_given_up(ledger, monkeypatch):
    monkeypatch.setattr(telling, "GIVEN_UP_AFTER_SECONDS", -1)
    assert told(ledger, Ear(refusals=4), whole_call(leg())) == []
    assert ledger.calls_with_news() == []


def writes(ledger, trouble):
    with ledger.together():
        ledger.keep_voice(Voice("RE1", CALL, "RE1", "RecordVerb"))
        with ledger.together():
            ledger.tell(CALL, URL, "POST", {"a": "1"})
        if trouble:
            raise trouble


def test_together_is_all_or_nothing(ledger):
    with pytest.raises(InterruptedError):
        writes(ledger, InterruptedError())
    assert (ledger.voice("RE1"), ledger.calls_with_news()) == (None, [])
    writes(ledger, None)
    assert (ledger.voice("RE1").status, ledger.next_news(CALL).form) == ("in-progress", {"a": "1"})


def test_a_leg_is_read_as_it_was_written(ledger):
    one = leg(talk={"child": OTHER, "bridge": "b", "recording": "", "action": "", "method": "POST"}, answered=1.5)
    ledger.keep_leg(one)
    assert ledger.leg(CALL) == one
    assert ledger.live_legs() == [one]
    one.status = "completed"
    ledger.keep_leg(one)
    assert (ledger.forget(one.created - 1), ledger.forget(one.created + 1), ledger.leg(CALL)) == (0, 1, None)


CRASH = """
import os, signal, sys
from pathlib import Path
from ivr.gateway.ledger import Ledger, Leg, Voice
ledger = Ledger(Path(sys.argv[1]))
ledger.keep_leg(Leg("CA1", "CA1", "inbound", "", ""))
ledger.tell("CA1", "http://h.test/", "POST", {"n": "1"})
with ledger.together():
    ledger.keep_voice(Voice("RE1", "CA1", "RE1", "RecordVerb"))
    ledger.tell("CA1", "http://h.test/", "POST", {"n": "2"})
    if sys.argv[2] == "inside":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("where", ["inside", "after"])
def test_a_crash_leaves_all_that_was_written_and_no_half(tmp_path, where):
    path = tmp_path / "ledger.db"
    done = subprocess.run([sys.executable, "-c", CRASH, path, where], check=False, env={**os.environ})
    assert done.returncode == -signal.SIGKILL
    ledger = Ledger(path)
    assert [one.sid for one in ledger.live_legs()] == ["CA1"]
    assert ledger.next_news("CA1").form == {"n": "1"}
    ledger.told(ledger.next_news("CA1").id)
    if where == "inside":
        assert (ledger.voice("RE1"), ledger.next_news("CA1")) == (None, None)
    else:
        assert [one.sid for one in ledger.open_voices()] == ["RE1"]
        assert ledger.next_news("CA1").form == {"n": "2"}
    ledger.close()


@pytest.mark.parametrize(
    ("rules", "read"),
    [
        ("", Patience()),
        ("rc=3", Patience(4)),
        ("rc=5&rp=ct,5xx&tt=20000", Patience(6, frozenset({"ct", "5xx"}), whole=20)),
        ("rp=all", Patience(on=frozenset({"ct", "rt", "4xx", "5xx"}))),
        ("ct=200&rt=1500&tt=2500", Patience(connect=0.2, read=1.5, whole=2.5)),
        ("e=ashburn&rc=1", Patience(2)),
    ],
)
def test_connection_rules_are_read(rules, read):
    assert patience(rules) == read


@pytest.mark.parametrize("rules", ["rc=many", "rc", "x=1", "rc=1&&rt=2", "tt=1.5", "&"])
def test_rules_that_make_no_sense_are_refused(rules):
    with pytest.raises(ValueError, match=r"."):
        patience(rules)


def test_a_form_is_signed_as_twilio_documents():
    """The example of https://www.twilio.com/docs/usage/security#validating-requests."""
    form = {
        "CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309",
        "To": "+18005551212",
    }  # fmt: skip
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://h.test/voice/answer", True), ("http://h.test/", True), ("http://h.test", False), ("", False),
        ("http://h.test.evil/voice", False), ("https://h.test/voice", False), ("http://h.test/../x", False),
        ("http://h.test/a b", False), ("http://h.test@evil/voice", False), ("http://evil/?http://h.test/", False),
    ],
)  # fmt: skip
def test_nobody_but_the_hotline_is_asked(url, ours):
    assert Webhooks("http://h.test", "token", "").ours(url) == ours
    assert Webhooks("http://elsewhere.test", "token", "", "http://h.test/").ours(url) == ours

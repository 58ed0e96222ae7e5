"""Somebody on a telephone of the carrier's, who knows of the hotline only what TwiML says."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import requests

from tests.outside.carrier import Carrier
from tests.outside.ear import Ear

PORTABLE = {"Play", "Gather", "Record", "Redirect", "Dial", "Hangup"}


def signature(token, url, form):
    """Sign as the carrier documents: HMAC-SHA1 over the address and the sorted form."""
    words = url + "".join(key + form[key] for key in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), words.encode(), hashlib.sha1).digest()).decode()


@dataclass
class Exchange:
    """The carrier's switch: posts signed forms to the number's webhooks."""

    carrier: Carrier
    hotline: str
    media: str  # what RecordingUrl says; the hotline has no business there
    ear: Ear = field(default_factory=Ear)

    def post(self, url, form, signed=None):
        headers = {"X-Twilio-Signature": signature(self.carrier.token, url, form) if signed is None else signed}
        return requests.post(url, data=form, headers=headers, timeout=15)

    def dials(self, number):
        caller = Caller(self, number, self.carrier.sid("CA"))
        caller.follows(f"{self.hotline}/voice/answer", CallStatus="in-progress")
        return caller


@dataclass
class Caller:
    """One call. `heard` is what was played since the last key; `waiting` the verb that waits, None after the end."""

    exchange: Exchange
    number: str
    sid: str
    url: str = ""
    waiting: ET.Element | None = None
    heard: str = ""
    keyed: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    told: list = field(default_factory=list)
    _rest: list = field(default_factory=list)

    def form(self, **extra):
        account = self.exchange.carrier.account
        return {"CallSid": self.sid, "AccountSid": account, "From": self.number, "To": "137", **extra}

    def follows(self, url, **extra):
        """Ask for the next document, and do as it says until it waits or ends."""
        self.asked.append((url, self.form(**extra)))
        self.keyed.append(extra.get("Digits", ""))
        reply = self.exchange.post(url, self.form(**extra))
        assert reply.status_code == 200, reply.text
        assert reply.headers["Content-Type"].startswith("text/xml")
        document = ET.fromstring(reply.content)
        assert document.tag == "Response"
        assert {verb.tag for verb in document.iter()} <= PORTABLE | {"Response", "Number"}
        self.url, self._rest = url, list(document)
        return self._goes_on()

    def _goes_on(self):
        self.waiting = None
        while self._rest and self.waiting is None:
            verb = self._rest.pop(0)
            match verb.tag:
                case "Play":
                    self._listens(verb)
                case "Gather":
                    for play in verb:
                        self._listens(play)
                    self.waiting = verb
                case "Record" | "Dial":
                    self.waiting = verb
                case "Redirect":
                    return self.follows(urljoin(self.url, verb.text))
                case "Hangup":
                    self._rest = []
        if self.waiting is None:
            self._ends()
        return self

    def _listens(self, play):
        self.heard += self.exchange.ear.hears(urljoin(self.url, play.text))

    def _action(self):
        assert self.waiting.get("method", "POST") == "POST"
        return urljoin(self.url, self.waiting.get("action", self.url))

    def _waits_for(self, *verbs):
        assert self.waiting is not None, "the call is over"
        assert self.waiting.tag in verbs
        self.heard = ""

    def presses(self, keys):
        self._waits_for("Gather")
        finish, length = self.waiting.get("finishOnKey", "#"), int(self.waiting.get("numDigits", 99))
        digits = (keys.split(finish)[0] if finish else keys)[:length]
        return self.follows(self._action(), Digits=digits) if digits else self._keeps_silent()

    def is_silent(self):
        """Say and press nothing: an empty Gather goes on, or to its action if it asks for that; so does Record."""
        self._waits_for("Gather", "Record")
        if self.waiting.tag == "Record":
            self.tells_of(self.exchange.carrier.sid("RE"), 0, "absent")
            return self._goes_on()
        return self._keeps_silent()

    def _keeps_silent(self):
        if self.waiting.get("actionOnEmptyResult") == "true":
            return self.follows(self._action(), Digits="")
        return self._goes_on()

    def speaks(self, seconds, key="#", reported=True):
        """Speak after the tone until a key, or until the line is dropped; give the recording's sid."""
        self._waits_for("Record")
        assert seconds <= int(self.waiting.get("maxLength", 3600))
        assert key in {*self.waiting.get("finishOnKey", "1234567890*#"), "hangup"}
        sid, record = self.exchange.carrier.records(seconds), self.waiting
        url = f"{self.exchange.media}/{sid}"
        if key == "hangup":
            self.asked.append((self._action(), self.form(RecordingUrl=url, RecordingDuration=str(seconds), Digits=key)))
            assert self.exchange.post(*self.asked[-1]).status_code == 200
            self.keyed.append("")
        else:
            self.follows(self._action(), RecordingUrl=url, RecordingDuration=str(seconds), Digits=key)
        if reported:
            self.tells_of(sid, seconds, of=record)
        if key == "hangup":
            self.hangs_up()
        return sid

    def speaks_late(self, seconds):
        """Drop the line while speaking, at a carrier that tells of the end first and never asks for the action."""
        self._waits_for("Record")
        sid, record = self.exchange.carrier.records(seconds), self.waiting
        self.hangs_up()
        self.tells_of(sid, seconds, of=record)
        return sid

    def was_put_through(self, status, seconds):
        """Come back from another telephone, or from the try to reach it."""
        self._waits_for("Dial")
        return self.follows(self._action(), DialCallStatus=status, DialCallDuration=str(seconds))

    def tells_of(self, sid, seconds, status="completed", of=None):
        """Let the carrier report a recording, if the verb asked for it."""
        verb = self.waiting if of is None else of
        if status not in verb.get("recordingStatusCallbackEvent", "completed").split():
            return
        form = self.form(
            RecordingSid=sid,
            RecordingUrl=f"{self.exchange.media}/{sid}",
            RecordingStatus=status,
            RecordingDuration=str(seconds),
            RecordingChannels="1",
            RecordingSource="RecordVerb",
        )
        self.told.append((urljoin(self.url, verb.get("recordingStatusCallback")), form))
        assert self.exchange.post(*self.told[-1]).status_code < 300

    def hangs_up(self):
        self.waiting, self._rest = None, []
        self._ends()

    def _ends(self):
        form = self.form(CallStatus="completed", CallDuration="30")
        assert self.exchange.post(f"{self.exchange.hotline}/voice/status", form).status_code < 300

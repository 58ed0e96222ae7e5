"""A caller on a telephone that follows the TwiML contract over HTTP, signing as the provider does."""

import itertools
import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from ivr.services import exports
from ivr.telephony.signature import sign

_numbers = itertools.count(1)


@dataclass
class Line:
    """A way into the hotline."""

    app: object
    desk: object

    def dials(self, number="+989121234567", *, answered=True):
        call = Caller(self, number, f"CA{next(_numbers):032x}")
        return call.answer() if answered else call

    def post(self, url, form, *, signature=None, **kwargs):
        """Send a signed form to an address of the hotline."""
        if signature is None:
            account = self.desk.accounts[form.get("AccountSid", next(iter(self.desk.accounts)))]
            signature = sign(account.token, url, form)
        headers = {"X-Twilio-Signature": signature}
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return self.app.test_client().post(path, data=form, headers=headers, **kwargs)

    def rows(self, kind):
        """Export rows as `ivr export` does."""
        database = self.app.extensions["ivr"].database
        with database.reading() as session:
            found = list(exports.rows(session, kind, exports.whereabouts(self.desk.config)))
        return json.loads(json.dumps(found))


@dataclass
class Caller:
    """One call: presses, speaks, hangs up; `heard` is the last document's verbs."""

    line: Line
    number: str
    sid: str
    document: ET.Element | None = None
    heard: list = field(default_factory=list)

    def form(self, **extra):
        account = self.line.desk.config.twilio.account_sid
        return {"CallSid": self.sid, "AccountSid": account, "From": self.number, "To": "137", **extra}

    def answer(self):
        return self.request("http://hotline.test/voice/answer", CallStatus="in-progress")

    def request(self, url, **extra):
        reply = self.line.post(url, self.form(**extra))
        assert reply.status_code == 200, reply.data
        assert reply.mimetype == "text/xml"
        self.document = ET.fromstring(reply.data)
        return self

    @property
    def verbs(self):
        return [verb.tag for verb in self.document]

    @property
    def words(self):
        """Everything played in the last document, as words."""
        found = self.line.desk.speech.find
        clips = [found(play.text.rsplit("/", 1)[1].removesuffix(".wav")) for play in self.document.iter("Play")]
        return " ".join(clip.words for clip in clips if clip.words)

    def waits(self, tag):
        waiting = self.document.find(tag)
        assert waiting is not None, f"nothing waits for {tag}: {self.verbs}"
        return waiting

    def presses(self, keys):
        """Press keys; without them, stay silent until the menu gives up."""
        return self.request(self.waits("Gather").get("action"), Digits=keys, CallStatus="in-progress")

    def speaks(self, recording, seconds=7, digits="#"):
        """Speak after the tone."""
        return self.request(
            self.waits("Record").get("action"),
            RecordingSid=recording,
            RecordingUrl=f"http://elsewhere.test/2010/Recordings/{recording}",
            RecordingDuration=str(seconds),
            Digits=digits,
        )

    def says_nothing(self):
        """Stay silent after the tone: the next verb runs."""
        redirect = self.waits("Redirect")
        return self.request(redirect.text)

    def reports(self, recording, status="completed", seconds=7):
        form = self.form(RecordingSid=recording, RecordingStatus=status, RecordingDuration=str(seconds))
        return self.line.post("http://hotline.test/voice/recording", form)

    def hangs_up(self):
        return self.line.post("http://hotline.test/voice/status", self.form(CallStatus="completed", CallDuration="30"))

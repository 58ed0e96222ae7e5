"""Somebody whose telephone the carrier rings because the hotline ordered it, and whom they are put through to."""

from dataclasses import dataclass, field
from urllib.parse import urljoin

from tests.outside.caller import Caller


@dataclass
class Rung(Caller):
    """A telephone that an order of the hotline's rings; `order` is the form that came, each value in a list."""

    order: dict = field(default_factory=dict)
    _far: str = ""

    @classmethod
    def by(cls, exchange, order):
        return cls(exchange, order["To"][0], order["CallSid"][0], order=order)

    def form(self, **extra):
        (shown,) = self.order["From"]
        return {**super().form(**extra), "From": shown, "To": self.number, "Direction": "outbound-api"}

    def tells(self, status, **extra):
        """Report a status of this telephone, if the order wants to hear of it."""
        event = {"in-progress": "answered", "ringing": "ringing"}.get(status, "completed")
        if event in self.order["StatusCallbackEvent"]:
            self._reports(self.order["StatusCallback"][0], CallStatus=status, **extra)
        return self

    def _reports(self, url, **extra):
        assert self.exchange.post(url, self.form(**extra)).status_code < 300

    def picks_up(self, **said):
        self.tells("ringing").tells("in-progress", **said)
        return self.follows(self.order["Url"][0], CallStatus="in-progress", **said)

    def is_put_through(self):
        """Have the telephone rung that the document names, and somebody there who answers; give its number."""
        self._waits_for("Dial")
        self._far = self.exchange.carrier.sid("CA")
        for status in ("initiated", "ringing", "in-progress"):
            self._tells_of_far(status)
        return self.waiting.find("Number").text

    def _tells_of_far(self, status, **extra):
        number = self.waiting.find("Number")
        events = number.get("statusCallbackEvent", "completed").split()
        if {"in-progress": "answered"}.get(status, status) in events:
            url = urljoin(self.url, number.get("statusCallback"))
            far = {"CallSid": self._far, "ParentCallSid": self.sid, "To": number.text, "Direction": "outbound-dial"}
            self._reports(url, **far, CallStatus=status, **extra)

    def talks(self, seconds):
        """Talk, and hang up both; give the sid of the talk's recording, None if none was wanted."""
        dial, sid = self.waiting, None
        self._tells_of_far("completed", CallDuration=str(seconds))
        if dial.get("record", "do-not-record") != "do-not-record":
            sid = self.exchange.carrier.records(seconds)
            self.tells_of(sid, seconds, of=dial)
        far = {"DialCallStatus": "completed", "DialCallSid": self._far, "DialCallDuration": str(seconds)}
        self.follows(self._action(), **far)
        return sid

    def _ends(self):
        self.tells("completed", CallDuration="30")

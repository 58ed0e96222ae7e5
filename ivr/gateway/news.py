"""What the gateway tells the hotline: how a call stands, and that a voice is here. Told until it is taken."""

import asyncio
import logging
import time
from email.utils import formatdate

from ivr.gateway.ledger import OVER, Ledger, Leg, Voice
from ivr.gateway.webhook import Failed, Webhooks

log = logging.getLogger(__name__)

API_VERSION = "2010-04-01"
EVENTS = {"queued": "initiated", "ringing": "ringing", "in-progress": "answered"}  # every other status: completed
GAPS_SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600)  # the last is repeated
GIVEN_UP_AFTER_SECONDS = 7 * 86400


class Desk:
    """Writes the forms of one account."""

    def __init__(self, account_sid: str, api_url: str) -> None:
        self.account_sid, self._api_url = account_sid, api_url.rstrip("/")

    def path(self, kind: str, sid: str) -> str:
        return f"/{API_VERSION}/Accounts/{self.account_sid}/{kind}/{sid}"

    def media(self, sid: str) -> str:
        """Say where a recording is: without an ending, as Twilio does."""
        return f"{self._api_url}{self.path('Recordings', sid)}"

    def about(self, leg: Leg) -> dict[str, str]:
        """Say what every form about a call says."""
        form = {
            "AccountSid": self.account_sid,
            "ApiVersion": API_VERSION,
            "CallSid": leg.sid,
            "CallStatus": leg.status,
            "Direction": leg.direction,
            "From": leg.caller,
            "Caller": leg.caller,
            "To": leg.called,
            "Called": leg.called,
        }
        if leg.parent_sid:
            form["ParentCallSid"] = leg.parent_sid
        if leg.answered_by:
            form["AnsweredBy"] = leg.answered_by
        return form

    def status(self, leg: Leg) -> dict[str, str]:
        """Say how a call stands, as a status callback."""
        form = {
            **self.about(leg),
            "CallStatus": "initiated" if leg.status == "queued" else leg.status,
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(leg.sequence),
            "Timestamp": formatdate(),
        }
        if leg.status in OVER:
            form["CallDuration"] = form["Duration"] = str(leg.seconds)
        return form

    def recording(self, voice: Voice) -> dict[str, str]:
        """Say how a recording stands, as a recording status callback."""
        return {
            "AccountSid": self.account_sid,
            "CallSid": voice.call_sid,
            "RecordingSid": voice.sid,
            "RecordingUrl": self.media(voice.sid),
            "RecordingStatus": voice.status,
            "RecordingDuration": str(voice.seconds),
            "RecordingChannels": "1",
            "RecordingStartTime": formatdate(voice.started),
            "RecordingSource": voice.source,
        }

    def recorded(self, voice: Voice) -> dict[str, str]:
        """Say what a Record's or Dial's action hears of the recording."""
        return {
            "RecordingSid": voice.sid,
            "RecordingUrl": self.media(voice.sid),
            "RecordingDuration": str(voice.seconds),
        }


class Teller:
    """Takes what is to be told out of the ledger, call by call, each call's news in their order."""

    def __init__(self, ledger: Ledger, webhooks: Webhooks, desk: Desk) -> None:
        self._ledger, self._webhooks, self._desk = ledger, webhooks, desk
        self._telling: dict[str, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(32)
        self._closed = False

    def stand(self, leg: Leg, status: str) -> None:
        """Note a call's new status, and tell whoever wants to know; a status never falls back."""
        if leg.status in OVER or leg.status == status:
            return
        leg.status = status
        if status == "in-progress":
            leg.answered = time.time()
        if status in OVER:
            leg.ended = time.time()
        self.announce(leg)

    def announce(self, leg: Leg) -> None:
        """Tell how a call stands."""
        with self._ledger.together():
            if leg.status_url and EVENTS.get(leg.status, "completed") in leg.status_events:
                self._ledger.tell(leg.sid, leg.status_url, leg.status_method, self._desk.status(leg))
                leg.sequence += 1
            self._ledger.keep_leg(leg)
        self.tell(leg.sid)

    def voice(self, voice: Voice) -> None:
        """Note how a recording stands, and tell whoever wants to know."""
        with self._ledger.together():
            self._ledger.keep_voice(voice)
            if voice.report and voice.status in voice.report["events"]:
                url, method = voice.report["url"], voice.report["method"]
                self._ledger.tell(voice.call_sid, url, method, self._desk.recording(voice))
        self.tell(voice.call_sid)

    def form(self, leg: Leg, url: str, method: str, extra: dict[str, str]) -> None:
        """Tell an action how it ended, when its answer can no longer be carried out."""
        self._ledger.tell(leg.sid, url, method, {**self._desk.about(leg), **extra})
        self.tell(leg.sid)

    def resume(self) -> None:
        """Go on telling what an earlier life of the gateway left."""
        for sid in self._ledger.calls_with_news():
            self.tell(sid)

    def tell(self, call_sid: str) -> None:
        """See that a call's news are being told."""
        if call_sid not in self._telling:
            task = self._telling[call_sid] = asyncio.create_task(self._tell_all(call_sid))
            task.add_done_callback(lambda _: self._told_all(call_sid))

    def _told_all(self, call_sid: str) -> None:
        del self._telling[call_sid]
        if not self._closed and self._ledger.next_news(call_sid) is not None:
            self.tell(call_sid)

    async def _tell_all(self, call_sid: str) -> None:
        tries = 0
        while (news := self._ledger.next_news(call_sid)) is not None:
            try:
                async with self._places:
                    await self._webhooks.ask(news.url, news.method, news.form)
            except Failed as why:
                log.warning("news were not taken: %s", why, extra={"call": call_sid})
                if news.at < time.time() - GIVEN_UP_AFTER_SECONDS:
                    self._ledger.told(news.id)
                await asyncio.sleep(GAPS_SECONDS[min(tries, len(GAPS_SECONDS) - 1)])
                tries += 1
            else:
                self._ledger.told(news.id)
                tries = 0

    async def close(self) -> None:
        """Stop telling; what is left is told by the next life."""
        self._closed = True
        for task in list(self._telling.values()):
            task.cancel()
        await asyncio.gather(*self._telling.values(), return_exceptions=True)

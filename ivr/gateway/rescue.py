"""What a crash or a lost connection left: calls are taken up again or ended, and every voice is told of."""

import contextlib
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from ivr.gateway import recorder
from ivr.gateway.ari import Ari, AriError
from ivr.gateway.ledger import Leg, Voice
from ivr.gateway.line import Gone
from ivr.gateway.parts import Parts, Request
from ivr.gateway.voices import sid_of

log = logging.getLogger(__name__)

TAPE = re.compile(r"hotline-tape-(?P<channel>[A-Za-z0-9_.-]+)-(?P<caller>[0-9+]+|withheld)")

Channel = dict[str, Any]
TakeUp = Callable[[Leg, Request | None], Awaitable[None]]


def call_sid(exchange: str, channel: str) -> str:
    """Give a channel of the exchange the sid that every life of every gateway would give it."""
    if re.fullmatch(r"CA[0-9a-f]{32}", channel):
        return channel
    return "CA" + hashlib.sha256(f"{exchange}/{channel}".encode()).hexdigest()[:32]


async def exchange_of(ari: Ari) -> str:
    """Tell this exchange from others."""
    info = await ari.ask("GET", "/asterisk/info")
    return f"{info['system']['entity_id']}/{info['config'].get('name', '')}"


class Rescue:
    """Finds what nobody sees to, at every connection and every few seconds."""

    def __init__(self, parts: Parts, tape_url: str) -> None:
        self._parts, self._tape_url = parts, tape_url
        self.exchange = ""

    async def strangers(self) -> list[Channel]:
        """Notice which of our lines have left meanwhile; give the channels that wait in our application unattended."""
        parts = self._parts
        self.exchange = await exchange_of(parts.ari)
        channels: dict[str, Channel] = {one["id"]: one for one in await parts.ari.ask("GET", "/channels")}
        ours = {sid for sid, one in channels.items() if _waits_in(one, parts.ari.app)}
        for channel, line in list(parts.lines.items()):
            answered = parts.ringing.get(channel)
            if answered is not None and channel in ours and not answered.done():
                answered.set_result(None)
            if channel not in channels or (channel not in ours and answered is None):
                line.gone.set()
        await parts.ari.settle_missed()
        return [channels[channel] for channel in ours if channel not in parts.lines]

    async def bury(self, present: set[str]) -> None:
        """End the calls of an earlier life whose telephone has left."""
        parts = self._parts
        for leg in parts.ledger.live_legs():
            if leg.sid in parts.legs or leg.channel in present:
                continue
            for voice in parts.ledger.open_voices():
                if voice.call_sid == leg.sid:
                    await self._finish(voice)
            await parts.ari.quietly("DELETE", f"/channels/{quote(leg.channel, safe='')}")  # it may still ring
            if leg.talk and leg.talk["action"]:
                child = parts.ledger.leg(leg.talk["child"])
                outcome = {"DialCallStatus": "completed", "DialCallSid": leg.talk["child"]}
                outcome["DialCallDuration"] = str(child.seconds if child else 0)
                parts.teller.form(leg, leg.talk["action"], leg.talk["method"], outcome)
            leg.talk = None
            parts.teller.stand(leg, "completed" if leg.answered else "no-answer")

    async def take_up(self, leg: Leg, go_on: TakeUp) -> None:
        """Go on with a call of an earlier life where it was: after its recording, else at its document's beginning."""
        parts = self._parts
        line = parts.open_line(leg)
        voice = parts.ledger.voice(leg.recording) if leg.recording else None
        log.warning("a call is taken up again", extra={"call": leg.sid})
        request: Request | None = Request(**leg.asked) if leg.asked else None
        if voice is None or voice.status != "in-progress":
            await line.release()
        else:
            with contextlib.suppress(AriError, Gone):  # what could not be kept now is found by the sweep
                request = await recorder.go_on(parts, leg, line, voice) or request
        await go_on(leg, request)

    async def sweep(self) -> None:
        """See to the voices that nobody sees to, and to the tapes that the exchange's dialplan recorded."""
        for voice in self._parts.ledger.open_voices():
            if voice.sid not in self._parts.recording and voice.call_sid not in self._parts.legs:
                await self._finish(voice)
        for row in await self._parts.ari.ask("GET", "/recordings/stored"):
            tape = TAPE.fullmatch(str(row["name"]))
            if tape and not await self._exists(f"/channels/{quote(tape['channel'], safe='')}"):
                await self._collect(str(row["name"]), tape)

    async def _finish(self, voice: Voice) -> None:
        """Keep a voice whose caller has left."""
        parts = self._parts
        if await self._records(voice):
            await parts.ari.quietly("POST", f"/recordings/live/{voice.name}/stop")
            return  # the next sweep finds it finished
        leg = parts.ledger.leg(voice.call_sid)
        parts.recording.add(voice.sid)
        try:
            if leg is not None and voice.source == "RecordVerb":
                with contextlib.suppress(Gone):
                    await recorder.keep(parts, leg, voice, "hangup", hung_up=True)
                return
            await recorder.store(parts, voice)
        except AriError:
            log.exception("a voice waits on the exchange", extra={"recording": voice.sid})
        finally:
            parts.recording.discard(voice.sid)

    async def _collect(self, name: str, tape: re.Match[str]) -> None:
        """Make a recording of a message that the exchange took by itself."""
        parts = self._parts
        sid = call_sid(self.exchange, tape["channel"])
        known = parts.ledger.leg(sid)
        caller = parts.numbers.caller(tape["caller"])
        leg = known or Leg(sid, tape["channel"], "inbound", caller, parts.numbers.short_code)
        leg.status_url = leg.status_url or self._tape_url.replace("/recording", "/status")
        report = {"url": self._tape_url, "method": "POST", "events": ["absent", "completed"]}
        voice = Voice(sid_of(f"{self.exchange}/{name}"), sid, name, "RecordVerb", report=report)
        await parts.voices.take(voice)
        parts.teller.voice(voice)
        if known is None:
            parts.teller.stand(leg, "completed")
        await parts.voices.clear(voice)
        log.warning("a message was taken by the exchange itself", extra={"call": sid})

    async def _records(self, voice: Voice) -> bool:
        return await self._exists(f"/recordings/live/{quote(voice.name, safe='')}")

    async def _exists(self, path: str) -> bool:
        try:
            await self._parts.ari.raw("GET", path)
        except AriError as error:
            if error.status == 0:
                raise
            return False
        return True


def _waits_in(channel: Channel, app: str) -> bool:
    plan = channel.get("dialplan", {})
    return plan.get("app_name") == "Stasis" and str(plan.get("app_data", "")).split(",")[0] == app

"""Dial: ring others, screen whoever answers first, and let both talk on a bridge, recorded if wished."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from ivr.gateway.ari import AriError
from ivr.gateway.calling import Unreached, ring
from ivr.gateway.ledger import Leg, Voice
from ivr.gateway.line import Gone, Line
from ivr.gateway.parts import Parts, Request, new_sid
from ivr.gateway.recorder import store, written
from ivr.gateway.verbs import TRIM_SILENCE, Dial, Number

log = logging.getLogger(__name__)

Screen = Callable[[Leg, Line, Request], Awaitable[bool]]
WORST_FIRST = ("failed", "no-answer", "busy")  # of several who were not reached, the one that says most
RECORDED_SECONDS = 5.0


class Dialler:
    """One Dial of one leg."""

    def __init__(self, parts: Parts, leg: Leg, line: Line, screen: Screen) -> None:
        self._parts, self._leg, self._line, self._screen = parts, leg, line, screen

    async def dial(self, verb: Dial) -> Request | None:
        """Carry out a Dial; give what is asked for next, None to go on. Raises Gone if the caller left."""
        try:
            child, line = await self._reach(verb)
        except Unreached as why:
            return self._over(_action(verb), {"DialCallStatus": why.status})
        except Gone:
            self._over(_action(verb), {"DialCallStatus": "canceled"})
            raise
        try:
            if self._leg.answered is None:
                await self._line.answer()
                self._parts.teller.stand(self._leg, "in-progress")
            await self._join(verb, child, line)
        except Gone:
            await line.hang_up()  # one of them left already: the talk is over, but it may be only the called who did
            if self._leg.talk is None:
                await self._end(child, line, None)
                next_one = self._over(_action(verb), {**self._outcome(child, None), "DialBridged": "false"})
                if self._line.gone.is_set():
                    raise
                return next_one
        return await self.talk(child, line, verb.time_limit, star=verb.hangup_on_star)

    async def _reach(self, verb: Dial) -> tuple[Leg, Line]:
        """Ring them all; give whoever answers first and stays. Raises Unreached, or Gone if the caller leaves."""
        if self._leg.answered is not None:
            await self._line.guard(verb.timeout + 60)
            await self._line.order("ring")
        tries = [asyncio.ensure_future(self._try(verb, number)) for number in verb.numbers]
        leaving = asyncio.ensure_future(self._line.gone.wait())
        first: asyncio.Task[tuple[Leg, Line]] | None = None
        try:
            first = await self._first(tries, leaving)
            return first.result()
        finally:
            leaving.cancel()
            await self._call_off([one for one in tries if one is not first])
            with suppress(Gone, AriError):
                await self._line.order("ring", "DELETE")

    async def _first(
        self, tries: "list[asyncio.Task[tuple[Leg, Line]]]", leaving: "asyncio.Future[Any]"
    ) -> "asyncio.Task[tuple[Leg, Line]]":
        """Give the first try that reached somebody. Raises Unreached if none did, Gone if the caller leaves."""
        worst, under_way = WORST_FIRST[0], list(tries)
        while under_way:
            done, _ = await asyncio.wait([*under_way, leaving], return_when=asyncio.FIRST_COMPLETED)
            if leaving in done:
                raise Gone
            for one in [one for one in under_way if one in done]:
                under_way.remove(one)
                why = one.exception()
                if why is None:
                    return one
                if not isinstance(why, Unreached):
                    raise why
                worst = max(worst, why.status, key=WORST_FIRST.index)
        raise Unreached(worst)

    async def _call_off(self, rest: "list[asyncio.Task[tuple[Leg, Line]]]") -> None:
        """Stop ringing whoever is still rung, and let go of whoever answered at the same moment."""
        for one in rest:
            one.cancel()
        for also in await asyncio.gather(*rest, return_exceptions=True):
            if isinstance(also, tuple):
                await self._end(*also, None)

    async def _try(self, verb: Dial, number: Number) -> tuple[Leg, Line]:
        sid = new_sid("CA")
        prefix = {"number": "", "sip": "sip:", "client": "client:"}[number.kind]
        child = Leg(
            sid, sid, "outbound-dial", verb.caller_id or self._leg.caller, prefix + number.to, parent_sid=self._leg.sid
        )
        if number.report:
            child.status_url, child.status_method = number.report.url, number.report.method
            child.status_events = tuple(sorted(number.report.events))
        line = await ring(self._parts, child, verb.timeout, verb.time_limit)
        try:
            if number.send_digits:
                await line.order("dtmf", dtmf=number.send_digits.replace("w", ""), before=500 * _waits(number))
            stayed = not number.url or await self._screen(child, line, Request(number.url, number.method))
        except (asyncio.CancelledError, Gone):
            await self._end(child, line, None)
            raise Unreached("no-answer") from None
        if not stayed:
            await self._end(child, line, None)
            raise Unreached("no-answer")
        return child, line

    async def _join(self, verb: Dial, child: Leg, line: Line) -> None:
        """Put both on a bridge, and write down that they are."""
        bridge, recording = f"bridge-{child.sid}", new_sid("RE") if verb.record else ""
        if verb.dual or verb.record == "record-from-ringing":
            log.warning("a talk is recorded on one channel, from the answer on", extra={"call": self._leg.sid})
        for one in (self._line, line):
            await one.guard(verb.time_limit)
        await self._parts.ari.ask("POST", "/bridges", type="mixing", bridgeId=bridge)
        self._leg.talk = {**_action(verb), "child": child.sid, "bridge": bridge, "recording": recording}
        voice = Voice(recording, self._leg.sid, recording, "DialVerb", trim=verb.trim == TRIM_SILENCE)
        voice.report = written(verb.report)
        with self._parts.ledger.together():
            self._parts.ledger.keep_leg(self._leg)
            self._parts.ledger.keep_leg(child)
            if recording:
                self._parts.recording.add(recording)
                self._parts.teller.voice(voice)
        try:
            await self._parts.ari.ask(
                "POST", f"/bridges/{bridge}/addChannel", channel=f"{self._line.channel},{line.channel}"
            )
            if recording:
                await self._parts.ari.ask("POST", f"/bridges/{bridge}/record", name=recording, format="wav")
        except AriError as error:
            log.warning("a bridge failed: %s", error, extra={"call": self._leg.sid})
            raise Gone from error

    async def talk(self, child: Leg, line: Line, seconds: float, *, star: bool = False) -> Request | None:
        """Let both talk until one leaves or the time is over; give what is asked for next. Raises Gone."""
        talk = self._leg.talk or {}
        ends: list[asyncio.Future[Any]] = [asyncio.ensure_future(one.gone.wait()) for one in (self._line, line)]
        if star:
            ends.append(asyncio.ensure_future(self._starred()))
        try:
            await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in ends:
                one.cancel()
        voice = await self._recorded(talk)
        await self._end(child, line, talk["bridge"])
        self._leg.talk = None
        self._parts.ledger.keep_leg(self._leg)
        next_one = self._over(talk, self._outcome(child, voice))
        if self._line.gone.is_set():
            raise Gone
        self._line.forget_keys()
        return next_one

    async def _starred(self) -> None:
        while (await self._line.keys.get())[0] != "*":
            pass

    async def _recorded(self, talk: dict[str, Any]) -> Voice | None:
        """Stop and keep the talk's recording; None if there is none yet."""
        voice = self._parts.ledger.voice(talk["recording"]) if talk["recording"] else None
        if voice is None:
            return None
        with self._parts.ari.expecting(voice.name) as ended:
            if await self._parts.ari.quietly("POST", f"/recordings/live/{voice.name}/stop"):
                await asyncio.wait([ended], timeout=RECORDED_SECONDS)
        try:
            await store(self._parts, voice)
        except AriError:
            log.exception("a talk could not be taken off the exchange yet", extra={"recording": voice.sid})
            return None
        finally:
            self._parts.recording.discard(voice.sid)
        return voice

    async def _end(self, child: Leg, line: Line, bridge: str | None) -> None:
        await line.hang_up()
        if bridge:
            await self._parts.ari.quietly("DELETE", f"/bridges/{bridge}")
        self._parts.teller.stand(child, "completed")
        self._parts.close_line(child)

    def _outcome(self, child: Leg, voice: Voice | None) -> dict[str, str]:
        return {
            "DialCallStatus": "completed",
            "DialCallSid": child.sid,
            "DialCallDuration": str(child.seconds),
            "DialBridged": "true",
            **(self._parts.desk.recorded(voice) if voice and voice.status == "completed" else {}),
        }

    def _over(self, action: dict[str, str], outcome: dict[str, str]) -> Request | None:
        """Ask the Dial's action, or only tell it when the caller has left; without one the document goes on."""
        if not action["action"]:
            return None
        if self._line.gone.is_set():
            self._parts.teller.form(self._leg, action["action"], action["method"], outcome)
            return None
        return Request(action["action"], action["method"], outcome)


def _action(verb: Dial) -> dict[str, str]:
    return {"action": verb.action, "method": verb.method}


def _waits(number: Number) -> int:
    return 1 + number.send_digits.count("w")

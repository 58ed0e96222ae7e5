"""Carrying out documents on a line, one after another, until one ends or the caller has gone."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import asdict

from ivr.gateway import document as documents
from ivr.gateway.ari import AriError
from ivr.gateway.dialler import Dialler
from ivr.gateway.ledger import Leg
from ivr.gateway.line import Gone, Line
from ivr.gateway.parts import Parts, Request
from ivr.gateway.recorder import record
from ivr.gateway.verbs import (
    Dial,
    Document,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
)
from ivr.gateway.webhook import Failed

log = logging.getLogger(__name__)

KEYS_EXPECTED = 20  # of a Gather that names no number
SWALLOW_SECONDS = 2.0
REJECTED = {"busy": "busy", "rejected": "normal"}  # the exchange answers 486 and 603
UNREADABLE = 12100
SETTLING_SECONDS = 0.3
DOCUMENTS = 500  # in one call; a circle without a caller's doing ends here


class Helpless(Exception):
    """Neither the hotline nor its fallback gave a document that can be carried out."""


class HungUp(Exception):
    """A document said Hangup, or Reject."""


class Player:
    """One leg's documents."""

    def __init__(self, parts: Parts, leg: Leg, line: Line) -> None:
        self._parts, self._leg, self._line = parts, leg, line

    async def run(self, request: Request | None) -> None:
        """Carry out documents to the end, and hang up; if nobody can say what to do, the exchange takes over."""
        await self._to_the_end(self.follow(request))

    async def rejoin(self, child: Leg, far: Line, seconds: float) -> None:
        """Wait for the end of a talk that is under way, and go on as its Dial says."""
        await self._to_the_end(self._after_talk(child, far, seconds))

    async def _after_talk(self, child: Leg, far: Line, seconds: float) -> None:
        dialler = Dialler(self._parts, self._leg, self._line, self._screen)
        await self.follow(await dialler.talk(child, far, seconds))

    async def _to_the_end(self, work: Awaitable[None]) -> None:
        try:
            await work
        except (Gone, HungUp):
            pass
        except (Helpless, AriError) as why:
            log.error("a call is given back to the exchange: %s", why, extra={"call": self._leg.sid})  # noqa: TRY400
            if self._leg.direction == "inbound":
                await self._line.hand_back("failed")
        await self._line.hang_up()

    async def follow(self, request: Request | None) -> None:
        """Carry out documents until one runs out. Raises Gone, HungUp, Helpless or AriError."""
        for _ in range(DOCUMENTS):
            if request is None:
                return
            request = await self._carry_out(await self._next(request))
        raise Helpless("the documents go in a circle")

    async def _next(self, request: Request) -> Document:
        """Ask for a document, else for the fallback's. Raises Helpless, or Gone if nobody is there to hear it."""
        leg = self._leg
        leg.asked = asdict(request)
        self._parts.ledger.keep_leg(leg)
        try:
            return await self._read(request)
        except Failed as why:
            log.warning("the hotline failed: %s", why, extra={"call": leg.sid})
            if not leg.fallback_url:
                raise Helpless(str(why)) from why
            wrong = {"ErrorCode": str(why.code), "ErrorUrl": why.url}
        try:
            return await self._read(Request(leg.fallback_url, "POST", wrong))
        except Failed as why:
            raise Helpless(str(why)) from why

    async def _read(self, request: Request) -> Document:
        form = {**self._parts.desk.about(self._leg), **request.extra}
        asking = asyncio.ensure_future(self._parts.webhooks.ask(request.url, request.method, form))
        try:
            await self._line.first(asking)
            text, base = asking.result()
        finally:
            asking.cancel()
        try:
            document = documents.read(text, base)
        except documents.Unreadable as error:
            raise Failed(request.url, str(error), UNREADABLE) from error
        for line in document.left_out:
            log.warning("left out: %s", line, extra={"call": self._leg.sid})
        return document

    async def _carry_out(self, document: Document) -> Request | None:
        verbs = list(document.verbs)
        if verbs and isinstance(verbs[0], Reject) and self._leg.answered is None:
            await self._line.hang_up(REJECTED[verbs[0].reason])
            self._parts.teller.stand(self._leg, "busy" if verbs[0].reason == "busy" else "failed")
            raise HungUp
        if not verbs:
            await self._pick_up(Hangup())
        while verbs:
            await self._pick_up(verbs[0])
            said: list[Play | Say | Pause] = []
            while verbs and isinstance(one := verbs[0], Play | Say | Pause) and not _presses(one):
                said.append(one)
                del verbs[0]
                if self._leg.answered is None:
                    break  # a pause, and what follows it is heard by a caller who has been answered
            if said:
                await self._hear(said, until_key=False)
                self._line.forget_keys()
            elif (request := await self._do(verbs.pop(0))) is not None:
                return request
        return None

    async def _pick_up(self, verb: Verb) -> None:
        """Answer before the first verb that needs it."""
        waits = isinstance(verb, Dial) and verb.answer_on_bridge
        if self._leg.answered is None and not waits and not isinstance(verb, Pause | Redirect):
            await self._line.answer()
            self._parts.teller.stand(self._leg, "in-progress")

    async def _do(self, verb: Verb) -> Request | None:
        match verb:
            case Gather():
                return await self._gather(verb)
            case Record():
                self._line.swallow = ("", 0.0)
                return await record(self._parts, self._leg, self._line, verb)
            case Dial():
                return await Dialler(self._parts, self._leg, self._line, self._screen).dial(verb)
            case Redirect():
                return Request(verb.url, verb.method)
            case Play():
                await self._press(verb.digits)
                return None
            case _:
                raise HungUp

    async def _screen(self, leg: Leg, line: Line, request: Request) -> bool:
        """Let somebody who was dialled hear a document before they are put through; say whether they stayed."""
        try:
            await Player(self._parts, leg, line).follow(request)
        except (HungUp, Gone, Helpless, AriError):
            return False
        return not line.gone.is_set()

    async def _press(self, digits: str) -> None:
        """Press keys towards the caller; w waits for half a second."""
        for keys in digits.replace("W", "w").split("w"):
            if keys:
                await self._line.order("dtmf", dtmf=keys)
                await self._rest(0.25 * len(keys))
            await self._rest(0.5)

    async def _rest(self, seconds: float) -> None:
        await self._line.guard(seconds)
        await self._line.first(seconds=seconds)

    async def _hear(self, prompts: Sequence[Play | Say | Pause], *, until_key: bool) -> None:
        """Play prompts one after another; a key ends them, if it may."""
        async for media, seconds in self._parts.sounds.stretches(prompts):
            if until_key and not self._line.keys.empty():
                return
            await self._line.guard(seconds)
            if not media:
                await self._wait(seconds, until_key=until_key)
                continue
            try:
                await self._line.play(media, until_key=until_key)
            except AriError as error:
                await self._line.first(seconds=SETTLING_SECONDS)  # a hang-up fails it first, and is told just after
                log.warning("a prompt was not heard: %s", error, extra={"call": self._leg.sid})
                await self._one_by_one(media if len(media) > 1 else [], until_key=until_key)

    async def _one_by_one(self, media: list[str], *, until_key: bool) -> None:
        """Play what can be played of several."""
        for one in media:
            if until_key and not self._line.keys.empty():
                return
            with contextlib.suppress(AriError):
                await self._line.play([one], until_key=until_key)

    async def _wait(self, seconds: float, *, until_key: bool) -> None:
        if not until_key:
            await self._line.first(seconds=seconds)
        elif (key := await self._line.key(seconds)) is not None:
            self._line.keys.put_nowait(key)

    async def _gather(self, verb: Gather) -> Request | None:
        await self._hear(verb.prompts, until_key=True)
        digits = await self._digits(verb)
        if not digits and not verb.action_on_empty_result:
            return None
        return Request(verb.action, verb.method, {"Digits": digits})

    async def _digits(self, verb: Gather) -> str:
        """Collect keys; the finishing key that somebody adds to a full number is nobody's next answer."""
        digits, most = "", verb.num_digits
        await self._line.guard(verb.timeout * (most or KEYS_EXPECTED))
        while most is None or len(digits) < most:
            key = await self._line.key(verb.timeout)
            if key is None or key[0] == verb.finish_on_key:
                return digits
            digits += key[0]
        if verb.finish_on_key:
            self._line.ignore(verb.finish_on_key, SWALLOW_SECONDS)
        return digits


def _presses(verb: Play | Say | Pause) -> bool:
    return isinstance(verb, Play) and bool(verb.digits)

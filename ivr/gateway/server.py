"""One gateway: hears the exchange, sees to every call, serves Twilio's REST."""

import asyncio
import logging
import signal
import sqlite3
import time
from collections.abc import Coroutine
from typing import Any
from urllib.parse import quote

from aiohttp import web

from ivr.config import Config
from ivr.gateway import rest
from ivr.gateway.ari import Ari, AriError, Event
from ivr.gateway.calling import Unreached, ring
from ivr.gateway.ledger import Ledger, Leg
from ivr.gateway.news import Desk, Teller
from ivr.gateway.numbers import numbers_of
from ivr.gateway.parts import Parts, Request
from ivr.gateway.player import Player
from ivr.gateway.rescue import Channel, Rescue, call_sid
from ivr.gateway.sounds import Sounds
from ivr.gateway.voices import Voices
from ivr.gateway.webhook import Webhooks

log = logging.getLogger(__name__)

SWEEP_SECONDS = 3.0
FORGET_SECONDS = 86400.0
KEPT_SECONDS = 30 * 86400.0  # the desk asks for calls of an attempt in doubt, and news are told for a week


class Gateway:
    """Joins the parts, and keeps one task for each call."""

    def __init__(self, config: Config) -> None:
        lines = config.gateway
        self.config, self._web = config, config.base_url
        self._tasks: set[asyncio.Task[Any]] = set()
        where = (lines.ari_url, lines.ari_user, lines.ari_password.get_secret_value(), lines.app)
        ari = Ari(where, self._hear, self._resync)
        ledger = Ledger(config.var_dir / "gateway" / f"{lines.app}.db")
        webhooks = Webhooks(self._web, lines.auth_token.get_secret_value(), lines.patience, config.fallback_url)
        desk = Desk(lines.account_sid, config.gateway_url)
        voices = Voices(config.var_dir / "gateway" / "voices", ledger, ari)
        sounds = Sounds(config, webhooks, config.gateway_url)
        teller = Teller(ledger, webhooks, desk)
        self.parts = Parts(ari, ledger, webhooks, desk, teller, voices, sounds, numbers_of(config))
        self._rescue = Rescue(self.parts, f"{self._web}/voice/recording")

    async def run(self) -> None:
        """Serve until told to stop; calls that go on then are taken up by the next life."""
        stop = asyncio.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signum, stop.set)
        runner = web.AppRunner(rest.application(self.config, self.parts, self.place), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, self.config.gateway.host, self.config.gateway.port).start()
        self.parts.teller.resume()
        async with self.parts.ari:
            lasting = [asyncio.create_task(work) for work in (self._sweep_forever(), self._forget_forever())]
            await stop.wait()
            for task in (*lasting, *self._tasks):
                task.cancel()
            await asyncio.gather(*lasting, *self._tasks, return_exceptions=True)
            await self.parts.teller.close()
        await self.parts.webhooks.close()
        await runner.cleanup()
        self.parts.ledger.close()

    def place(self, leg: Leg, request: Request, ring_seconds: int, time_limit: int) -> None:
        """Ring somebody for the hotline."""
        self.parts.ledger.keep_leg(leg)
        self._spawn(self._call_out(leg, request, ring_seconds, time_limit))

    async def _call_out(self, leg: Leg, request: Request, ring_seconds: int, time_limit: int) -> None:
        try:
            line = await ring(self.parts, leg, ring_seconds, time_limit)
        except Unreached:
            return
        ending = asyncio.get_running_loop().call_later(time_limit, lambda: self._spawn(line.hang_up()))
        try:
            await self._converse(leg, request)
        finally:
            ending.cancel()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a call failed", exc_info=error)

    def _hear(self, event: Event) -> None:
        channel = event.get("channel")
        if channel is None:
            return
        if event["type"] == "StasisStart":
            self._arrive(channel, event.get("args", []))
            return
        line = self.parts.lines.get(channel["id"])
        if line is not None:
            line.hear(event)
        if event["type"] == "ChannelStateChange" and channel["id"] in self.parts.ringing:
            leg = self.parts.legs.get(channel["id"])
            if leg is not None and channel["state"] in ("Ring", "Ringing") and leg.status == "queued":
                self.parts.teller.stand(leg, "ringing")

    def _arrive(self, channel: Channel, args: list[str]) -> None:
        """Take a channel that came into our application: one we rang has answered, or somebody calls."""
        answered = self.parts.ringing.get(channel["id"])
        if answered is not None:
            if not answered.done():
                answered.set_result(None)
        elif args[:1] == ["inbound"] and channel["id"] not in self.parts.lines:
            self._spawn(self._welcome(channel, "".join(args[1:2])))
        else:
            self._spawn(self.parts.ari.quietly("DELETE", f"/channels/{quote(channel['id'], safe='')}"))

    async def _welcome(self, channel: Channel, called: str) -> None:
        """Begin a call to the hotline."""
        numbers = self.parts.numbers
        sid = call_sid(self._rescue.exchange, channel["id"])
        leg = Leg(
            sid, channel["id"], "inbound", numbers.caller(channel["caller"]["number"]),
            numbers.plan.parse(called) or called or numbers.short_code, status="ringing",
            status_url=f"{self._web}/voice/status", fallback_url=f"{self.config.fallback_url}/voice/fallback",
        )  # fmt: skip
        self.parts.open_line(leg)
        await self._converse(leg, Request(f"{self._web}/voice/answer"))

    async def _converse(self, leg: Leg, request: Request | None) -> None:
        """Carry out a leg's documents until it ends; a gateway that is stopped leaves it as it is."""
        line = self.parts.lines[leg.channel]
        await Player(self.parts, leg, line).run(request)
        self._end(leg)

    async def _resync(self) -> None:
        """Look for what happened while we were away, or before we were born."""
        strangers = {channel["id"]: channel for channel in await self._rescue.strangers()}
        known = {leg.channel: leg for leg in self.parts.ledger.live_legs() if leg.channel in strangers}
        children = {leg.talk["child"] for leg in known.values() if leg.talk}
        kept: set[str] = set()
        for sid, channel in strangers.items():
            if (life := self._life_of(channel, known.get(sid), set(strangers))) is not None:
                self._spawn(life)
            elif sid not in children:
                await self.parts.ari.quietly("DELETE", f"/channels/{quote(sid, safe='')}")
                continue
            kept.add(sid)
        self._spawn(self._rescue.bury(kept))

    def _life_of(self, channel: Channel, leg: Leg | None, present: set[str]) -> "Coroutine[Any, Any, None] | None":
        """Say how a channel that nobody sees to goes on; None if it does not, or only as somebody's other end."""
        if leg is None:
            _, *args = str(channel["dialplan"]["app_data"]).split(",")
            return self._welcome(channel, "".join(args[1:2])) if args[:1] == ["inbound"] else None
        if leg.parent_sid:
            return None
        child = self.parts.ledger.leg(leg.talk["child"]) if leg.talk and leg.talk["child"] in present else None
        if child is not None:
            return self._rejoin(leg, child)
        leg.talk = None
        return self._rescue.take_up(leg, self._converse)

    async def _rejoin(self, leg: Leg, child: Leg) -> None:
        """Wait for the end of a talk that an earlier life began."""
        line, far = self.parts.open_line(leg), self.parts.open_line(child)
        self.parts.recording.add((leg.talk or {})["recording"])
        player = Player(self.parts, leg, line)
        await player.rejoin(child, far, self.config.callbacks.talk_limit_seconds)
        self._end(leg)

    def _end(self, leg: Leg) -> None:
        self.parts.teller.stand(leg, "completed" if leg.answered else "no-answer")
        self.parts.close_line(leg)

    async def _forget_forever(self) -> None:
        """Forget calls that ended long ago, at once and then daily."""
        while True:
            try:
                self.parts.ledger.forget(time.time() - KEPT_SECONDS)
            except sqlite3.Error as error:  # it is full or busy: tomorrow, then
                log.warning("old calls were not forgotten: %s", error)
            await asyncio.sleep(FORGET_SECONDS)

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                if self.parts.ari.up.is_set():
                    await self._rescue.sweep()
            except AriError as error:
                log.warning("the exchange could not be swept: %s", error)

"""A telephone provider that costs little itself: plays calls as TwiML says, and keeps the voices that were spoken."""

import asyncio
import base64
import hashlib
import io
import itertools
import time
import wave
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import aiohttp
import numpy as np
from aiohttp import web

from tests.exchange.speaker import WORDS, speech
from tests.outside.caller import signature

ACCOUNT, TOKEN = "AC" + "9" * 32, "a token that only the provider and the hotline know"
RATE = 8000
PATIENCE = aiohttp.ClientTimeout(total=15)  # what a provider waits at most
PLACE = {"FromCity": "QOM", "FromState": "QM", "FromZip": "", "FromCountry": "IR", "ToCity": "", "ToState": "", "ToZip": "", "ToCountry": "IR"}  # fmt: skip


@dataclass
class Counted:
    """What one stretch of calls saw: seconds of each document, of other news, and everything that went wrong."""

    turns: list[float] = field(default_factory=list)
    news: list[float] = field(default_factory=list)
    calls: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    until: float = float("inf")

    def took(self, began: float, times: list[float]) -> None:
        """Count an answer that came before the end of the stretch."""
        ended = time.perf_counter()
        if ended < self.until:
            times.append(ended - began)


class Media:
    """Serves each voice under the account's address: the same words, and a last second that is its own."""

    def __init__(self) -> None:
        self._words = (np.clip(speech(WORDS["complaint"]), -1, 1) * 32767).astype("<i2")[: 4 * RATE]
        self._key = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        self._numbers = itertools.count(1)
        self.kept: dict[str, str] = {}  # sid -> the call's

    def keeps(self, call: str) -> str:
        sid = f"RE{next(self._numbers):032x}"
        self.kept[sid] = call
        return sid

    def voice(self, sid: str) -> bytes:
        own = np.random.default_rng(list(sid.encode())).integers(-900, 900, RATE // 10).astype("<i2")
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(self._words.tobytes() + own.tobytes())
        return buffer.getvalue()

    def digest(self, sid: str) -> str:
        return hashlib.sha256(self.voice(sid)).hexdigest()

    @property
    def seconds(self) -> str:
        return str(len(self._words) // RATE)

    async def gives(self, request: web.Request) -> web.Response:
        sid = request.match_info["sid"]
        if request.headers.get("Authorization") != self._key:
            return web.Response(status=401)
        if sid not in self.kept:
            return web.Response(status=404)
        return web.Response(body=self.voice(sid), content_type="audio/x-wav")

    async def serve(self, port: int) -> web.AppRunner:
        house = web.Application()
        house.router.add_get(f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{{sid}}.wav", self.gives)
        runner = web.AppRunner(house, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return runner


class Telephone:
    """One call on a connection of its own; `document` is what was said last."""

    def __init__(
        self, session: aiohttp.ClientSession, base: str, sid: str, number: str, counted: Counted, media: Media
    ) -> None:
        self._session, self._base, self._counted, self._media = session, base, counted, media
        self.sid, self.number = sid, number
        self.document: ET.Element | None = None

    def form(self, **said: str) -> dict[str, str]:
        own = {
            "CallSid": self.sid,
            "AccountSid": ACCOUNT,
            "From": self.number,
            "To": "137",
            "Caller": self.number,
            "Called": "137",
        }
        return {**own, **PLACE, "ApiVersion": "2010-04-01", "Direction": "inbound", "CallStatus": "in-progress", **said}

    async def post(self, url: str, times: list[float], **said: str) -> bytes:
        """Send a signed form; whatever is not an answer is counted as wrong."""
        form = self.form(**said)
        began = time.perf_counter()
        try:
            try:
                reply, body = await self._sent(url, form)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):  # it was closed while nobody spoke
                reply, body = await self._sent(url, form)
        except (aiohttp.ClientError, TimeoutError) as error:
            self._counted.wrong[type(error).__name__] += 1
            return b""
        if reply.status >= 300:
            self._counted.wrong[str(reply.status)] += 1
            return b""
        self._counted.took(began, times)
        return body

    async def _sent(self, url: str, form: dict[str, str]) -> tuple[aiohttp.ClientResponse, bytes]:
        headers = {"X-Twilio-Signature": signature(TOKEN, url, form)}
        async with self._session.post(url, data=form, headers=headers) as reply:
            return reply, await reply.read()

    async def asks(self, url: str, **said: str) -> None:
        """Ask for the next document; an apology is one, too, and is counted as wrong."""
        body = await self.post(url, self._counted.turns, **said)
        self.document = ET.fromstring(body) if body else None
        if b"/voice/fallback" in body:
            self._counted.wrong["apology"] += 1

    async def dials(self) -> None:
        await self.asks(f"{self._base}/voice/answer")

    def _waiting(self, tag: str) -> ET.Element | None:
        verb = self.document.find(tag) if self.document is not None else None
        if verb is None:
            self._counted.wrong[f"nothing waits for {tag}"] += 1
        return verb

    async def presses(self, keys: str) -> None:
        verb = self._waiting("Gather")
        if verb is not None:
            await self.asks(urljoin(self._base, verb.get("action")), Digits=keys)

    async def speaks(self, key: str = "#") -> None:
        """Speak after the tone, and let the provider report the voice; `hangup` drops the line meanwhile."""
        verb = self._waiting("Record")
        if verb is None:
            return
        sid, seconds = self._media.keeps(self.sid), self._media.seconds
        said = {"RecordingUrl": f"https://media.invalid/{sid}", "RecordingDuration": seconds}
        await self.asks(urljoin(self._base, verb.get("action")), **said, Digits=key)
        told = {
            **said,
            "RecordingSid": sid,
            "RecordingStatus": "completed",
            "RecordingChannels": "1",
            "RecordingSource": "RecordVerb",
        }
        await self.post(urljoin(self._base, verb.get("recordingStatusCallback")), self._counted.news, **told)

    async def ends(self) -> None:
        said = {"CallStatus": "completed", "CallDuration": "60"}
        await self.post(f"{self._base}/voice/status", self._counted.news, **said)
        self._counted.calls += 1


def connection() -> aiohttp.ClientSession:
    """Open a connection for one call: that way calls spread over the processes that serve."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1), timeout=PATIENCE)


async def pause(random: np.random.Generator, mean: float) -> None:
    """Let somebody listen and think."""
    if mean:
        await asyncio.sleep(random.exponential(mean))

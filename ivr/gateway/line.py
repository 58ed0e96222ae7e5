"""One channel of the exchange: answer, sound out, keys and voice in, and how it ended."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ivr.gateway.ari import NOT_FOUND, Ari, AriError, Event

GRACE_SECONDS = 8  # for the gateway to act; then the exchange takes the caller back
TALK_LEVEL = 300  # of 32,768: about -41 dBFS; the exchange's own detector cannot be told
BEEP_SECONDS = 0.5
FINISHED_SECONDS = 5.0  # news of a recording's end comes before the channel's, or just after
LATE_KEY_SECONDS = 0.3
UNHEARD_SECONDS = 30.0
IMPOSSIBLE = 409  # the channel is not, or no longer, ours


class Gone(Exception):
    """The channel left: somebody hung up, or the exchange took it back."""


@dataclass
class Line:
    """A channel in our hands. `keys` and `talk` are what came and was not used yet."""

    ari: Ari
    channel: str
    keys: "asyncio.Queue[tuple[str, float]]" = field(default_factory=asyncio.Queue)
    talk: "asyncio.Queue[bool]" = field(default_factory=asyncio.Queue)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    destroyed: asyncio.Event = field(default_factory=asyncio.Event)  # told after `gone`, and says why
    cause: int = 0
    tech_cause: int = 0
    swallow: tuple[str, float] = ("", 0.0)  # a key that means nothing until then

    def __post_init__(self) -> None:
        self._path = f"/channels/{quote(self.channel, safe='')}"
        self._playback = f"play-{self.channel}"

    def hear(self, event: Event) -> None:
        """Take an event of this channel."""
        match event["type"]:
            case "ChannelDtmfReceived":
                self._press(event["digit"])
            case "ChannelTalkingStarted" | "ChannelTalkingFinished":
                self.talk.put_nowait(event["type"] == "ChannelTalkingStarted")
            case "ChannelDestroyed":
                self.cause, self.tech_cause = int(event.get("cause") or 0), int(event.get("tech_cause") or 0)
                self.gone.set()
                self.destroyed.set()
            case "StasisEnd" | "ChannelHangupRequest":
                self.gone.set()

    def _press(self, key: str) -> None:
        unwanted, until = self.swallow
        self.swallow = ("", 0.0)
        if key != unwanted or time.monotonic() > until:
            self.keys.put_nowait((key, time.monotonic()))

    def ignore(self, key: str, seconds: float) -> None:
        """Let a key mean nothing if it comes next within some seconds, or has come already."""
        here = [self.keys.get_nowait() for _ in range(self.keys.qsize())]
        if not here:
            self.swallow = (key, time.monotonic() + seconds)
        for one in here[1:] if here and here[0][0] == key else here:
            self.keys.put_nowait(one)

    async def order(self, what: str, method: str = "POST", **params: object) -> Any:
        """Order something of the channel. Raises Gone if it has left, else AriError."""
        try:
            return await self.ari.ask(method, f"{self._path}/{what}", **params)
        except AriError as error:
            if error.status in (NOT_FOUND, IMPOSSIBLE):
                self.gone.set()
                raise Gone from error
            raise

    async def first(self, *things: "asyncio.Future[Any]", seconds: float | None = None) -> "asyncio.Future[Any] | None":
        """Wait for the first of some futures; None when the time is over. Raises Gone when the channel leaves first."""
        leaving = asyncio.ensure_future(self.gone.wait())
        try:
            done, _ = await asyncio.wait([*things, leaving], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
        for thing in things:
            if thing in done:
                return thing
        if leaving in done:
            raise Gone
        return None

    async def guard(self, seconds: float) -> None:
        """Have the exchange take the caller back unless we are heard of in time.

        Only between operations: while something plays or records, the exchange answers this when it ends.
        """
        await self.order("variable", variable="TIMEOUT(absolute)", value=round(seconds + GRACE_SECONDS))

    async def answer(self) -> None:
        await self.order("answer")

    async def key(self, seconds: float | None) -> tuple[str, float] | None:
        """Wait for the next key; None when the time is over. Raises Gone."""
        if not self.keys.empty():
            return self.keys.get_nowait()
        waiting = asyncio.ensure_future(self.keys.get())
        try:
            got = await self.first(waiting, seconds=seconds)
        finally:
            if not waiting.done():
                waiting.cancel()
        return got.result() if got else None

    def forget_keys(self) -> None:
        """Throw away the keys that nothing asked for."""
        while not self.keys.empty():
            self.keys.get_nowait()

    async def play(self, media: Sequence[str], *, until_key: bool) -> bool:
        """Play some media one after another; say whether they were all heard. With `until_key`, a key ends them.

        Raises Gone, or AriError when they cannot be played.
        """
        with self.ari.expecting(self._playback) as ended:
            await self.order(f"play/{self._playback}", media=",".join(one.replace(",", "%2C") for one in media))
            if until_key:
                await self._until_key(ended)
            else:
                await self.first(ended)
            if not ended.done():
                await self.ari.quietly("DELETE", f"/playbacks/{self._playback}")
                return False
            if ended.result().get("state") == "failed":
                raise AriError(0, f"cannot be played: {media}")
        return True

    async def _until_key(self, ended: "asyncio.Future[Event]") -> None:
        """Wait for the end or a key, and leave the key where it can be read."""
        if not self.keys.empty():
            return
        pressed = asyncio.ensure_future(self.keys.get())
        try:
            if await self.first(ended, pressed) is pressed:
                rest = [self.keys.get_nowait() for _ in range(self.keys.qsize())]
                for key in (pressed.result(), *rest):
                    self.keys.put_nowait(key)
        finally:
            if not pressed.done():
                pressed.cancel()

    async def record(self, name: str, max_seconds: int, silence: int, keys: str, *, beep: bool) -> str:
        """Record the caller under a name; give the key that ended it, "" for silence and the longest time.

        The file is kept whatever happens. Raises Gone when the caller hung up meanwhile.
        """
        self.talk = asyncio.Queue()
        await self.order("variable", variable="TALK_DETECT(set)", value=f"{silence * 1000},{TALK_LEVEL}")
        own = {"": "none", "1234567890*#": "any", "*#1234567890": "any", "#": "#", "*": "*"}.get(keys, "none")
        with self.ari.expecting(name) as ended:
            await self.order(
                "record", name=name, format="wav", maxDurationSeconds=max_seconds, beep=beep, terminateOn=own,
                ifExists="fail",
            )  # fmt: skip
            return await self._until_recorded(name, ended, keys, silence + (BEEP_SECONDS if beep else 0))

    async def go_on_recording(self, name: str, keys: str) -> str:
        """Listen again to a recording that goes on without us; give the key that ended it. Raises Gone.

        Whether the caller was talking is not known, so silence is believed only after they have been heard to stop.
        """
        with self.ari.expecting(name) as ended:
            try:
                await self.ari.raw("GET", f"/recordings/live/{name}")
            except AriError:
                return ""
            return await self._until_recorded(name, ended, keys, UNHEARD_SECONDS)

    async def _until_recorded(self, name: str, ended: "asyncio.Future[Event]", keys: str, patience: float) -> str:
        try:
            key = await self._listened(ended, keys, patience)
            if not ended.done():
                await self.ari.quietly("POST", f"/recordings/live/{name}/stop")
                await self.first(ended, seconds=FINISHED_SECONDS)
        except Gone:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(ended), FINISHED_SECONDS)
            raise
        await self.order("variable", variable="TALK_DETECT(remove)", value="")
        return key

    async def _listened(self, ended: "asyncio.Future[Event]", keys: str, patience: float) -> str:
        """Wait until the recording should end: by a key, by silence, or by itself."""
        talking = False
        while not ended.done():
            spoke = asyncio.ensure_future(self.talk.get())
            pressed = asyncio.ensure_future(self.keys.get())
            try:
                what = await self.first(pressed, ended, spoke, seconds=None if talking else patience)
            finally:
                for one in (spoke, pressed):
                    if not one.done():
                        one.cancel()
            if pressed.done() and not pressed.cancelled() and pressed.result()[0] in keys:
                return str(pressed.result()[0])
            if what is None or (what is spoke and not spoke.result()):
                return ""
            talking = talking or what is spoke
        while (late := await self.key(LATE_KEY_SECONDS)) is not None:  # news of a key may come after the end it brought
            if late[0] in keys:
                return late[0]
        return ""

    async def hang_up(self, reason: str | None = None) -> None:
        """End the channel, if it has not left: after that it may be the dialplan's, and is not ours to end."""
        if not self.gone.is_set():
            await self.ari.quietly("DELETE", self._path, reason=reason)
            self.gone.set()

    async def hand_back(self, after: str) -> None:
        """Give the call back to the exchange's dialplan, and say what for."""
        if self.gone.is_set():
            return
        await self.ari.quietly("POST", f"{self._path}/variable", variable="HOTLINE_AFTER", value=after)
        await self.ari.quietly("POST", f"{self._path}/continue", context=FALLBACK_CONTEXT, extension="s", priority=1)
        self.gone.set()

    async def release(self) -> None:
        """Stop what an earlier life of the gateway left playing on this channel."""
        await self.ari.quietly("DELETE", f"/playbacks/{self._playback}")


FALLBACK_CONTEXT = "hotline-137-fallback"

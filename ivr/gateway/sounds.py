"""What callers hear: addresses and words become media of the exchange, and their length is known beforehand."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiohttp

from ivr import audio
from ivr.config import Config
from ivr.gateway.verbs import Pause, Play, Say
from ivr.gateway.webhook import Webhooks
from ivr.speech import Voice, VoiceError, voice_from

log = logging.getLogger(__name__)

BYTES_A_SECOND = 16000  # 8 kHz, 16 bits
UNKNOWN_SECONDS = 60.0
LOOK_SECONDS = 3.0
FOR_EVER = 1000  # Twilio's own limit of a loop
OK = 200


class Sounds:
    """Plays only what the hotline serves, and what the gateway says itself."""

    def __init__(self, config: Config, webhooks: Webhooks, own_url: str) -> None:
        self._config, self._webhooks, self._own_url = config, webhooks, own_url
        self._directory = config.var_dir / "gateway" / "said"
        self._seconds: dict[str, float] = {}
        self._voice: Voice | None = None
        self._speaking = asyncio.Lock()

    async def stretches(self, prompts: Sequence[Play | Say | Pause]) -> AsyncIterator[tuple[list[str], float]]:
        """Give stretches of media with their length in seconds; a stretch without media is a pause."""
        media: list[str] = []
        length = 0.0
        for prompt in prompts:
            if isinstance(prompt, Play | Say) and prompt.loop == 1 and (url := await self._url(prompt)):
                media.append(f"sound:{url}")
                length += await self.seconds(url)
                continue
            if media:
                yield media, length
                media, length = [], 0.0
            async for stretch in self._apart(prompt):
                yield stretch
        if media:
            yield media, length

    async def _apart(self, prompt: Play | Say | Pause) -> AsyncIterator[tuple[list[str], float]]:
        """Give what stands alone: a pause, and what is played again and again."""
        if isinstance(prompt, Pause):
            yield [], float(prompt.length)
            return
        if prompt.loop == 1 or (url := await self._url(prompt)) is None:
            return
        seconds = await self.seconds(url)
        for _ in range(prompt.loop or FOR_EVER):
            yield [f"sound:{url}"], seconds

    async def _url(self, prompt: Play | Say) -> str | None:
        if isinstance(prompt, Say):
            return await self._said(prompt.text)
        if not self._webhooks.ours(prompt.url):
            log.warning("not played: %s is not the hotline's", prompt.url)
            return None
        return prompt.url

    async def seconds(self, url: str) -> float:
        """Measure a prompt once: what the exchange waits for before it doubts us depends on it."""
        if url not in self._seconds:
            measured = await _measured(url)
            if measured is None:
                return UNKNOWN_SECONDS
            self._seconds[url] = measured
        return self._seconds[url]

    async def _said(self, words: str) -> str | None:
        """Speak words of a document once, and keep them."""
        name = hashlib.sha256(words.encode()).hexdigest()[:32]
        path = self._directory / f"{name}.wav"
        async with self._speaking:
            if not path.exists():
                try:
                    await asyncio.to_thread(self._speak, words, path)
                except VoiceError as error:
                    log.warning("not said: %s", error)
                    return None
        return f"{self._own_url}/said/{name}.wav"

    def _speak(self, words: str, path: Path) -> None:
        if self._voice is None:
            self._voice = voice_from(self._config.speech)
        sound = audio.to_telephone(self._voice.speak(words), self._config.speech.level_dbfs)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(audio.wav_bytes(sound))
        part.replace(path)

    def said(self, name: str) -> Path | None:
        """Find what was said, for the exchange to fetch."""
        path = self._directory / f"{name}.wav"
        return path if path.is_file() else None


async def _measured(url: str) -> float | None:
    """Read a prompt's length off its size; None if nobody says it."""
    timeout = aiohttp.ClientTimeout(total=LOOK_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as http, http.head(url) as answer:
            size = int(answer.headers.get("Content-Length", 0))
            return size / BYTES_A_SECOND if answer.status == OK and size else None
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return None

"""Speech: a prompt's id and facts in, clips out."""

from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from ivr import audio
from ivr.config import Config
from ivr.speech import segments
from ivr.speech.cache import Clip, ClipCache, digest
from ivr.speech.choice import voice_from
from ivr.speech.segments import BadFact, Segment
from ivr.speech.template import Part, Slot, parse
from ivr.speech.voice import Voice, VoiceError

RECIPE = b"1"  # raise it when the same words and voice should give other audio


class UnknownPrompt(KeyError):  # names the thing that is unknown
    """Raised for a prompt or term that has no words."""


class SegmentState(NamedTuple):
    id: str
    words: str
    studio: bool


class Speech:
    """Made once for a process; safe to use from many threads."""

    def __init__(  # parts joined once, by build()
        self,
        prompts: Mapping[str, str],
        terms: Mapping[str, str],
        voice: Voice,
        cache_dir: Path,
        studio_dir: Path,
        level_dbfs: float,
        timezone: str = "Asia/Tehran",
        kept_dir: Path | None = None,
        *,
        unsaid: frozenset[str] = frozenset(),
    ) -> None:
        self._made_of = (voice, cache_dir, studio_dir, level_dbfs, timezone, kept_dir)
        self._parts = {prompt: _segmented(prompt, parse(prompt, text)) for prompt, text in prompts.items()}
        self._terms = terms
        self._voice = voice
        self._cache = ClipCache(cache_dir)
        self._kept = ClipCache(kept_dir or cache_dir.parent / "announcements")
        self._studio = {path.stem: path for path in studio_dir.glob("*.wav") if path.stem not in unsaid}
        self._level = level_dbfs
        self._timezone = timezone
        self._clips: dict[Segment, Clip] = {}
        self._making = Lock()

    def revised(self, prompts: Mapping[str, str], terms: Mapping[str, str]) -> "Speech":
        """Give a speech of other words with this one's voice; no studio's recording of old words is heard in it."""
        before = {part for parts in self._parts.values() for part in parts if isinstance(part, Segment)}
        after = {part for prompt, text in prompts.items() for part in _segmented(prompt, parse(prompt, text))}
        renamed = {key for key, words in terms.items() if self._terms.get(key, words) != words}
        unsaid = renamed | {segment.id for segment in before - after}
        return Speech(prompts, terms, *self._made_of, unsaid=frozenset(unsaid))

    def prepare(self) -> None:
        """Make every clip that needs no fact, so that no caller waits for one."""
        for segment in self._static():
            self._clip(segment)
        self._clip(segments.PAUSE)

    def clips(self, prompt: str, facts: Mapping[str, str]) -> tuple[Clip, ...]:
        parts = self._parts.get(prompt)
        if not parts:
            raise UnknownPrompt(prompt)
        return tuple(self._clip(segment) for part in parts for segment in self._said(prompt, part, facts))

    def find(self, content: str) -> Clip | None:
        return self._cache.find(content) or self._kept.find(content)

    def say(self, words: str) -> Clip:
        """Speak words that are no prompt's, and keep them."""
        segment = segments.plain("announcement", " ".join(words.split()))
        source = (self._voice.name, str(self._level), segment.spelling)
        key = digest(RECIPE, b"said", *(part.encode() for part in source))
        return self._kept.get(key, segment.words) or self._kept.put(key, self._sound(segment, None), segment.words)

    def keep(self, sound: audio.Sound, words: str) -> Clip:
        """Make what somebody recorded fit for the telephone, and keep it."""
        fit = audio.to_telephone(sound, self._level)
        return self._kept.put(digest(RECIPE, b"kept", audio.wav_bytes(fit)), fit, words)

    def take_in(self, data: bytes, words: str, *, announced: bool = True) -> Clip:
        """Keep a clip that another machine made fit for the telephone: an announcement's, or what its voice said."""
        return (self._kept if announced else self._cache).take_in(data, words)

    def said(self, known: Container[str]) -> Iterator[Clip]:
        """Give what the voice has said, but for clips whose hashes are known; not announcements."""
        return self._cache.others(known)

    def segments(self) -> list[SegmentState]:
        """List what a studio may record, and what it has."""
        return [SegmentState(segment.id, segment.words, segment.id in self._studio) for segment in self._static()]

    def _static(self) -> Iterator[Segment]:
        for parts in self._parts.values():
            yield from (part for part in parts if isinstance(part, Segment))
        yield from (segments.plain(key, words.strip()) for key, words in self._terms.items() if words.strip())
        yield from segments.counted()

    def _said(self, prompt: str, part: Segment | Slot, facts: Mapping[str, str]) -> list[Segment]:
        if isinstance(part, Segment):
            return [part]
        if part.name not in facts:
            raise BadFact(f"prompt {prompt} needs {part.name}")
        value = facts[part.name]
        if part.kind != "term":
            return segments.spoken(part, value, self._timezone)
        term = segments.term(part, value, self._terms)
        if term is None:
            raise UnknownPrompt(f"{part.prefix}.{value}")
        return [term]

    def _clip(self, segment: Segment) -> Clip:
        clip = self._clips.get(segment)
        if clip is None or not clip.path.exists():
            with self._making:
                clip = self._clips[segment] = self._made(segment)
        return clip

    def _made(self, segment: Segment) -> Clip:
        """Take a clip from the cache or make it: a pause, a studio recording, or the voice."""
        studio = self._studio.get(segment.id)
        if not segment.words:
            key = digest(RECIPE, b"pause", str(segments.PAUSE_SECONDS).encode())
        elif studio:
            key = digest(RECIPE, b"studio", str(self._level).encode(), studio.read_bytes())
        else:
            source = (self._voice.name, str(self._level), segment.spelling)
            key = digest(RECIPE, *(part.encode() for part in source))
        clip = self._cache.get(key, segment.words)
        return clip or self._cache.put(key, self._sound(segment, studio), segment.words)

    def _sound(self, segment: Segment, studio: Path | None) -> audio.Sound:
        if not segment.words:
            return audio.silence(segments.PAUSE_SECONDS)
        if studio:
            return audio.to_telephone(audio.read(studio), self._level)
        sound = audio.to_telephone(self._voice.speak(segment.spelling), self._level)
        if not sound.samples.any():
            raise VoiceError(f"{self._voice.name} says nothing for {segment.id}: {segment.words!r}")
        return sound


def build(config: Config, prompts: Mapping[str, str], terms: Mapping[str, str]) -> Speech:
    return Speech(
        prompts,
        terms,
        voice_from(config.speech),
        config.var_dir / "speech",
        config.callflows_dir / "audio" / config.hotline.language,
        config.speech.level_dbfs,
        config.hotline.timezone,
        config.var_dir / "announcements",
    )


def _segmented(prompt: str, parts: tuple[Part, ...]) -> tuple[Segment | Slot, ...]:
    """Name the words: by the prompt's id alone, or numbered when slots divide them."""
    if len(parts) == 1 and isinstance(parts[0], str):
        return (segments.plain(prompt, parts[0]),)
    named: list[Segment | Slot] = []
    count = 0
    for part in parts:
        if isinstance(part, str):
            count += 1
            named.append(segments.plain(f"{prompt}.{count}", part))
        else:
            named.append(part)
    return tuple(named)

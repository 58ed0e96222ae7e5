"""Voices: who reads the words when no studio recording does."""

from pathlib import Path
from typing import Protocol

from ivr import config
from ivr.audio import Sound


class VoiceError(RuntimeError):
    """Raised when a voice cannot be had, or says nothing."""


class Voice(Protocol):
    @property
    def name(self) -> str:
        """Tell this voice from every other: engine, version and settings."""

    def speak(self, words: str) -> Sound: ...


def voice_from(settings: config.Speech) -> Voice:
    if settings.engine == "piper":
        from ivr.speech.piper import PiperReader  # noqa: PLC0415  # an optional extra

        return PiperReader(Path(settings.piper_voice))
    from ivr.speech.espeak import EspeakReader  # noqa: PLC0415  # its library is loaded only when it speaks

    return EspeakReader(settings.words_per_minute)

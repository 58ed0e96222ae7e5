"""Voices: who reads the words when no studio recording does."""

from typing import Protocol

from ivr.audio import Sound


class VoiceError(RuntimeError):
    """Raised when a voice cannot be had, or says nothing."""


class Voice(Protocol):
    @property
    def name(self) -> str:
        """Tell this voice from every other: engine, version and settings."""

    def speak(self, words: str) -> Sound: ...

"""A Piper voice, for installations that have one; the optional extra "piper" brings its library."""

import hashlib
import importlib.metadata
from functools import cached_property
from pathlib import Path
from typing import Any

from ivr.audio import Sound, from_pcm16
from ivr.speech.voice import VoiceError

try:
    from piper import PiperVoice
except ImportError as error:
    raise VoiceError("speech.engine is piper, but piper-tts is not installed: pip install '.[piper]'") from error


class PiperReader:
    def __init__(self, model: Path) -> None:
        settings = model.with_name(model.name + ".json")
        if not (model.is_file() and settings.is_file()):
            raise VoiceError(f"speech.piper_voice: no voice at {model} with {settings.name} beside it")
        self._model = model
        version = importlib.metadata.version("piper-tts")
        with model.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        self.name = f"piper {version} {model.stem} {content}"

    @cached_property
    def _voice(self) -> Any:  # the library ships no types
        """Load the model at the first word: a start from cache needs none."""
        return PiperVoice.load(self._model)

    def speak(self, words: str) -> Sound:
        samples = b"".join(chunk.audio_int16_bytes for chunk in self._voice.synthesize(words))
        return from_pcm16(samples, self._voice.config.sample_rate)

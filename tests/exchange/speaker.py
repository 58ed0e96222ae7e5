"""Somebody with something to say: the hotline's own voice reads it."""

from functools import cache
from pathlib import Path

import yaml

from ivr import audio
from ivr.speech.espeak import EspeakReader

WORDS = yaml.safe_load(Path(__file__).with_name("words.fa.yaml").read_text(encoding="utf-8"))
WORDS_PER_MINUTE = 150


@cache
def speech(words):
    """Say words as they come out of a telephone: samples within 1, 8 kHz."""
    return audio.to_telephone(EspeakReader(WORDS_PER_MINUTE).speak(words)).samples

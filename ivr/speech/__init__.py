"""Prompt words become telephone audio: a studio recording if there is one, else synthesised and cached."""

from ivr.speech.cache import HASH, Clip, content_of
from ivr.speech.choice import voice_from
from ivr.speech.segments import BadFact, Segment
from ivr.speech.speech import SegmentState, Speech, UnknownPrompt, build
from ivr.speech.template import BadPrompt
from ivr.speech.voice import Voice, VoiceError

__all__ = [
    "HASH",
    "BadFact",
    "BadPrompt",
    "Clip",
    "Segment",
    "SegmentState",
    "Speech",
    "UnknownPrompt",
    "Voice",
    "VoiceError",
    "build",
    "content_of",
    "voice_from",
]

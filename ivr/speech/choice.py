"""Which voice reads, by the settings."""

from pathlib import Path

from ivr import config
from ivr.speech.voice import Voice


def voice_from(settings: config.Speech) -> Voice:
    if settings.engine == "piper":
        from ivr.speech.piper import PiperReader  # noqa: PLC0415  # an optional extra

        return PiperReader(Path(settings.piper_voice))
    from ivr.speech.espeak import EspeakReader  # noqa: PLC0415  # its library is loaded only when it speaks

    return EspeakReader(settings.words_per_minute)

"""espeak-ng from a wheel, through ctypes. One library serves the whole process, one sentence at a time."""

import ctypes
import importlib.metadata
from functools import cache
from threading import Lock

import espeakng_loader

from ivr.audio import Sound, from_pcm16
from ivr.speech.voice import VoiceError

LANGUAGE = "fa"

# Numbers from espeak-ng's speak_lib.h
AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
PARAMETER_RATE = 1
POSITION_CHARACTER = 1
CHARS_UTF8 = 1

Receiver = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)

_speaking = Lock()


class EspeakReader:
    def __init__(self, words_per_minute: int) -> None:
        self._words_per_minute = words_per_minute
        version = importlib.metadata.version("espeakng-loader")
        self.name = f"espeak-ng {version} {LANGUAGE} {words_per_minute}"

    def speak(self, words: str) -> Sound:
        with _speaking:
            library, rate = _library()
            library.espeak_SetParameter(PARAMETER_RATE, self._words_per_minute, 0)
            return from_pcm16(_synthesise(library, words), rate)


@cache
def _library() -> tuple[ctypes.CDLL, int]:
    """Start the library; a second start in one process would lose the first one's voice."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    data = espeakng_loader.get_data_path().encode()
    rate = library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, data, INITIALIZE_DONT_EXIT)
    if rate <= 0:
        raise VoiceError("espeak-ng could not read its data")
    if library.espeak_SetVoiceByName(LANGUAGE.encode()) != 0:
        raise VoiceError(f"espeak-ng has no voice {LANGUAGE}")
    return library, int(rate)


def _synthesise(library: ctypes.CDLL, words: str) -> bytes:
    spoken = bytearray()

    def receive(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            spoken.extend(ctypes.string_at(samples, count * ctypes.sizeof(ctypes.c_short)))
        return 0

    receiver = Receiver(receive)
    text = words.encode()
    library.espeak_SetSynthCallback(receiver)
    if library.espeak_Synth(text, len(text) + 1, 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None) != 0:
        raise VoiceError(f"espeak-ng could not say {words!r}")
    return bytes(spoken)

"""What reaches the caller's ear: audio that a telephone can play, and the words in it."""

import hashlib
import io
import re
import wave
from pathlib import Path

import numpy as np
import requests
import yaml

from tests.outside import stories

CALLFLOWS = Path(__file__).parents[2] / "callflows"
SLOT = re.compile(r"\{([a-z_]+):[a-z_.]+\}")
SPEECH = 0.02  # root mean square; a prompt is levelled to 0.1


def letters(words):
    """Leave out spaces, vowels and punctuation: how words are cut into clips is nobody's business."""
    return "".join(character for character in words if character.isalnum())


NUMBERS = [letters(words) for words in stories.read(stories.HERE / "words.fa.yaml")["numbers"]]


def digit_by_digit(digits):
    return "".join(NUMBERS[int(digit)] for digit in digits)


class Ear:
    """Fetches every address once, as a telephone's cache does, and is particular about what comes."""

    def __init__(self):
        self._known = {}
        text = (CALLFLOWS / "prompts.fa.yaml").read_text(encoding="utf-8")
        self.prompts = yaml.load(text, yaml.BaseLoader)["prompts"]

    def hears(self, url):
        if url not in self._known:
            self._known[url] = self._fetched(url)
        return self._known[url]

    def _fetched(self, url):
        answer = requests.get(url, timeout=10)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] in {"audio/wav", "audio/x-wav"}
        assert {"immutable", "max-age=31536000"} <= set(answer.headers["Cache-Control"].split(", "))
        assert url.endswith(f"/{hashlib.sha256(answer.content).hexdigest()[:32]}.wav")
        with wave.open(io.BytesIO(answer.content)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
        words = letters(requests.get(url.removesuffix("wav") + "json", timeout=10).json()["words"])
        assert not words or np.sqrt(np.mean(sound**2)) > SPEECH, "nothing is to be heard"
        assert np.abs(sound).max() < 1
        return words

    def understands(self, heard, prompts):
        """Match what was heard with prompts, word for word; give what was said in their slots."""
        seen = set()
        found = re.fullmatch("".join(self._pattern(prompt, seen) for prompt in prompts), heard)
        assert found, f"heard something else than {prompts}: {heard}"
        return found.groupdict()

    def _pattern(self, prompt, seen):
        """Make a pattern; a slot that comes twice must say the same twice."""
        parts = SLOT.split(self.prompts[prompt])
        pattern = re.escape(letters(parts[0]))
        for name, words in zip(parts[1::2], parts[2::2], strict=True):
            pattern += (f"(?P={name})" if name in seen else f"(?P<{name}>.+?)") + re.escape(letters(words))
            seen.add(name)
        return pattern

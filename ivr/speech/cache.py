"""Clips on disk: named by what they were made from and by what is in them, shared by all processes."""

import hashlib
import re
import tempfile
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from ivr import audio

HASH_LENGTH = 32
WAV_HEADER_BYTES = 44
HASH = re.compile(rf"[0-9a-f]{{{HASH_LENGTH}}}")
_NAME = re.compile(rf"([0-9a-f]{{{HASH_LENGTH}}})\.([0-9a-f]{{{HASH_LENGTH}}})\.wav")


@dataclass(frozen=True)
class Clip:
    """A WAV file; its hash is that of its bytes."""

    hash: str
    path: Path
    seconds: float
    words: str


def digest(*parts: bytes) -> str:
    """Hash parts so that no two lists of parts give the same."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()[:HASH_LENGTH]


def content_of(data: bytes) -> str:
    """Name a clip by its bytes."""
    return hashlib.sha256(data).hexdigest()[:HASH_LENGTH]


class ClipCache:
    """Keep <key>.<hash>.wav with the words beside it in a .txt; a name appears only when its file is whole."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._by_key: dict[str, Path] = {}
        self._by_hash: dict[str, Path] = {}
        for path in directory.iterdir():
            self._remember(path)

    def get(self, key: str, words: str) -> Clip | None:
        return self._open(self._by_key.get(key), f"{key}.*.wav", words)

    def find(self, content: str) -> Clip | None:
        """Find a clip by its hash, also one that another process has made."""
        if not HASH.fullmatch(content):
            return None
        return self._open(self._by_hash.get(content), f"*.{content}.wav", None)

    def others(self, known: Container[str]) -> Iterator[Clip]:
        """Give the clips that are here, but for those whose hashes are known."""
        for path in self._directory.iterdir():
            found = _NAME.fullmatch(path.name)
            if found and found[2] not in known and self._remember(path):
                yield _clip(path, path.with_suffix(".txt").read_text("utf-8"))

    def put(self, key: str, sound: audio.Sound, words: str) -> Clip:
        data = audio.wav_bytes(sound)
        return self._put(key, content_of(data), data, words)

    def take_in(self, data: bytes, words: str) -> Clip:
        """Keep a clip that was made elsewhere, whose key is not known: under its hash alone."""
        content = content_of(data)
        return self._put(content, content, data, words)

    def _put(self, key: str, content: str, data: bytes, words: str) -> Clip:
        path = self._directory / f"{key}.{content}.wav"
        self._write(path.with_suffix(".txt"), words.encode())
        self._write(path, data)
        self._remember(path)
        return _clip(path, words)

    def _open(self, known: Path | None, pattern: str, words: str | None) -> Clip | None:
        if known is None or not known.exists():
            known = next((path for path in self._directory.glob(pattern) if self._remember(path)), None)
        if known is None:
            return None
        return _clip(known, known.with_suffix(".txt").read_text("utf-8") if words is None else words)

    def _remember(self, path: Path) -> bool:
        """Note a clip's name; a file that a power cut left empty is no clip."""
        found = _NAME.fullmatch(path.name)
        if not found or path.stat().st_size <= WAV_HEADER_BYTES:
            return False
        self._by_key[found[1]] = self._by_hash[found[2]] = path
        return True

    def _write(self, path: Path, data: bytes) -> None:
        with tempfile.NamedTemporaryFile(dir=self._directory, prefix=".", delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)


def _clip(path: Path, words: str) -> Clip:
    found = _NAME.fullmatch(path.name)
    if not found:
        raise ValueError(f"{path.name} is no clip's name")
    samples = (path.stat().st_size - WAV_HEADER_BYTES) // 2
    return Clip(found[2], path, samples / audio.TELEPHONE_RATE, words)

"""What came while the database was away: sealed to disk before anybody is answered, read back oldest first.

An event is a file: a mark, the length and the SHA-256 of what follows, a nonce, and the words under AES-256-GCM. It is
written beside its place, synced, and renamed into it. A few slots are laid out beforehand, for a disk that is full.
"""

import hashlib
import json
import logging
import os
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

log = logging.getLogger(__name__)

MARK: Final = b"137 spool 1\n"
LENGTH_BYTES, DIGEST_BYTES, NONCE_BYTES = 4, 32, 12
HEAD: Final = len(MARK) + LENGTH_BYTES + DIGEST_BYTES
SLOT: Final = 8192  # a form of ordinary size, with room
RESERVE: Final = 64
DEAD_SECONDS = 60  # a part older than this is nobody's


class Full(Exception):
    """Nothing more can be kept: not even in the reserve."""


def written_at(event: Path) -> datetime:
    """Say when an event was kept."""
    return datetime.fromtimestamp(int(event.name.partition("-")[0]) / 1e9, UTC)


class Spool:
    """One process's events in a directory of its own; several may write, and one reads."""

    def __init__(self, directory: Path, secret: str, limit: int) -> None:
        self.directory, self._limit = directory, limit
        self._aside = directory / "aside"
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hotline 137 spool").derive(secret.encode())
        self._cipher = AESGCM(key)

    def prepare(self) -> None:
        """Make the directory and lay out the reserve."""
        try:
            self._make()
            self._clear()
            for _ in range(RESERVE - len(self._slots())):
                self._lay_out()
        except OSError as why:
            log.error("the spool has no room for its reserve: %s", why)  # noqa: TRY400  # the reason says it all

    def put(self, event: Mapping[str, Any]) -> None:
        """Keep an event; it is on the disk when this returns. Raises Full."""
        data = self._seal(json.dumps(event, ensure_ascii=False).encode())
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        part = self.directory / f"{name}.part"
        try:
            self._make()
            if len(self.waiting()) >= self._limit:
                raise Full(f"{self._limit} events wait already")
            self._write(part, data)
            part.rename(part.with_suffix(".event"))
            self._sync()
        except OSError as error:
            part.unlink(missing_ok=True)
            raise Full(f"{type(error).__name__}: {error.strerror}") from error

    def waiting(self) -> list[Path]:
        """List what was kept, oldest first."""
        return sorted(self.directory.glob("*.event"))

    def aside(self) -> list[Path]:
        """List what could not be read or taken, and waits for a person."""
        return sorted(self._aside.glob("*.event"))

    def read(self, path: Path) -> dict[str, Any] | None:
        """Give an event; one that is torn, or was sealed with another key, is set aside."""
        try:
            return dict(json.loads(self._unseal(path.read_bytes())))
        except (ValueError, InvalidTag) as why:
            self.set_aside(path, str(why) or "it was sealed with another key")
            return None

    def look(self, path: Path) -> dict[str, Any] | None:
        """Give an event and leave it where it is; None if it is gone, torn, or of another key."""
        try:
            return dict(json.loads(self._unseal(path.read_bytes())))
        except (FileNotFoundError, ValueError, InvalidTag):
            return None

    def done(self, path: Path) -> None:
        """Forget an event that was taken."""
        path.unlink(missing_ok=True)
        self._sync()

    def set_aside(self, path: Path, why: str) -> None:
        """Keep for a person what nobody can take, and say so loudly."""
        log.error("a spooled event was set aside: %s", why, extra={"event": path.name})
        path.rename(self._aside / path.name)
        self._sync()

    def _make(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._aside.mkdir(exist_ok=True, mode=0o700)

    def _write(self, part: Path, data: bytes) -> None:
        """Write a new file; when the disk has no room for it, write over a slot of the reserve."""
        try:
            self._fill(part, data, os.O_CREAT | os.O_EXCL)
        except OSError:
            part.unlink(missing_ok=True)
            if len(data) > SLOT or not self._take_slot(part):
                raise
            self._fill(part, data, 0)

    def _fill(self, path: Path, data: bytes, flags: int) -> None:
        with os.fdopen(os.open(path, os.O_WRONLY | flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def _slots(self) -> list[Path]:
        return sorted(self.directory.glob("*.slot"))

    def _take_slot(self, part: Path) -> bool:
        """Claim a slot by renaming it, which only one of several can; say whether there was one."""
        for slot in self._slots():
            with suppress(FileNotFoundError):
                slot.rename(part)
                return True
        return False

    def _lay_out(self) -> None:
        """Write a slot whole, with noise: what was only promised, or packed, may have no room later."""
        part = self.directory / f"{secrets.token_hex(8)}.part"
        try:
            self._fill(part, secrets.token_bytes(SLOT), os.O_CREAT | os.O_EXCL)
            part.rename(part.with_suffix(".slot"))
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def _clear(self) -> None:
        """Throw away what a killed process left half written: nobody was told that it was kept."""
        dead = time.time() - DEAD_SECONDS
        for part in self.directory.glob("*.part"):
            with suppress(FileNotFoundError):
                if part.stat().st_mtime < dead:
                    part.unlink()

    def _sync(self) -> None:
        handle = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _seal(self, words: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        body = nonce + self._cipher.encrypt(nonce, words, MARK)
        return MARK + len(body).to_bytes(LENGTH_BYTES) + hashlib.sha256(body).digest() + body

    def _unseal(self, data: bytes) -> bytes:
        """Give the words. Raises ValueError for a torn file, InvalidTag for another key."""
        length = int.from_bytes(data[len(MARK) : len(MARK) + LENGTH_BYTES])
        body = data[HEAD : HEAD + length]
        whole = data.startswith(MARK) and len(body) == length > NONCE_BYTES
        if not whole or hashlib.sha256(body).digest() != data[HEAD - DIGEST_BYTES : HEAD]:
            raise ValueError("it is torn")
        return self._cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], MARK)

"""AES-256-GCM in frames of 64 KiB: written as a stream, read from any place.

A file is magic, the key's name and a salt, then the frames. A frame's nonce is its position and whether it is the last,
so that frames that were cut off, swapped, doubled or taken from another file do not open.
"""

import io
import os
import secrets
from types import TracebackType
from typing import Any, BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ivr.vault.keys import NAME_BYTES, Key, Keys

MAGIC = b"137SEAL1"
SALT_BYTES = 16
HEADER_BYTES = len(MAGIC) + NAME_BYTES + SALT_BYTES
FRAME, TAG = 64 * 1024, 16


class Damaged(Exception):
    """What is to be opened is not whole, or was changed since it was sealed."""


def _nonce(position: int, *, last: bool) -> bytes:
    return position.to_bytes(8, "big") + int(last).to_bytes(4, "big")


class Sealer(io.RawIOBase):
    """Seals what is written to it; only leaving it without an exception makes it whole."""

    def __init__(self, into: BinaryIO, key: Key) -> None:
        salt = secrets.token_bytes(SALT_BYTES)
        self._into, self._position, self._waiting = into, 0, bytearray()
        self._header = MAGIC + key.name + salt
        self._cipher = AESGCM(key.for_file(salt))
        into.write(self._header)

    def writable(self) -> bool:
        return True

    def write(self, some: Any) -> int:
        """Take bytes; a frame goes out as soon as something follows it."""
        self._waiting += some
        while len(self._waiting) > FRAME:
            self._seal(bytes(self._waiting[:FRAME]), last=False)
            del self._waiting[:FRAME]
        return len(some)

    def _seal(self, plain: bytes, *, last: bool) -> None:
        self._into.write(self._cipher.encrypt(_nonce(self._position, last=last), plain, self._header))
        self._position += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._seal(bytes(self._waiting), last=True)
        super().__exit__(kind, error, trace)


class Opened(io.RawIOBase):
    """Reads a sealed file, frame by frame, from wherever it is told."""

    def __init__(self, file: BinaryIO, keys: Keys) -> None:
        """Look at both ends first. Raises WrongKey or Damaged."""
        self._file, self._at = file, 0
        header = file.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
            raise Damaged("it is not a sealed file, or its beginning is damaged")
        body = file.seek(0, os.SEEK_END) - HEADER_BYTES
        self._frames = -(-body // (FRAME + TAG))
        self.size = body - self._frames * TAG
        if not self._frames or body - (self._frames - 1) * (FRAME + TAG) < TAG:
            raise Damaged("its end is missing")
        name, self._header = header[len(MAGIC) : len(MAGIC) + NAME_BYTES], header
        self._cipher = AESGCM(keys.named(name).for_file(header[-SALT_BYTES:]))
        self._held: tuple[int, bytes] = (-1, b"")
        self._frame(self._frames - 1)

    def _frame(self, position: int) -> bytes:
        if self._held[0] != position:
            self._file.seek(HEADER_BYTES + position * (FRAME + TAG))
            sealed = self._file.read(FRAME + TAG)
            try:
                nonce = _nonce(position, last=position == self._frames - 1)
                self._held = (position, self._cipher.decrypt(nonce, sealed, self._header))
            except InvalidTag:
                where = "its end is missing or damaged" if position == self._frames - 1 else f"frame {position}"
                raise Damaged(where) from None
        return self._held[1]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place of what was sealed."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError(offset)
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        """Close what it is read from, too."""
        self._file.close()
        super().close()

    def readinto(self, into: Any) -> int:
        """Give what one frame has from here on; nothing at the end. Raises Damaged."""
        if self._at >= self.size:
            return 0
        position, start = divmod(self._at, FRAME)
        some = self._frame(position)[start : start + len(into)]
        into[: len(some)] = some
        self._at += len(some)
        return len(some)

    def __enter__(self) -> Self:
        return self

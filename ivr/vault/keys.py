"""Keys in a file of their own, readable by one user alone: a key a line, and the last one is what is sealed with."""

import hashlib
import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NAME_BYTES = 8
NONCE_BYTES = 12
KEY = re.compile(r"[0-9a-f]{64}")


class NoKey(Exception):
    """There is no key to work with; the words say why."""


class WrongKey(Exception):
    """What is to be opened was sealed with another key."""


@dataclass(frozen=True)
class Key:
    """A secret that seals files, each with a key drawn from it and the file's salt, or that wraps the keys of files."""

    secret: bytes = field(repr=False)

    @property
    def name(self) -> bytes:
        """Name the key without telling it, so that a wrong one is known for what it is."""
        return hmac.digest(self.secret, b"hotline-137 key name", hashlib.sha256)[:NAME_BYTES]

    def for_file(self, salt: bytes) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt, b"hotline-137 file key").derive(self.secret)

    @classmethod
    def fresh(cls) -> "Key":
        """Make a key for one file alone."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def wrap(self, key: "Key", what: str) -> str:
        """Lock another key away under this one, for what it opens and nothing else."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return (nonce + _wrapping(self.secret).encrypt(nonce, key.secret, what.encode())).hex()

    def unwrap(self, wrapped: str, what: str) -> "Key":
        """Give the key that was locked away for this. Raises WrongKey."""
        raw = bytes.fromhex(wrapped)
        try:
            return Key(_wrapping(self.secret).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], what.encode()))
        except InvalidTag:
            raise WrongKey(f"the key {self.name.hex()} does not open what was locked away for {what}") from None


@lru_cache(maxsize=8)
def _wrapping(secret: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, None, b"hotline-137 wrapping key").derive(secret))


@dataclass(frozen=True)
class Keys:
    """All keys of a file, oldest first."""

    known: tuple[Key, ...]

    @property
    def newest(self) -> Key:
        return self.known[-1]

    def named(self, name: bytes) -> Key:
        """Find the key that something was sealed with. Raises WrongKey."""
        for key in self.known:
            if hmac.compare_digest(key.name, name):
                return key
        raise WrongKey(f"it was sealed with the key {name.hex()}, which is not in the keys file")

    @classmethod
    def read(cls, path: Path) -> "Keys":
        """Read a keys file. Raises NoKey if it is not there, is no keys file, or others may read it."""
        try:
            with path.open(encoding="ascii") as file:
                if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                    raise NoKey(f"{path} can be read by others: chmod 600 it")
                lines = file.read().split()
        except (OSError, UnicodeDecodeError) as error:
            raise NoKey(f"{path} cannot be read as a keys file") from error
        if not lines or not all(KEY.fullmatch(line) for line in lines):
            raise NoKey(f"{path} is no keys file: `ivr keys new FILE` makes one")
        return cls(tuple(Key(bytes.fromhex(line)) for line in lines))


def new(path: Path) -> Key:
    """Make a keys file with one key. Raises FileExistsError: a key that is lost cannot be had again."""
    secret = secrets.token_bytes(KEY_BYTES)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"{secret.hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)  # whole or not at all, and never over another
    finally:
        part.unlink(missing_ok=True)
    return Key(secret)

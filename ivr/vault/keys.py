"""Keys in a file of their own, readable by one user alone: a key a line, and the last one is what is sealed with."""

import hashlib
import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NAME_BYTES = 8
KEY = re.compile(r"[0-9a-f]{64}")


class NoKey(Exception):
    """There is no key to work with; the words say why."""


class WrongKey(Exception):
    """What is to be opened was sealed with another key."""


@dataclass(frozen=True)
class Key:
    """A master key. Every file is sealed with one of its own, drawn from it and the file's salt."""

    secret: bytes = field(repr=False)

    @property
    def name(self) -> bytes:
        """Name the key without telling it, so that a wrong one is known for what it is."""
        return hmac.digest(self.secret, b"hotline-137 key name", hashlib.sha256)[:NAME_BYTES]

    def for_file(self, salt: bytes) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt, b"hotline-137 file key").derive(self.secret)


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
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"{secret.hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    return Key(secret)

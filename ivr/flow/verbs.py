"""What a caller can be told; the names are TwiML's."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Say:
    """Speak a prompt; the facts are what was known when it was said. A key cuts short what is interruptible."""

    prompt: str
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)
    interruptible: bool = False


@dataclass(frozen=True)
class Gather:
    prompts: tuple[Say, ...]
    length: int | None  # None: any number of keys, ended by `finish`
    finish: str
    timeout: int


@dataclass(frozen=True)
class Record:
    prompts: tuple[Say, ...]
    max_seconds: int
    silence_seconds: int
    finish: str = "#"


@dataclass(frozen=True)
class Dial:
    number: str
    timeout: int | None
    caller_id: str | None
    record: bool


@dataclass(frozen=True)
class Hangup:
    pass


Verb = Say | Gather | Record | Dial | Hangup

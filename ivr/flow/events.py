"""What can happen in a call: things a caller does, and what came of the desk's work."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answered:
    """The call begins; facts from outside come with it."""

    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pressed:
    keys: str = ""  # empty is silence


@dataclass(frozen=True)
class Recorded:
    recording: str
    seconds: int
    hung_up: bool = False  # it was the hang-up that ended the recording


@dataclass(frozen=True)
class Did:
    """The desk has done the action it was asked for."""

    result: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dialled:
    """The bridged telephone has been tried, or has been talked with."""

    status: str
    seconds: int = 0


@dataclass(frozen=True)
class HungUp:
    pass


Event = Answered | Pressed | Recorded | Did | Dialled | HungUp

"""What a look at the exchange came to."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing looked at: good, bad (a call would suffer), or unknown (it could not be looked at)."""

    verdict: Literal["good", "bad", "unknown"]
    words: str

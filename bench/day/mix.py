"""What people call about, in DOMAIN's shares: half want information, the rest report, follow up or ask for a call."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import numpy as np

from bench.day.provider import Counted, Media, Telephone, connection, pause

SHARES = {
    "information": 50, "report": 25, "report and callback": 5, "hangs up while speaking": 4, "voice": 4,
    "follow up": 5, "follow up and note": 2, "callback": 5,
}  # fmt: skip
SUBJECTS, DISTRICTS = 7, 8


@dataclass
class City:
    """Who calls, with what they know; `played` says by sid what each call was about."""

    base: str
    media: Media
    codes: list[str] = field(default_factory=list)
    thinking: float = 0.0
    played: dict[str, str] = field(default_factory=dict)
    _numbers: itertools.count = field(default_factory=lambda: itertools.count(1))
    _random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(137))

    async def calls(self, counted: Counted) -> None:
        """Play one whole call, from the first ring to its last news."""
        n, kinds = next(self._numbers), [kind for kind in SHARES if self.codes or "follow" not in kind]
        weights = np.array([SHARES[kind] for kind in kinds], float)
        kind = kinds[self._random.choice(len(kinds), p=weights / weights.sum())]
        sid = f"CA{n:032x}"
        async with connection() as session:
            phone = Telephone(session, self.base, sid, f"+98912{n:07}", counted, self.media)
            self.played[sid] = kind
            await phone.dials()
            for step in self._steps(kind, phone):
                await pause(self._random, self.thinking)
                await step()
            await pause(self._random, self.thinking)
            await phone.ends()

    def _steps(self, kind: str, phone: Telephone) -> list[Callable[[], Awaitable[None]]]:
        """Say what a caller of this kind does, menu after menu."""
        subject, district, choice = (str(self._random.integers(1, many + 1)) for many in (SUBJECTS, DISTRICTS, 4))
        report = ["1", subject, district]
        code = self.codes[self._random.integers(len(self.codes))] if "follow" in kind else ""
        keys = {
            "information": ["3", choice],
            "report": [*report, "says", "1", "2"],
            "report and callback": [*report, "says", "1", "1"],
            "hangs up while speaking": [*report, "drops"],
            "voice": ["4", choice, "says", "1", "2"],
            "follow up": ["2", code],
            "follow up and note": ["2", code, "1", "says"],
            "callback": ["0"],
        }[kind]
        acts = {"says": phone.speaks, "drops": lambda: phone.speaks("hangup")}
        return [acts.get(key) or (lambda key=key: phone.presses(key)) for key in keys]


async def as_many_as_go(play: Callable[[Counted], Awaitable[None]], lines: int, seconds: float) -> Counted:
    """Keep so many lines busy for so long; what ends later is played to its end and not counted."""
    counted = Counted()
    counted.until = time.perf_counter() + seconds

    async def line() -> None:
        while time.perf_counter() < counted.until:
            await play(counted)

    await asyncio.gather(*(line() for _ in range(lines)))
    return counted


async def at_rate(play: Callable[[Counted], Awaitable[None]], rate: float, seconds: float) -> Counted:
    """Let calls come at their rate, whether the hotline keeps up or not."""
    counted, began, random = Counted(), time.perf_counter(), np.random.default_rng(911)
    coming, at = set(), began
    while (at := at + random.exponential(1 / rate)) < began + seconds:
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        call = asyncio.create_task(play(counted))
        coming.add(call)
        call.add_done_callback(coming.discard)
    if coming:
        await asyncio.wait(coming)
    return counted


def kinds(city: City) -> Counter[str]:
    return Counter(city.played.values())

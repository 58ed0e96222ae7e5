"""The town of a demonstration: its chance, its clock, its people, and the rows it leaves behind."""

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from db.models import (
    Attempt,
    Base,
    Call,
    Callback,
    CallEvent,
    CallText,
    FileKey,
    Recording,
    Ticket,
    TicketEvent,
    TicketText,
    Turn,
    User,
)
from db.queries import bulk
from db.session import Session
from ivr.demo.office import OfficeClock
from ivr.demo.paths import Walker
from ivr.demo.words import words
from ivr.services import codes
from ivr.services.calls import FEEDBACK, OUTBOUND
from ivr.services.desk import Desk
from ivr.vault import Key

ACCOUNT = "demo"
# In the order in which they lead to each other.
TABLES: tuple[type[Base], ...] = (
    Call, Ticket, Recording, Turn, TicketEvent, Callback, Attempt, CallEvent, CallText, TicketText
)  # fmt: skip
MOBILES = ("912", "919", "910", "938", "935", "936", "921", "990")
LANDLINES = ("32", "36", "37", "38")
LANDLINE_SHARE = 0.24
STRIDE, OFFSET, CODE_STRIDE = 7_368_787, 1_234_567, 618_033_989
DESK_OPENS, DESK_CLOSES = 7.5, 21.0
TEHRAN = 3.5 * 3600
DAY = 86_400.0
AGAIN = 0.42  # Shahrekord, Mehr 1404: 509 of 883 calls were the first about their matter
LATELY, BEFORE = 7 * DAY, 0.06  # the others ring again within so long, but for a few


class Rows:
    """Collects rows by table, and gives ids."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: dict[type[Base], list[dict[str, Any]]] = {table: [] for table in TABLES}
        self._locked: list[dict[str, Any]] = []
        self._ids = {table: count(bulk.highest_id(session, table) + 1) for table in TABLES}

    def new_id(self, table: type[Base]) -> int:
        return next(self._ids[table])

    def add(self, table: type[Base], **row: Any) -> int:
        """Keep a row; give its id."""
        row_id = int(row.setdefault("id", 0) or next(self._ids[table]))
        row["id"] = row_id
        self._kept[table].append(row)
        return row_id

    def lock_away(self, place: str, master: Key, key: Key) -> None:
        """Keep the key of a file."""
        self._locked.append({"place": place, "master": master.name.hex(), "wrapped": master.wrap(key, place)})

    def flush(self) -> None:
        for table, rows in self._kept.items():
            bulk.add(self._session, table, rows)
            rows.clear()
        bulk.add(self._session, FileKey, self._locked)
        self._locked.clear()


@dataclass
class Town:
    """Everything that a day in the town may need; `end` is the moment after which nothing has happened yet."""

    desk: Desk
    rng: random.Random
    rows: Rows
    office: OfficeClock
    operators: Sequence[User]
    supervisors: Sequence[User]
    end: float
    voice: Callable[[str, float], dict[str, Any]]
    open_numbers: set[str] = field(default_factory=set)
    numbers: int = 0
    lately: deque[tuple[float, str]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        flows, prompts = self.desk.catalogue.flows, self.desk.catalogue.prompts
        self.menu = Walker(flows[self.desk.config.hotline.flow], prompts, inbound=True)
        self.feedback = Walker(flows[FEEDBACK], prompts, inbound=False)
        self.bridge = Walker(flows[OUTBOUND], prompts, inbound=False)
        self.words = words()

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def some(self, group: str) -> str:
        """Give one of the sentences of a kind."""
        return self.rng.choice(self.words[group])

    def pick(self, weights: dict[str, float]) -> str:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def code(self, ticket_id: int) -> str:
        """Give a ticket its tracking code: by stride, so that none is given twice."""
        body = 100_000_000 + (ticket_id * CODE_STRIDE) % 900_000_000
        return codes.complete(f"{body}")

    def caller(self, moment: float) -> tuple[str | None, bool]:
        """Give who rings, None if the number is withheld, and whether it is again: sooner rather than later."""
        again = self.numbers > 0 and self.chance(AGAIN)
        number = self._known(moment) if again else self.number(self.numbers)
        self.numbers += not again
        self.lately.append((moment, number))
        return (None if self.chance(0.02) else number), again

    def _known(self, moment: float) -> str:
        while self.lately and self.lately[0][0] < moment - LATELY:
            self.lately.popleft()
        if not self.lately or self.chance(BEFORE):
            return self.number(int(self.numbers * self.rng.random() ** 0.35))
        return self.lately[int(len(self.lately) * self.rng.random() ** 0.6)][1]

    def number(self, n: int) -> str:
        """Give the telephone number of the nth citizen."""
        digits = f"{(n * STRIDE + OFFSET) % 10_000_000:07}"
        if random.Random(n).random() < LANDLINE_SHARE:  # noqa: S311  # chance that can be repeated, no secret
            return f"+9825{LANDLINES[n % len(LANDLINES)]}{digits[1:]}"
        return f"+98{MOBILES[n % len(MOBILES)]}{digits}"

    def at_the_desk(self, moment: float) -> float:
        """Give the moment, or the next at which operators are there."""
        day, hour = divmod(moment + TEHRAN, DAY)
        if hour < DESK_OPENS * 3600:
            return day * DAY + DESK_OPENS * 3600 - TEHRAN + self.rng.random() * 3600
        if hour >= DESK_CLOSES * 3600:
            return (day + 1) * DAY + DESK_OPENS * 3600 - TEHRAN + self.rng.random() * 3600
        return moment

    def operator(self, moment: float) -> User:
        """Give who is on shift: half of them in the morning, the others later; some take more calls than others."""
        half = len(self.operators) // 2
        early = (moment + TEHRAN) % DAY < 14 * 3600
        shift = self.operators[:half] if early else self.operators[half:]
        return shift[min(len(shift) - 1, int(len(shift) * self.rng.random() ** 1.3))]

"""Voices brought in, a few together: claimed at once, fetched and sealed one after the other, kept at once."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from db.session import Database
from ivr.audio import NotAudio, inspect
from ivr.services import keeping, recordings
from ivr.services.desk import Desk
from ivr.services.recordings import Claim, Kept, Voice
from ivr.telephony.media import NotYet, fetch

Came = tuple[Claim, keeping.Part, Voice]

AT_ONCE = 8  # a voice that is slow to come keeps so many others waiting for their place


@dataclass(frozen=True)
class Bringer:
    """Who brings voices in, each step in a transaction of its own."""

    desk: Desk
    database: Database
    clock: Callable[[], datetime]

    def bring(self, ids: Iterable[int], until: float = math.inf) -> int:
        """Claim voices, fetch and keep them; say how many were ours to fetch.

        Those that are not begun by `until`, a moment of the monotonic clock, are let go.
        """
        with self.database.transaction() as session:
            claims = recordings.claim(session, self.desk, list(ids), self.clock())
        came: list[Came] = []
        with ExitStack() as parts:
            try:
                for n, claim in enumerate(claims):
                    if n and time.monotonic() > until:
                        self._let_go(claims[n:])
                        break
                    part = parts.enter_context(keeping.part(self.desk))
                    if (voice := self._fetched(claim, part)) is not None:
                        came.append((claim, part, voice))
            finally:
                self._keep(came)
        return len(claims)

    def _fetched(self, claim: Claim, part: keeping.Part) -> Voice | None:
        """Fetch a voice and hear it to its end; nothing of it lies on the disk but sealed."""
        try:
            with part.writing() as file:
                fetched = fetch(claim.account, claim.sid, file)
            with part.opened() as heard:
                return Voice(part.key, fetched, inspect(heard).seconds)
        except (NotYet, NotAudio) as why:
            self._fail(claim, f"{type(why).__name__}: {why}")
        except OSError as why:  # the disk's own trouble: full, as a rule
            self._fail(claim, f"{NotYet.__name__}: {type(why).__name__}")
        return None

    def _keep(self, came: list[Came]) -> None:
        """Bring what came to its places, and note it: all at once, and alone what somebody else holds just now.

        What another fetch was quicker with is thrown away.
        """
        if not came:
            return
        with self.database.transaction() as session:
            places = [recordings.place_for(session, self.desk, claim, voice, self.clock()) for claim, _, voice in came]
        kept = list(self._put(came, places))
        with self.database.transaction() as session:
            unmet = recordings.keep(session, self.desk, kept, self.clock())
        for one in unmet:
            with self.database.transaction() as session:
                for late in recordings.keep(session, self.desk, [one], self.clock(), wait=True):
                    keeping.remove(session, late.place, self.clock())

    def _put(self, came: list[Came], places: list[str]) -> Iterator[Kept]:
        for (claim, part, voice), place in zip(came, places, strict=True):
            try:
                self.desk.store.put(part.path, place)
            except keeping.Away as why:
                self._fail(claim, f"{type(why).__name__}: {why}")
            else:
                yield Kept(claim.recording_id, place, voice)

    def _fail(self, claim: Claim, why: str) -> None:
        with self.database.transaction() as session:
            recordings.fail(session, self.desk, claim.recording_id, why, self.clock())

    def _let_go(self, claims: list[Claim]) -> None:
        with self.database.transaction() as session:
            recordings.let_go(session, [claim.recording_id for claim in claims], self.clock())

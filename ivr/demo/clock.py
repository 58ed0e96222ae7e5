"""The clock of a ticket's promise, as the desk runs it: it may stand still, and be late."""

from ivr.catalogue import Category
from ivr.demo.office import OfficeClock
from ivr.services.sla import ROUND_THE_CLOCK


class Clock:
    """Counts one ticket's time; `left` is what is left of it, in seconds, while it stands still."""

    def __init__(self, office: OfficeClock, subject: Category, opened: float) -> None:
        self._office = office
        self.round_the_clock = subject.priority == ROUND_THE_CLOCK
        self.promised = subject.sla_hours * 3600.0
        self.left: int | None = None
        self.due = self.after(opened, self.promised)

    def after(self, at: float, work: float) -> float:
        return at + work if self.round_the_clock else self._office.after(at, work)

    def between(self, earlier: float, later: float) -> float:
        if self.round_the_clock:
            return max(0.0, later - earlier)
        return self._office.between(earlier, later)

    def stop(self, now: float) -> None:
        if self.left is None:
            self.left = int(self.between(now, self.due))

    def resume(self, now: float) -> None:
        if self.left:
            self.due = self.after(now, self.left)
        self.left = None

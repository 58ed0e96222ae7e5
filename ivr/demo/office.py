"""Office hours, looked up fast: the same answers as the city's own, for one stretch of time."""

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from ivr.workdays import Workdays

MARGIN = timedelta(days=150)


class OfficeClock:
    """Counts office seconds between moments; moments are seconds since the epoch."""

    def __init__(self, office: Workdays, first: datetime, last: datetime) -> None:
        spans = [(a.timestamp(), b.timestamp()) for a, b in office.spans(first - MARGIN, last + MARGIN)]
        self._starts = [a for a, _ in spans]
        self._ends = [b for _, b in spans]
        self._before = [0.0, *accumulate(b - a for a, b in spans)]

    def worked(self, moment: float) -> float:
        """Give how much office time had passed by then."""
        n = bisect_right(self._starts, moment) - 1
        return self._before[n] + min(moment, self._ends[n]) - self._starts[n] if n >= 0 else 0.0

    def after(self, moment: float, work: float) -> float:
        """Give the moment at which so much office time has passed."""
        wanted = self.worked(moment) + work
        n = min(bisect_left(self._before, wanted) - 1, len(self._starts) - 1)
        return self._starts[n] + wanted - self._before[n]

    def between(self, earlier: float, later: float) -> float:
        return max(0.0, self.worked(later) - self.worked(earlier))


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)

"""Fairness: districts by a thousand inhabitants, and what differs from the rest of the city beyond chance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from db.queries.figures import sums
from db.session import Session
from ivr import chance
from ivr.services.desk import Desk
from ivr.services.figures.definitions import BY_CODE
from ivr.services.figures.tables import Line, Table

PER = 1000
RATES = ("calls", "reports")
SHARES = (
    "in_time", "answered_share", "confirmed_share", "unreachable_share", "reopened_share", "satisfaction",
    "repeat_share",
)  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """A district's figure beside the rest of the city's; `p` is corrected for all that were asked at once."""

    district: str
    figure: str
    worth: float
    rest: float
    p: float

    @property
    def differs(self) -> bool:
        return self.p < chance.LEVEL

    @property
    def higher(self) -> bool:
        return self.worth > self.rest

    @property
    def times(self) -> float | None:
        """Say how many times the rest's it is."""
        return self.worth / self.rest if self.rest else None

    @property
    def good(self) -> bool | None:
        """Say whether it differs the way one would wish; None where one cannot say."""
        wish = BY_CODE[self.figure].wish
        return None if not wish else self.higher == (wish == "more")


@dataclass(frozen=True)
class Fairness:
    """Verdicts by figure and district, and how restless each district's daily counts are."""

    inhabitants: Mapping[str, int]
    estimated: bool
    verdicts: Mapping[str, Mapping[str, Verdict]]

    @property
    def differing(self) -> list[Verdict]:
        found = [one for by_district in self.verdicts.values() for one in by_district.values() if one.differs]
        return sorted(found, key=lambda one: one.p)


def judge(session: Session, desk: Desk, table: Table) -> Fairness:
    """Compare each district with all the others together, in every figure."""
    inhabitants = {one.code: one.population for one in desk.catalogue.districts if one.population}
    lines = {line.key: line for line in table.lines if line.key in inhabitants}
    verdicts = [*_rates(session, table, lines, inhabitants), *_shares(lines)]
    corrected = chance.honest([one.p for one in verdicts])
    by_figure: dict[str, dict[str, Verdict]] = {code: {} for code in (*RATES, *SHARES)}
    for one, p in zip(verdicts, corrected, strict=True):
        by_figure[one.figure][one.district] = replace(one, p=p)
    estimated = any(one.population_is_estimate for one in desk.catalogue.districts)
    return Fairness(inhabitants, estimated, by_figure)


def _rates(
    session: Session, table: Table, lines: Mapping[str, Line], inhabitants: Mapping[str, int]
) -> Iterator[Verdict]:
    """Compare counts by inhabitants, as restless as the district's days are."""
    period, people = table.period, sum(inhabitants.values())
    daily = sums.by_day(session, "district", period.first, period.last, RATES)
    for figure in RATES:
        total = sum(line.sums.get(figure, 0) for line in lines.values())
        for district, line in lines.items():
            n, here = line.sums.get(figure, 0), inhabitants[district]
            unrest = chance.restlessness([daily.get((day, district, figure), 0) for day in period])
            p = chance.rate_differs(n, here, total - n, people - here, unrest)
            yield Verdict(district, figure, n * PER / here, (total - n) * PER / max(1, people - here), p)


def _shares(lines: Mapping[str, Line]) -> Iterator[Verdict]:
    """Compare shares: of tickets, of calls, of citizens asked."""
    for figure in SHARES:
        values = {district: line.values[figure] for district, line in lines.items()}
        of, over = sum(one.of for one in values.values()), sum(one.over for one in values.values())
        for district, value in values.items():
            rest = over - value.over
            if value.over and rest:
                p = chance.share_differs(value.of, value.over, of - value.of, rest)
                yield Verdict(district, figure, value.of / value.over, (of - value.of) / rest, p)

"""What charts are drawn from: the browser gets it as JSON, beside the canvas."""

from collections.abc import Sequence
from typing import Any

from ivr import persian
from ivr.services.figures.definitions import BY_CODE, GROUPS, Figure
from ivr.services.figures.fairness import RATES, Fairness
from ivr.services.figures.staffing import Day
from ivr.services.figures.tables import Table, Value
from ivr.web import figures_show as words
from ivr.web import show
from ivr.web.labels import word


def of_group(table: Table, group: str) -> dict[str, Any]:
    """Give what a chart of a group of figures is drawn from: the browser shows one figure at a time."""
    lines = [line for line in table.lines if any(line.sums.values())] or list(table.lines)
    return {
        "kind": "line" if table.by in ("hour", "month") else "bar",
        "labels": [words.key(line.key, table.by) for line in lines],
        "series": [
            series(BY_CODE[code], [line.values[code] for line in lines], table.whole.values[code])
            for code in GROUPS[group]
        ],
    }


def series(figure: Figure, values: Sequence[Value], whole: Value | None = None) -> dict[str, Any]:
    factor = words.HUNDRED if figure.kind == "share" else 1
    return {
        "code": figure.code,
        "name": word(figure.code, "figure"),
        "unit": {"share": "percent", "median": "hours", "p90": "hours"}.get(figure.kind, ""),
        "values": [_times(value.worth, factor) for value in values],
        "low": [_times(value.low, factor) for value in values],
        "high": [_times(value.high, factor) for value in values],
        "whole": _times(whole.worth, factor) if whole is not None and figure.kind != "count" else None,
    }


def _times(value: float | None, factor: int) -> float | None:
    return None if value is None else round(value * factor, 2)


def plain(kind: str, labels: Sequence[str], **named: Sequence[float | None]) -> dict[str, Any]:
    """Give what a chart of plain numbers is drawn from; each series is named by its words in figures_word."""
    drawn = [{"name": word(name, "figures_word"), "unit": "", "values": list(of)} for name, of in named.items()]
    return {"kind": kind, "labels": list(labels), "series": drawn, "together": True}


def of_rates(fair: Fairness) -> dict[str, Any]:
    """Give the chart of calls and reports for each thousand inhabitants."""
    labels = [show.district(district) for district in fair.inhabitants]
    rates = {code: [round(one.worth, 2) for one in fair.verdicts[code].values()] for code in RATES}
    return plain("bar", labels, **rates)


def of_day(day: Day) -> dict[str, Any]:
    """Give the chart of a planned day: calls expected, and the operators needed, each half hour."""
    labels = [persian.persian_digits(f"{slot // 2:02}:{slot % 2 * 30:02}") for slot in range(len(day.slots))]
    drawn = plain("bar", labels, calls=[round(n, 1) for n in day.slots], operators=list(day.operators))
    drawn["series"][1] |= {"kind": "line", "stepped": "middle", "axis": "second"}
    return drawn

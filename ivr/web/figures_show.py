"""How figures look: numbers in Persian, the words of a definition, and what a chart is drawn from."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import current_app

from db.queries.figures import sums
from db.session import Session
from ivr import persian, seasons
from ivr.services.figures import days
from ivr.services.figures.definitions import BY_CODE, GROUPS, Figure
from ivr.services.figures.tables import Value
from ivr.web import show
from ivr.web.labels import labels, word
from ivr.web.shell import shell
from ivr.workdays import Workdays

NOTHING = "\u2013"
HUNDRED = 100
YEARS, MONTHS = 2, 15
TINY = 0.001
Choice = tuple[str, str]


def number(worth: float, places: int = 0) -> str:
    """Write a number the Persian way: grouped by threes, with a Persian decimal mark."""
    written = f"{worth:,.{places}f}".replace(",", "\u066c").replace(".", "\u066b")
    return persian.persian_digits(written)


def worth(figure: Figure, value: Value) -> str:
    if value.worth is None:
        return NOTHING
    if figure.kind == "share":
        return word("percent", "unit_of_figure").format(n=number(value.worth * HUNDRED, 1))
    if figure.kind in ("median", "p90"):
        return word("hours", "unit_of_figure").format(n=number(value.worth, 1))
    return number(value.worth, 1 if figure.kind == "mean" else 0)


def interval(value: Value) -> str:
    """Write the interval of a share of people who were asked, low to high."""
    if value.low is None or value.high is None:
        return ""
    return f"{number(value.low * HUNDRED, 1)} {word('to', 'figures_word')} {number(value.high * HUNDRED, 1)}"


def counted(figure: Figure, value: Value) -> str:
    """Write what a quotient was made of, numerator first."""
    if figure.kind == "count" or value.worth is None:
        return ""
    return word("of", "figures_word").format(of=number(value.of), over=number(value.over))


def definition(code: str) -> dict[str, str]:
    """Give the words of a definition: its name, what is counted, over what, and who is left out."""
    return {
        "name": word(code, "figure"),
        "of": word(code, "figure_of"),
        "over": "" if BY_CODE[code].kind == "count" else word(code, "figure_over"),
        "left": word(code, "figure_left"),
    }


def day(local: date) -> str:
    return persian.persian_digits(days.written(local))


def month(code: int) -> str:
    return f"{persian.month_name(code % 100)} {persian.persian_digits(str(code // 100))}"


def key(of_line: str, by: str) -> str:
    """Name a line of a table."""
    if by == "district":
        return show.district(of_line)
    if by == "category":
        return show.category(of_line)
    if by == "unit":
        return show.holder(of_line) if "." in of_line else word(of_line, "district")
    if by == "weekday":
        return word(of_line, "weekday")
    if by == "month":
        return month(int(of_line))
    return persian.persian_digits(of_line)


def periods(today: date) -> list[Choice]:
    """List the stretches of days to choose from: months, the last days, years."""
    found = [(str(code), month(code)) for code in days.months_back(today, MONTHS)]
    found += [(f"last{n}", word(f"last{n}", "period")) for n in days.LATELY]
    this = days.month_code(today) // 100
    years = [str(this - back) for back in range(YEARS)]
    return found + [(year, word("year", "period").format(n=persian.persian_digits(year))) for year in years]


def share(part: float, places: int = 1) -> str:
    return word("percent", "unit_of_figure").format(n=number(part * HUNDRED, places))


def chance_of(p: float) -> str:
    """Write a p value; a tiny one is just tiny."""
    return word("tiny_p", "figures_word") if p < TINY else number(p, 3)


def calendar(office: Workdays, first: date, count: int) -> dict[date, list[str]]:
    """Name what is special about each of some days."""
    ahead = [first + timedelta(days=n) for n in range(count)]
    return {
        one: [word(kind, "season") for kind in seasons.KINDS if kind in seasons.kinds(one, office)] for one in ahead
    }


def today() -> date:
    return shell().desk.local(shell().now()).date()


def period_asked(args: Mapping[str, str]) -> days.Period:
    """Read the stretch of days that a page is asked for: a month, the last days, or from one Jalali day to another."""
    begin, end = args.get("from", "").strip(), args.get("to", "").strip()
    code = f"{begin}-{end}" if begin and end else args.get("period", "")
    return days.read(code, today())


def frame(session: Session, period: days.Period) -> dict[str, Any]:
    """Give what every page of figures needs; how many of its days are still to be counted anew is one of it."""
    return {
        "period": period,
        "periods": periods(today()),
        "stale": sums.stale_between(session, period.first, period.last),
        "renewed": sums.renewed_at(session, period.first, period.last),
        "known_pages": set(current_app.view_functions),
        "f": functions(),
    }


def functions() -> dict[str, Any]:
    """Give what templates write figures with."""
    return {
        "number": number,
        "worth": worth,
        "interval": interval,
        "counted": counted,
        "definition": definition,
        "day": day,
        "month": month,
        "key": key,
        "share": share,
        "chance": chance_of,
        "figures": BY_CODE,
        "groups": GROUPS,
        "notes": labels()["figure_note"],
    }

"""The monthly report: one page to hand out as PDF, and all of its numbers as XLSX, in Jalali months."""

from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Response, abort, render_template, request

from db.session import Session
from ivr import document, sheets
from ivr.services.figures import days, fairness, overview, tables
from ivr.services.figures.days import Period
from ivr.services.figures.definitions import BY_CODE, FIGURES
from ivr.services.figures.tables import Line, Table
from ivr.web import figures_show as words
from ivr.web import show
from ivr.web.edits import Answer
from ivr.web.labels import word
from ivr.web.shell import shell

blueprint = Blueprint("monthly", __name__, url_prefix="/figures/report")

FONTS = Path(__file__).parent / "static" / "fonts"
TILES = (
    "calls", "reports", "information_share", "abandoned_share", "repeat_share",
    "answered_share", "confirmed_share", "unreachable_share", "satisfaction", "in_time",
    "first_median", "first_p90", "solved_median", "cb_kept_share", "reopened_share",
)  # fmt: skip
OF_DISTRICTS = (
    "calls", "reports", "first_median", "in_time", "answered_share", "confirmed_share", "unreachable_share",
    "satisfaction",
)  # fmt: skip
OF_SUBJECTS = ("reports", "first_median", "first_p90", "in_time", "answered_share", "confirmed_share")
SUBJECTS = 7
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELLS = {"share": "percent", "median": "hours", "p90": "hours", "mean": "mean", "count": "count"}
SHEETS = ("district", "unit", "category", "hour", "weekday")


@blueprint.get("")
def page() -> Answer:
    with shell().database.reading() as session:
        frame = words.frame(session, _last_month())
    months = [code for code, _ in frame["periods"] if code.isdecimal() and len(code) == len(frame["period"].code)]
    return render_template("figures/report.html", **frame, months=[int(code) for code in months])


@blueprint.get("/<int:code>.pdf")
def as_pdf(code: int) -> Response:
    period = _month(code)
    with shell().database.reading() as session:
        written = document.pdf(_report(session, period), FONTS)
    return _download(written, "application/pdf", f"137-{code}.pdf")


@blueprint.get("/<int:code>.xlsx")
def as_xlsx(code: int) -> Response:
    period = _month(code)
    with shell().database.reading() as session:
        written = sheets.xlsx(_sheets(session, period))
    return _download(written, XLSX, f"137-{code}.xlsx")


def _last_month() -> Period:
    return days.month(days.months_back(words.today(), 2)[1])


def _month(code: int) -> Period:
    """Give a Jalali month that has begun."""
    try:
        whole = days.month(code)
    except ValueError:
        abort(404)
    if whole.first > words.today():
        abort(404)
    return days.read(str(code), words.today())


def _download(written: bytes, kind: str, name: str) -> Response:
    answer = Response(written, mimetype=kind)
    inline = "inline" if kind == "application/pdf" and "show" in request.args else "attachment"
    answer.headers["Content-Disposition"] = f'{inline}; filename="{name}"'
    return answer


def _report(session: Session, period: Period) -> document.Report:
    desk, now = shell().desk, shell().now()
    table = tables.table(session, desk, "district", period, now)
    before = tables.whole(session, desk, days.month(days.months_back(period.first, 2)[1]), now)
    daily = overview.daily(session, period)
    title = word("title", "report").format(month=words.month(int(period.code)))
    about = word("subtitle", "report").format(
        first=words.day(period.first), last=words.day(period.last), now=show.jalali(now)
    )
    of_month = [words.day(day).rpartition("/")[2] for day in period]
    parts: list[document.Grid | document.Bars] = [
        document.Bars(word("daily", "report"), of_month, [float(n) for n in daily["calls"]]),
        document.Grid(word("districts", "report"), *_grid(table, OF_DISTRICTS, table.lines)),
        document.Grid(word("subjects", "report"), *_subjects(session, period)),
    ]
    return document.Report(title, about, _tiles(table.whole, before), parts, _notes(session, table))


def _tiles(whole: Line, before: Line) -> list[document.Tile]:
    tiles = []
    for code in TILES:
        figure, value = BY_CODE[code], whole.values[code]
        was = word("before", "report").format(worth=words.worth(figure, before.values[code]))
        note = words.interval(value) and word("interval", "report").format(interval=words.interval(value))
        tiles.append(document.Tile(word(code, "figure"), words.worth(figure, value), note or was))
    return tiles


def _grid(table: Table, codes: Sequence[str], lines: Sequence[Line]) -> tuple[list[str], list[list[str]]]:
    columns = [word(table.by, "dimension"), *(word(code, "figure") for code in codes)]
    rows = [
        [words.key(line.key, table.by), *(words.worth(BY_CODE[code], line.values[code]) for code in codes)]
        for line in lines
    ]
    whole = [words.worth(BY_CODE[code], table.whole.values[code]) for code in codes]
    return columns, [*rows, [word("whole", "report"), *whole]]


def _subjects(session: Session, period: Period) -> tuple[list[str], list[list[str]]]:
    """Give the subjects with the most reports."""
    table = tables.table(session, shell().desk, "category", period, shell().now())
    most = sorted(table.lines, key=lambda line: -line.values["reports"].of)[:SUBJECTS]
    return _grid(table, OF_SUBJECTS, [line for line in most if line.values["reports"].of])


def _notes(session: Session, table: Table) -> list[str]:
    """Say what the numbers mean, and which districts differ beyond chance."""
    differing = fairness.judge(session, shell().desk, table).differing
    said = [
        word("differs", "report").format(
            district=show.district(one.district),
            figure=word(one.figure, "figure"),
            way=word("more" if one.higher else "less", "report"),
        )
        for one in differing
        if one.figure in fairness.SHARES
    ]
    differ = word("differing", "report").format(list=word("comma", "report").join(said))
    fair = differ if said else word("nothing_differs", "report")
    meanings = [f"{word(code, 'figure')}: {word(code, 'figure_of')}" for code in OF_DISTRICTS[2:]]
    return [fair, word("semicolon", "report").join(meanings), word("note", "report")]


def _sheets(session: Session, period: Period) -> list[sheets.Sheet]:
    desk, now = shell().desk, shell().now()
    heading = word("title", "report").format(month=words.month(int(period.code)))
    found = [_of_everything(tables.whole(session, desk, period, now), heading)]
    found += [_of_table(tables.table(session, desk, by, period, now), heading) for by in SHEETS]
    return [*found, _of_days(session, period, heading)]


def _of_days(session: Session, period: Period, heading: str) -> sheets.Sheet:
    daily = overview.daily(session, period)
    columns = [word("day", "report"), *(word(name, "figures_word") for name in daily)]
    rows: list[list[sheets.Cell]] = [
        [words.day(day), *(counts[n] for counts in daily.values())] for n, day in enumerate(period)
    ]
    return sheets.Sheet(word("day", "report"), heading, columns, ["text", *["count"] * len(daily)], rows)


def _of_everything(whole: Line, heading: str) -> sheets.Sheet:
    """Give each figure with what it was made of, and its definition beside it."""
    columns = [word(name, "report") for name in ("figure", "worth", "of", "over", "low", "high", "is", "among", "left")]
    rows: list[list[sheets.Cell]] = []
    for figure in FIGURES:
        value, says = whole.values[figure.code], words.definition(figure.code)
        shown = words.worth(figure, value)
        rows.append(
            [says["name"], shown, value.of, value.over, value.low, value.high, says["of"], says["over"], says["left"]]
        )
    kinds = ["text", "text", "count", "count", "percent", "percent", "text", "text", "text"]
    return sheets.Sheet(word("whole", "report"), heading, columns, kinds, rows)


def _of_table(table: Table, heading: str) -> sheets.Sheet:
    columns = [word(table.by, "dimension"), *(word(figure.code, "figure") for figure in FIGURES)]
    rows: list[list[sheets.Cell]] = [
        [words.key(line.key, table.by), *(line.values[figure.code].worth for figure in FIGURES)] for line in table.lines
    ]
    kinds = ["text", *(CELLS[figure.kind] for figure in FIGURES)]
    return sheets.Sheet(word(table.by, "dimension"), heading, columns, kinds, rows)

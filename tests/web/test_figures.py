"""A supervisor reads the figures; nobody else does."""

import html
import io
import re
import zipfile
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from db.models import Call, Callback
from ivr import persian
from ivr.services import users
from ivr.services.figures import days, tables
from ivr.services.figures.definitions import FIGURES, GROUPS
from ivr.web.figures_show import number
from ivr.web.labels import labels
from tests.services.figures.naive import Naive
from tests.web.staff import PASSWORD, Staff, hires
from tests.year import Year, count

XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PAGES = [
    "/figures/",
    *(f"/figures/by/{by}" for by in tables.DIMENSIONS),
    "/figures/fairness",
    "/figures/changes",
    "/figures/changes?over=week",
    "/figures/staffing",
    "/figures/report",
    "/figures/wall",
]
FILES = ["/figures/report/140508.pdf", "/figures/report/140508.xlsx"]


@pytest.fixture
def weeks(database, desk, clock):
    Year(database, clock())
    count(database, desk, clock())
    return database


@pytest.fixture
def maryam(app):
    return hires(app, "maryam", "supervisor").logs_in()


def written(figure, expected):
    """Write a plain count's result as the page does."""
    if isinstance(expected, tuple):
        of, over = expected
        if not over:
            return "\u2013"
        return f"{number(of / over * 100, 1)}\u066a" if figure.kind == "share" else number(of / over, 1)
    if expected is None:
        return "\u2013"
    return number(expected) if figure.kind == "count" else number(expected, 1)


def cells(page):
    """Read a page's figures: (figure, key) -> what stands there."""
    found = re.findall(r'data-figure="(\w+)"(?: data-key="([^"]*)")?>(?:<b>)?([^<]*)', page)
    return {(code, key): html.unescape(text) for code, key, text in found}


def test_every_number_on_the_pages_is_what_a_plain_count_gives(maryam, weeks, desk, clock):
    period = days.read("last30", desk.local(clock()).date())
    with weeks.reading() as session:
        naive = Naive(session, period.first, period.last, clock())
        maryam.opens("/figures/?period=last30")
        shown, plain = cells(maryam.page), naive.figures()
        for figure in FIGURES:
            assert written(figure, plain[figure.code]) in shown[figure.code, ""], figure.code
        for by in tables.DIMENSIONS:
            shown = cells(maryam.opens(f"/figures/by/{by}?period=last30").page)
            keys = {key for _, key in shown}
            assert len(keys) > 1
            for key in keys:
                plain = naive.figures(by, key)
                for figure in FIGURES:
                    assert written(figure, plain[figure.code]) in shown[figure.code, key], (by, key, figure.code)


def test_pages_work_without_a_single_call(maryam):
    assert {maryam.client.get(page).status_code for page in [*PAGES, *FILES]} == {200}


@pytest.mark.parametrize(("role", "scope"), [("operator", ""), ("district", "district.3"), ("unit", "unit.parks")])
def test_nobody_else_comes_in(app, clock, role, scope):
    with app.extensions["ivr"].database.transaction() as session:
        users.add(session, "reza", role, PASSWORD, clock(), scope=scope)
    somebody = Staff(app, "reza").logs_in()
    assert {somebody.opens(page).status for page in [*PAGES, *FILES]} == {403}
    assert somebody.client.post("/figures/staffing/mark", data={"day": "1405/09/04", "kind": "rain"}).status_code == 400


def test_a_stranger_is_sent_to_log_in(app):
    for page in [*PAGES, *FILES]:
        answer = app.test_client().get(page, headers={"Accept": "text/html"})
        assert answer.status_code == 302
        assert "/login" in answer.location


def test_an_unknown_dimension_is_not_found(maryam):
    assert maryam.opens("/figures/by/moon").status == 404


def test_a_line_leads_to_its_tickets(maryam, weeks):
    maryam.opens("/figures/by/district?period=140508")
    link = html.unescape(re.search(r'href="(/tickets\?district=3[^"]*)"', maryam.page)[1])
    reports = cells(maryam.page)["reports", "3"]
    assert maryam.opens(link).status == 200
    assert maryam.reads(f"{reports} \u062f\u0631\u062e\u0648\u0627\u0633\u062a")


def test_the_report_is_one_page_with_the_font_in_it(maryam, weeks):
    maryam.opens("/figures/report")
    assert "/figures/report/140508.pdf" in maryam.page
    answer = maryam.client.get("/figures/report/140508.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="137-140508.pdf"'
    assert answer.data.startswith(b"%PDF-")
    assert re.search(rb"/Count 1\b", answer.data)
    assert b"Vazirmatn" in answer.data
    assert maryam.opens("/figures/report/140510.pdf").status == 404  # not begun
    assert maryam.opens("/figures/report/140513.xlsx").status == 404


def sheets(data):
    """Read a workbook's cells: sheet name -> rows of texts and numbers."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        texts = [
            "".join(part.text or "" for part in one.iter(f"{XML}t"))
            for one in ET.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        names = [one.get("name") for one in ET.fromstring(book.read("xl/workbook.xml")).iter(f"{XML}sheet")]
        return {
            name: [
                [
                    None if (value := cell.find(f"{XML}v")) is None
                    else texts[int(value.text)] if cell.get("t") == "s" else float(value.text)
                    for cell in row
                ]
                for row in ET.fromstring(book.read(f"xl/worksheets/sheet{n}.xml")).iter(f"{XML}row")
            ]
            for n, name in enumerate(names, start=1)
        }  # fmt: skip


def test_the_workbook_says_what_a_plain_count_gives(maryam, weeks, desk, clock):
    book = sheets(maryam.client.get("/figures/report/140508.xlsx").data)
    period = days.read("140508", desk.local(clock()).date())
    with weeks.reading() as session:
        naive = Naive(session, period.first, period.last, clock())
        plain, of_three = naive.figures(), naive.figures("district", "3")
    everything, by_district = list(book.values())[:2]
    for figure, row in zip(FIGURES, everything[2:], strict=True):
        expected = plain[figure.code]
        if isinstance(expected, tuple):
            assert tuple(row[2:4]) == expected, figure.code
        assert all(row[6:9]) or figure.kind == "count"
    (three,) = [row for row in by_district[2:] if row[0] == desk.catalogue.district("3").name]
    assert three[1] == of_three["calls"]
    assert three[3] == of_three["reports"]
    of, over = of_three["answered_share"]
    assert three[1 + [figure.code for figure in FIGURES].index("answered_share")] == pytest.approx(of / over)
    assert len(list(book.values())[-1]) == 2 + 30  # a line for each day of Aban


def test_the_wall_says_how_things_stand(maryam, weeks, clock):
    maryam.opens("/figures/wall")
    with weeks.reading() as session:
        waiting = session.query(Callback).filter_by(state="queued", machine=False).count()
        calls = [c for c in session.query(Call) if c.direction == "inbound"]
    since = clock().replace(hour=20, minute=30) - timedelta(days=1)
    today = sum(since <= call.started_at < clock() for call in calls)
    shown = dict(re.findall(r'id="(\w+)">([^<]*)', maryam.page))
    assert shown["waiting"] == number(waiting)
    assert shown["calls"] == number(today)
    assert 'data-live="queue tickets team"' in maryam.page


def test_a_day_is_marked_and_unmarked(maryam, weeks):
    maryam.opens("/figures/staffing")
    day = persian.persian_digits("1405/09/05")
    maryam.submits("/figures/staffing/mark", day=day, kind="rain", note="heavy")
    assert "heavy" in maryam.page
    maryam.submits("/figures/staffing/mark", day="yesterday", kind="rain")
    assert 'class="flash flash-error"' in maryam.page
    maryam.submits("/figures/staffing/unmark")
    assert "heavy" not in maryam.page


def test_nothing_is_marked_without_a_token(maryam):
    for path in ("/figures/staffing/mark", "/figures/staffing/unmark"):
        assert maryam.client.post(path, data={"day": "1405/09/04", "kind": "rain"}).status_code == 400


def test_every_figure_has_the_words_of_its_definition():
    words = labels()
    codes = {figure.code for figure in FIGURES}
    assert codes == set(words["figure"]) == set(words["figure_of"]) == set(words["figure_left"])
    assert set(words["figure_over"]) == {figure.code for figure in FIGURES if figure.kind != "count"}
    assert set(words["figure_group"]) == set(GROUPS)

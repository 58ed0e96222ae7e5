"""A supervisor reads the figures; nobody else does."""

import html
import re

import pytest

from ivr.services import users
from ivr.services.figures import days, tables
from ivr.services.figures.definitions import FIGURES
from ivr.web.figures_show import number
from tests.services.figures.naive import Naive
from tests.web.staff import PASSWORD, Staff, hires
from tests.year import Year, count

PAGES = ["/figures/", *(f"/figures/by/{by}" for by in tables.DIMENSIONS)]


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


@pytest.mark.parametrize("page", PAGES)
def test_pages_work_without_a_single_call(maryam, page):
    assert maryam.opens(page).status == 200


@pytest.mark.parametrize(("role", "scope"), [("operator", ""), ("district", "district.3"), ("unit", "unit.parks")])
def test_nobody_else_comes_in(app, clock, role, scope):
    with app.extensions["ivr"].database.transaction() as session:
        users.add(session, "reza", role, PASSWORD, clock(), scope=scope)
    somebody = Staff(app, "reza").logs_in()
    assert {somebody.opens(page).status for page in PAGES} == {403}


def test_an_unknown_dimension_is_not_found(maryam):
    assert maryam.opens("/figures/by/moon").status == 404


def test_a_line_leads_to_its_tickets(maryam, weeks):
    maryam.opens("/figures/by/district?period=140508")
    link = html.unescape(re.search(r'href="(/tickets\?district=3[^"]*)"', maryam.page)[1])
    reports = cells(maryam.page)["reports", "3"]
    assert maryam.opens(link).status == 200
    assert maryam.reads(f"{reports} \u062f\u0631\u062e\u0648\u0627\u0633\u062a")

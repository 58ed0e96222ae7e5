"""A supervisor's figures in a real browser: drawn, switched, judged by axe; nothing refused, nothing from elsewhere."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from db.models import Callback
from tests.browser.conftest import WAIT_MS, logs_in, shoot
from tests.web.staff import PASSWORD, hires
from tests.year import Year, count

PAGES = {
    "overview": "/figures/?period=last30",
    "district": "/figures/by/district?period=last30",
    "hour": "/figures/by/hour?period=last30",
    "month": "/figures/by/month?period=1405",
    "fairness": "/figures/fairness?period=last30",
    "changes": "/figures/changes?over=week",
    "staffing": "/figures/staffing",
    "report": "/figures/report",
    "wall": "/figures/wall",
}


@pytest.fixture
def weeks(app, desk, clock):
    database = app.extensions["ivr"].database
    Year(database, clock(), days=60, calls=30)
    count(database, desk, clock())
    return database


@pytest.fixture
def maryam(app, browser, address, weeks):
    hires(app, "maryam", "supervisor")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    troubles = []
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: troubles.append(asked.url) if not asked.url.startswith(address) else None)
    logs_in(page, "maryam", PASSWORD)
    yield page
    context.close()
    assert troubles == []


def drawn(page):
    """Wait until every chart is drawn; say how many there are."""
    charts = page.locator("[data-chart]")
    for n in range(charts.count()):
        expect(charts.nth(n)).to_have_attribute("data-drawn", "true")
    return charts.count()


def ink(page, canvas):
    """Count the dark pixels of a chart."""
    return page.locator(canvas).first.evaluate(
        """one => { const data = one.getContext("2d").getImageData(0, 0, one.width, one.height).data;
        let n = 0; for (let i = 3; i < data.length; i += 4) n += data[i] > 0; return n; }"""
    )


def test_every_page_is_drawn_fits_and_passes_axe(maryam):
    for name, path in PAGES.items():
        maryam.goto(path)
        charts = drawn(maryam)
        assert (charts > 0) == (name not in ("changes", "report", "wall"))
        shoot(maryam, f"figures-{name}")
        found = Axe().run(maryam)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


def test_a_chart_is_switched_to_another_figure(maryam):
    maryam.goto(PAGES["district"])
    drawn(maryam)
    before = ink(maryam, "canvas")
    assert before > 1000
    maryam.locator("[data-chart-choice]").first.select_option(index=2)
    assert ink(maryam, "canvas") != before


def test_the_figures_are_reached_by_a_key_and_a_line_leads_to_its_tickets(maryam):
    maryam.keyboard.press("KeyF")
    expect(maryam).to_have_url(re.compile(r"/figures/$"))
    maryam.locator("nav.views a").nth(1).click()
    maryam.locator("tbody th a").nth(2).click()
    expect(maryam.locator("select[name=district]")).to_have_value("3")
    assert maryam.locator("[data-rows] tbody tr").count() > 0


def test_the_wall_is_told_of_a_new_request(maryam, weeks, clock):
    maryam.goto("/figures/wall")
    expect(maryam.locator("body")).to_have_attribute("data-live", "true")
    before = maryam.locator("#waiting").inner_text()
    with weeks.transaction() as session:
        session.add(
            Callback(
                type="intake", number="+989120000000", requested_at=clock(), due_at=clock(), promised_at=clock(),
                rank_at=clock(),
            )
        )  # fmt: skip
    expect(maryam.locator("#waiting")).not_to_have_text(before)

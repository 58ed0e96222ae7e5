"""A supervisor's morning: yesterday's abandoned calls of district 6, a talk heard and graded, a file, the audit."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import select

from db.models import Call, User
from ivr import demo
from tests.browser.conftest import logs_in, shoot
from tests.web.staff import PASSWORD, hires

EVE = timedelta(hours=24)


@pytest.fixture
def city(desk, database, clock):
    """A fortnight of made-up calls, up to this morning, and one who gave up yesterday in district 6 and rang again."""
    with database.transaction() as session:
        demo.build(session, desk, demo.Plan(1, 600, 6, clock(), 40), lambda done, of: None)
        left = session.scalars(
            select(Call).where(Call.disposition == "abandoned:ask_issue", Call.number.is_not(None)).limit(1)
        ).one()
        talk = session.scalars(
            select(Call).where(Call.flow == "callback", Call.disposition == "reached").order_by(Call.id.desc()).limit(1)
        ).one()
        left.district, left.started_at, left.number = "6", clock() - EVE, talk.number
        sara = session.scalars(select(User).where(User.name == "sara")).one()
        talk.handled_by = sara.id
        return left.id, talk.id


@pytest.fixture
def samira(app, browser, address, city):
    hires(app, "boss", "supervisor")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address, accept_downloads=True)
    context.set_default_timeout(15_000)
    page = context.new_page()
    troubles = []
    page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "request", lambda asked: troubles.append(asked.url) if not asked.url.startswith((address, "blob:")) else None
    )
    logs_in(page, "boss", PASSWORD)
    yield page
    context.close()
    assert troubles == []


def sound(page):
    """Insist that axe finds nothing, at desk and phone width, and that nothing sticks out."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_supervisors_morning(samira, city):
    left, talk = city
    finds_the_abandoned(samira, left)
    listens_and_grades(samira, talk)
    takes_a_file(samira)
    reads_the_audit(samira, talk)


def finds_the_abandoned(page, left):
    """Come to yesterday's abandoned calls of district 6 by the form, walk them by keys, open one."""
    page.keyboard.press("KeyG")
    page.wait_for_url("**/calls")
    page.locator("[name=when]").select_option("yesterday")
    page.locator("[name=disposition]").select_option("abandoned")
    page.locator("[name=district]").select_option("6")
    page.locator(".filters-do .button-main").click()
    page.wait_for_url(re.compile("district=6"))
    expect(page.locator(f'.row-link[href*="/calls/{left}?"]')).to_be_visible()
    sound(page)
    shoot(page, "calls-abandoned")
    links = page.locator(".row-link")
    for _ in range(links.count()):
        page.keyboard.press("KeyJ")
        if f"/calls/{left}?" in page.evaluate("document.activeElement.getAttribute('href')"):
            break
    page.keyboard.press("ArrowUp")
    page.locator(f'.row-link[href*="/calls/{left}?"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/calls/{left}[?]"))
    expect(page.locator(".path .event")).not_to_have_count(0)
    shoot(page, "call-abandoned")


def listens_and_grades(page, talk):
    """Go to the talk with the same citizen, hear it, and grade it with a word on a moment."""
    page.locator(f'a[href="/calls/{talk}"]').click()
    page.wait_for_url(f"**/calls/{talk}")
    with page.expect_response(re.compile("/audio")) as heard:
        page.keyboard.press("Space")
    assert heard.value.status in (200, 206)
    expect(page.locator(".player-time")).to_contain_text("\u06f0:\u06f0\u06f1 /")
    page.keyboard.press("Space")
    for mark in page.locator("[name^='mark.']").all():
        mark.fill("80")
    page.locator("[data-moment='0']").click()
    expect(page.locator("[name='at.0']")).to_have_value(re.compile(r"0:0\d"))
    page.keyboard.type("well begun")
    sound(page)
    shoot(page, "call-grading")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".grade")).to_contain_text("well begun")
    shoot(page, "call-graded")


def takes_a_file(page):
    page.goto("/calls?when=yesterday&disposition=abandoned&district=6")
    with page.expect_download() as download:
        page.locator("[name=format][value=xlsx]").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    assert download.value.path().read_bytes()[:2] == b"PK"


def reads_the_audit(page, talk):
    page.goto("/audit")
    for action in ("exported", "graded", "listened", "looked", "searched", "login"):
        expect(page.locator(f'tr[data-action="{action}"]').first).to_be_visible()
    expect(page.locator('tr[data-action="graded"]')).to_contain_text(f"call:{talk}")
    expect(page.locator('tr[data-action="listened"]')).to_have_count(1)
    sound(page)
    shoot(page, "audit")
    page.goto("/reviews")
    sound(page)
    shoot(page, "reviews")


def test_a_voice_is_played_in_its_row(samira, city):
    samira.goto("/calls?led_to=voice&direction=inbound")
    samira.keyboard.press("KeyJ")
    with samira.expect_response(re.compile("/audio")):
        samira.keyboard.press("Space")
    expect(samira.locator("tbody tr").first.locator(".player-play")).to_have_attribute("data-playing", "true")
    samira.keyboard.press("KeyJ")
    expect(samira.locator("tbody tr").nth(1).locator(".row-link")).to_be_focused()
    shoot(samira, "calls-playing")

"""The second proof in a real browser: set up, asked for, taken off; judged by axe at each step."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import logs_in, shoot
from tests.web.staff import PASSWORD, hires
from tests.web.test_second_proof import Telephone


@pytest.fixture
def page(app, browser, address):
    hires(app, "samira", "supervisor")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
    context.set_default_timeout(10_000)
    page = context.new_page()
    troubles = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else troubles.append(asked.url))
    logs_in(page, "samira", PASSWORD)
    yield page
    context.close()
    assert troubles == []


def looks_well(page, name):
    shoot(page, name)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def submit(page, action):
    page.locator(f"form[action='{action}'] button").click()


def test_a_supervisor_sets_it_up_and_comes_in_with_it(page, clock):
    page.goto("/password")
    page.locator("main a[href='/second-proof']").click()
    page.wait_for_url("**/second-proof")
    looks_well(page, "second-proof-before")
    page.locator("[name=password]").fill(PASSWORD)
    submit(page, "/second-proof/prepare")
    picture = page.locator("img.code-picture")
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.complete && one.naturalWidth > 100"), "the picture is drawn"
    looks_well(page, "second-proof-key")
    telephone = Telephone(page.locator("code.key").inner_text(), clock)
    page.locator("[name=code]").fill(telephone.code())
    submit(page, "/second-proof/confirm")
    expect(page.locator("form[action='/second-proof/remove']")).to_be_visible()
    looks_well(page, "second-proof-there")

    submit(page, "/logout")
    clock.move(seconds=30)
    page.locator("[name=name]").fill("samira")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/code**")
    looks_well(page, "login-code")
    page.locator("[name=code]").fill("000000")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_be_visible()
    looks_well(page, "login-code-wrong")
    page.locator("[name=code]").fill(telephone.code())
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets")

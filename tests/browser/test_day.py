"""A supervisor runs the day in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import WAIT_MS, logs_in, shoot
from tests.web.staff import PASSWORD, hires


@pytest.fixture
def enter(app, browser, address):
    """Let somebody log in; no script was refused, and nothing came from elsewhere."""
    contexts, troubles = [], []

    def come(name, role):
        hires(app, name, role)
        context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda asked: troubles.append(asked.url) if not asked.url.startswith(address) else None)
        logs_in(page, name, PASSWORD)
        return page

    yield come
    for context in contexts:
        context.close()
    troubles = [one for one in troubles if not one.startswith("blob:")]
    assert troubles == []


def checked(page, name):
    """Look at a page at both widths, and have axe judge it."""
    shoot(page, name)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_one_click_and_the_next_call_hears_it(enter, line, desk):
    zahra = enter("zahra", "supervisor")
    zahra.keyboard.press("KeyM")
    expect(zahra.locator(".notice")).to_be_visible()
    checked(zahra, "day-quiet")
    banner = desk.catalogue.prompts["banner_rain"][:20]
    assert banner not in line.dials().words
    zahra.locator("[name=kind][value=rain]").click()
    expect(zahra.locator(".lamp-on")).to_be_visible()
    assert banner in line.dials().words
    line.dials("+989121234561").presses("1").presses("4").speaks(f"RE{1:032x}").presses("1").hangs_up()
    zahra.reload()
    checked(zahra, "day-rain")
    zahra.locator("[name=kind][value=done]").check()
    zahra.locator("textarea[name=text]").fill("dry again")
    zahra.locator("form", has=zahra.locator("textarea[name=text]")).locator("button").click()
    expect(zahra.locator(".flash-done")).to_be_visible()
    assert [row["state"] for row in line.rows("tickets")] == ["duplicate", "answered"]
    zahra.locator(".work form button").click()
    assert banner not in line.dials().words


def announced(page):
    """Wait until the page says that it is on air; give the address of the newest announcement's clip."""
    expect(page.locator(".flash-done")).to_be_visible()
    return page.locator(".entry audio").first.get_attribute("src")


def heard(line):
    return [play.text for play in line.dials().document.iter("Play")]


def test_an_announcement_is_typed_and_heard_before_it_is_sent(enter, line, desk):
    zahra = enter("zahra", "supervisor")
    zahra.goto("/day/announcements")
    zahra.locator("[name=title]").fill(desk.catalogue.category("waste").name)
    words = desk.catalogue.prompts["info_waste"]
    zahra.locator("[name=words]").fill(words)
    zahra.locator("[name=ends_at]").fill("1405/09/04 10:00")
    zahra.locator("[data-preview-button]").click()
    expect(zahra.locator("[data-preview-sound]")).to_be_visible()
    before = zahra.locator("[data-preview-sound]").get_attribute("src")
    checked(zahra, "announcements-typing")
    zahra.locator("#announce .button-main").click()
    assert announced(zahra) == before
    assert before in "".join(heard(line))
    checked(zahra, "announcements")


def test_an_announcement_is_recorded_in_the_browser(enter, line):
    zahra = enter("zahra", "supervisor")
    zahra.goto("/day/announcements")
    zahra.locator("[name=title]").fill("spoken here")
    zahra.locator("[name=ends_at]").fill("1405/09/04")
    zahra.locator("[value=browser]").check()
    zahra.locator("[data-record]").click()
    expect(zahra.locator("[data-level]")).to_be_visible()
    zahra.wait_for_timeout(2500)
    zahra.locator("[data-record]").click()
    expect(zahra.locator("[data-take]")).to_be_visible()
    checked(zahra, "announcements-recorded")
    zahra.locator("#announce .button-main").click()
    assert announced(zahra) in "".join(heard(line))


def test_an_announcement_that_is_refused_keeps_what_was_typed(enter):
    zahra = enter("zahra", "supervisor")
    zahra.goto("/day/announcements")
    zahra.locator("[name=title]").fill("too late")
    zahra.locator("[name=words]").fill("it is over")
    zahra.locator("[name=ends_at]").fill("1404/01/01")
    zahra.locator("#announce .button-main").click()
    expect(zahra.locator(".flash-error[role=alert]").first).to_be_visible()
    expect(zahra.locator("[name=words]")).to_have_value("it is over")


def test_managers_are_planned_and_guests_called(enter, line, report_code):
    zahra = enter("zahra", "supervisor")
    zahra.goto("/day/managers")
    checked(zahra, "managers-none")
    for field, words in {
        "title": "137", "host": "Ahmadi", "telephone": "sip:101",
        "starts_at": "1405/09/03 09:30", "ends_at": "1405/09/03 12:00",
    }.items():  # fmt: skip
        zahra.locator(f"[name={field}]").fill(words)
    zahra.locator("main .button-main").click()
    zahra.locator(".entry a").click()
    zahra.locator("[name=code]").fill(report_code)
    zahra.keyboard.press("Enter")
    expect(zahra.locator(".entry")).to_have_count(1)
    line.dials("+989121234568").presses("5")
    zahra.reload()
    checked(zahra, "manager")
    zahra.locator(".entry .button-main").click()
    expect(zahra.locator(".flash-done")).to_be_visible()
    zahra.goto("/day/managers")
    checked(zahra, "managers")


@pytest.fixture
def report_code(line):
    line.dials().presses("1").presses("3").presses("3").speaks(f"RE{1:032x}").presses("1").hangs_up()
    return line.rows("tickets")[0]["code"]


def test_a_number_is_limited(enter):
    zahra = enter("zahra", "supervisor")
    zahra.goto("/day/callers")
    zahra.locator("[name=number]").fill("09121234567")
    zahra.locator("[name=reason]").select_option("insult")
    zahra.locator("main .button-main").click()
    expect(zahra.locator(".entry")).to_have_count(1)
    checked(zahra, "callers")


def test_users_are_arranged(enter, app):
    hires(app, "reza")
    admin = enter("admin", "administrator")
    admin.goto("/day/people")
    admin.locator("section:has(#new) [name=name]").fill("sara")
    expect(admin.locator("section:has(#new) [name=scope]")).to_be_hidden()
    admin.locator("section:has(#new) [name=role]").select_option("district")
    admin.locator("section:has(#new) [name=scope]").select_option("district.3")
    admin.locator("section:has(#new) .button-main").click()
    expect(admin.locator("code")).to_be_visible()
    admin.locator(".entry summary").first.click()
    checked(admin, "people")


def test_words_and_lists_are_drafted_and_put_on_air(enter, line):
    admin = enter("admin", "administrator")
    admin.goto("/day/catalogue/lists/prompts/greeting")
    admin.locator("[name=words]").fill("good morning")
    checked(admin, "lists-prompt")
    admin.locator("main .button-main").click()
    checked(admin, "lists-prompts")
    admin.goto("/day/catalogue/lists/categories/road")
    checked(admin, "lists-category")
    admin.locator("[name=sla_hours]").fill("12")
    admin.locator("main .button-main").click()
    checked(admin, "lists-categories")
    admin.goto("/day/catalogue")
    checked(admin, "lists-draft")
    admin.locator("[name=note]").fill("friendlier")
    admin.keyboard.press("Enter")
    expect(admin.locator(".flash-done")).to_be_visible()
    assert line.dials().words.startswith("good morning")
    checked(admin, "lists-live")

"""What a shift at the desk is made of: every page fit for all, live, and worked by keys."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from ivr.services import users
from tests.browser.conftest import logs_in, shoot
from tests.web.staff import PASSWORD
from tests.web.test_console import stored

SOUND = "RE" + "1" * 32
SERIOUS = {"serious", "critical"}


@pytest.fixture
def enter(app, browser, address):
    """Let somebody log in with a browser of their own."""
    contexts = []

    def come(name, role, scope="", full_name=""):
        shell = app.extensions["ivr"]
        with shell.database.transaction() as session:
            users.add(session, name, role, PASSWORD, shell.now(), scope=scope, full_name=full_name)
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address))
        contexts[-1].set_default_timeout(10_000)
        page = contexts[-1].new_page()
        logs_in(page, name, PASSWORD)
        return page

    yield come
    for context in contexts:
        context.close()


@pytest.fixture
def reported(line, speaker):
    """Dirt in district 3, in the citizen's own voice; they wait for a call."""
    caller = line.dials().presses("1").presses("1").presses("3").speaks(SOUND).presses("1")
    caller.presses("1").hangs_up()
    stored(line, SOUND, speaker.read_bytes())
    return line.rows("tickets")[0]["code"]


def serious(page):
    """List what axe finds serious on a page, at desk and phone width."""
    found = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        violations = Axe().run(page).response["violations"]
        found += [
            (page.url, width, one["id"], [node["html"][:160] for node in one["nodes"]][:3])
            for one in violations
            if one["impact"] in SERIOUS
        ]
    return found


def test_every_page_is_fit_for_all(enter, line, reported, clock):
    zahra = enter("zahra", "supervisor", full_name="Zahra")
    line.dials("+989121234568").presses("0")
    pages = ["/tickets", f"/tickets/{reported}", "/callbacks", "/intake", "/password", "/tickets/0000000000", "/phone"]
    found = []
    for path in pages:
        zahra.goto(path)
        for box in zahra.locator("details.act").all():
            box.evaluate("one => one.open = true")
        found += serious(zahra)
    zahra.goto("/callbacks")
    zahra.locator("#next").click()
    found += serious(zahra)
    zahra.keyboard.press("Shift+Slash")
    expect(zahra.locator("#help")).to_be_visible()
    found += serious(zahra)
    shoot(zahra, "help")
    stranger = zahra.context.browser.new_page()
    stranger.goto(zahra.url.replace("/callbacks", "/login"))
    found += serious(stranger)
    stranger.close()
    assert found == []


def test_a_page_that_is_open_sees_what_happens_elsewhere(enter, line):
    zahra, omid = enter("zahra", "operator"), enter("omid", "operator", full_name="Omid")
    zahra.goto("/callbacks")
    expect(zahra.locator("#next")).to_have_count(0)
    line.dials().presses("0")
    expect(zahra.locator("#next")).to_be_visible()
    expect(zahra.locator("#waiting tbody tr")).to_have_count(1)
    omid.goto("/callbacks")
    omid.locator("#next").click()
    expect(zahra.locator("#waiting tbody tr")).to_have_count(0)
    expect(zahra.locator(".seat-in_call")).to_contain_text("Omid")


def test_without_a_stream_a_page_asks(enter, line, app):
    console = app.extensions["ivr"].desk.config.console.model_copy(update={"live_streams": 0})
    object.__setattr__(app.extensions["ivr"].desk.config, "console", console)
    zahra = enter("zahra", "operator")
    zahra.goto("/callbacks")
    line.dials().presses("0")
    expect(zahra.locator("#next")).to_be_visible(timeout=15_000)


def test_a_pause_is_seen_and_nothing_is_given_out_meanwhile(enter, line):
    line.dials().presses("0")
    zahra = enter("zahra", "operator", full_name="Zahra")
    zahra.goto("/callbacks")
    zahra.keyboard.press("KeyP")
    expect(zahra.locator("[name=reason]")).to_be_focused()
    zahra.locator("[name=reason]").select_option("prayer")
    zahra.locator(".team .button-small").click()
    expect(zahra.locator(".seat-paused")).to_contain_text("Zahra")
    zahra.locator("#next").click()
    expect(zahra.locator(".flash-error")).to_be_visible()
    shoot(zahra, "paused")
    zahra.keyboard.press("KeyP")
    expect(zahra.locator(".seat-ready")).to_be_visible()


def test_a_live_call_is_written_down_while_talking(enter, line, reported):
    zahra = enter("zahra", "operator")
    zahra.keyboard.press("KeyI")
    expect(zahra.locator("[name=number]")).to_be_focused()
    zahra.keyboard.type("\u06f0\u06f9\u06f1\u06f2 \u06f1\u06f2\u06f3 \u06f4\u06f5\u06f6\u06f7")
    expect(zahra.locator("#caller li")).to_have_count(1)
    zahra.locator("[name=category]").select_option("waste.missed")
    zahra.locator("[name=district]").select_option("3")
    expect(zahra.locator("#alike-now")).not_to_contain_text("\u0628\u0631\u06af\u0632\u06cc\u0646\u06cc\u062f")
    zahra.locator("[name=description]").fill("the bin was not emptied for three days")
    zahra.locator("[name=refer]").check()
    shoot(zahra, "intake")
    zahra.locator("[name=description]").focus()
    zahra.keyboard.press("Control+Enter")
    expect(zahra.locator(".flash-done")).to_be_visible()
    row = line.rows("tickets")[-1]
    assert (row["category"], row["district"], row["caller"], row["state"]) == (
        "waste.missed", "3", "+989121234567", "referred",
    )  # fmt: skip

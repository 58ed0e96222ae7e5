"""A whole shift: the desk, a district and a citizen, over real pages and real webhooks; and every page fit for all."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from ivr import jobs as work
from ivr.services import users
from tests.browser.conftest import shoot
from tests.city import Citizen, Exchange, outgoing_sid
from tests.web.staff import PASSWORD
from tests.web.test_console import stored

SOUND = "RE" + "1" * 32
SERIOUS = {"serious", "critical"}


@pytest.fixture
def telephones(desk, database, clock, monkeypatch):
    """The worker's office, whose calls a test answers itself."""
    settings = desk.config.feedback.model_copy(update={"person_percent": 0})
    object.__setattr__(desk.config, "feedback", settings)
    monkeypatch.setattr(work, "_now", clock)
    return work.Office(desk, database, Exchange())


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
        page.goto("/login")
        page.locator("[name=name]").fill(name)
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{address}/tickets")
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


def test_a_shift_from_the_callback_to_a_denied_answer(enter, line, telephones, clock, reported):
    zahra, reza = enter("zahra", "operator"), enter("reza", "district", "district.3")
    takes_the_callback_by_keys(zahra, line, telephones)
    refers_by_keys(zahra, reported)
    answers(reza, reported)
    citizen_denies(line, telephones)
    reza.reload()
    expect(reza.locator(".chip-state")).to_have_attribute("data-is", "rejected")
    expect(reza.locator(".voice")).to_have_count(2)
    shoot(reza, "district-ticket-rejected")
    tells_the_story(zahra, reported)


def takes_the_callback_by_keys(zahra, line, telephones):
    """Take the next, ring, talk and wrap up, with hands on the keyboard only."""
    zahra.goto("/callbacks")
    shoot(zahra, "shift-queue")
    zahra.keyboard.press("KeyN")
    zahra.keyboard.press("Enter")
    expect(zahra.locator("#work")).to_have_attribute("data-phase", "claimed")
    expect(zahra.locator("body")).to_have_attribute("data-live", "true")
    zahra.keyboard.press("KeyD")
    expect(zahra.locator("#work")).to_have_attribute("data-phase", "asked")
    work.dial_from(telephones, 1)
    operator = Citizen(line, telephones.telephony.asked[0], outgoing_sid(1))
    operator.picks_up().presses("1")
    leg = "http://hotline.test/voice/status?attempt=1&leg=citizen"
    line.post(leg, operator.form(CallStatus="in-progress"))
    expect(zahra.locator("#work")).to_have_attribute("data-phase", "talking")
    line.post(leg, operator.form(CallStatus="completed", CallDuration="61"))
    operator.ends()
    expect(zahra.locator("#work")).to_have_attribute("data-phase", "wrap_up")
    zahra.reload()
    expect(zahra.locator("[value=reached]")).to_be_checked()
    shoot(zahra, "shift-wrap-up")
    zahra.locator("#wrap-up [name=note]").focus()
    zahra.keyboard.type("by the old mosque")
    zahra.keyboard.press("Control+Enter")
    expect(zahra.locator(".flash-done")).to_be_visible()


def refers_by_keys(zahra, code):
    zahra.goto(f"/tickets/{code}")
    zahra.keyboard.press("KeyR")
    expect(zahra.locator("[name=holder]")).to_be_focused()
    expect(zahra.locator("[name=holder]")).to_have_value("district.3")
    shoot(zahra, "shift-refer")
    zahra.keyboard.press("Tab")
    zahra.keyboard.type("please look at the corner")
    zahra.keyboard.press("Control+Enter")
    expect(zahra.locator(".flash-done")).to_be_visible()


def answers(reza, code):
    reza.goto("/tickets")
    shoot(reza, "district-list")
    reza.keyboard.press("KeyJ")
    reza.keyboard.press("Enter")
    expect(reza.locator("h1")).to_be_visible()
    reza.keyboard.press("KeyA")
    reza.locator("[data-template]").select_option("cleaned")
    expect(reza.locator("[name=kind][value=done]")).to_be_checked()
    shoot(reza, "district-answer")
    reza.keyboard.press("Control+Enter")
    expect(reza.locator(".flash-done")).to_be_visible()


def citizen_denies(line, telephones):
    """Let the hotline call the citizen, who says no and why."""
    work.sweep(telephones, work._now())
    work.dial_from(telephones, 2)
    citizen = Citizen(line, telephones.telephony.asked[-1], outgoing_sid(2))
    assert citizen.number == "+989121234567"
    citizen.picks_up().presses("2").speaks("RE" + "2" * 32).ends()


def tells_the_story(zahra, code):
    zahra.goto(f"/tickets/{code}")
    told = zahra.locator(".event").evaluate_all("all => all.map(one => one.dataset.kind + ' ' + one.dataset.new)")
    assert told == [
        "opened ", "callback reached", "state referred", "referral district.3", "state answered", "answer done",
        "state rejected", "recording note",
    ]  # fmt: skip
    shoot(zahra, "shift-story")
    zahra.goto("/tickets?view=rejected")
    expect(zahra.locator("tbody tr")).to_have_count(1)


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


def test_every_page_is_fit_for_all(enter, line, reported, clock, telephones):
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

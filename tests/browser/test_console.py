"""The desk in a real browser: played, typed, resized."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WAIT_MS, logs_in, shoot
from tests.web.staff import PASSWORD, hires
from tests.web.test_console import stored
from tests.web.test_voice import report


@pytest.fixture
def ticket(line, speaker, clock):
    """A citizen reported with the voice of the speaker, and waits to be called; another voice is still on its way."""
    report(line, subject="7").presses("1").presses("").hangs_up()
    clock.move(hours=46)
    call = report(line, recording=f"RE{2:032x}").presses("1")
    call.presses("1").hangs_up()
    stored(line, f"RE{2:032x}", speaker.read_bytes())
    clock.move(hours=3)
    return line.rows("tickets")[1]


@pytest.fixture
def zahra(app, browser, address, ticket):
    """A supervisor with her browser open, logged in; no script was refused, and nothing came from elsewhere."""
    hires(app, "zahra", "supervisor")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    troubles = []
    page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: troubles.append(asked.url) if not asked.url.startswith(address) else None)
    logs_in(page, "zahra", PASSWORD, shot="login")
    yield page
    context.close()
    assert troubles == []


def test_a_voice_is_played_by_keys(zahra, ticket):
    zahra.goto(f"/tickets/{ticket['code']}")
    sound = zahra.locator("audio")
    expect(zahra.locator(".player-time")).not_to_contain_text("\u06f0:\u06f0\u06f0 / \u06f0:\u06f0\u06f0")
    zahra.keyboard.press("Space")
    expect(zahra.locator(".player-play")).to_have_attribute("data-playing", "true")
    expect(zahra.locator(".player-time")).to_contain_text("\u06f0:\u06f0\u06f1 /")
    zahra.keyboard.press("KeyK")
    expect(zahra.locator(".player-play")).to_have_attribute("data-playing", "false")
    zahra.keyboard.press("KeyJ")
    assert sound.evaluate("a => a.currentTime") == 0
    zahra.locator(".player-seek").fill("1.5")
    assert abs(sound.evaluate("a => a.currentTime") - 1.5) < 0.1
    for _ in range(4):
        zahra.keyboard.press("KeyS")
    assert sound.evaluate("a => a.playbackRate") == 2
    expect(zahra.locator(".player-speed")).to_have_text("\u06f2\u00d7")
    shoot(zahra, "ticket")


def test_typing_a_note_plays_nothing(zahra, ticket):
    zahra.goto(f"/tickets/{ticket['code']}")
    zahra.keyboard.press("KeyN")
    zahra.keyboard.type("jkl s")
    expect(zahra.locator("[data-note]")).to_have_value("jkl s")
    expect(zahra.locator(".player-play")).to_have_attribute("data-playing", "false")


def test_a_list_is_walked_and_searched_by_keys(zahra, ticket):
    zahra.reload()
    shoot(zahra, "tickets")
    zahra.keyboard.press("KeyJ")
    zahra.keyboard.press("KeyJ")
    zahra.keyboard.press("KeyK")
    zahra.keyboard.press("Enter")
    expect(zahra).to_have_url(re.compile(ticket["code"]))
    zahra.go_back()
    zahra.keyboard.press("Slash")
    zahra.keyboard.type("12345")
    zahra.keyboard.press("Enter")
    expect(zahra.locator("div.empty")).to_be_visible()
    shoot(zahra, "tickets-nothing")


def test_a_state_that_owes_a_text_asks_for_it(zahra, ticket):
    zahra.goto(f"/tickets/{ticket['code']}")
    zahra.keyboard.press("KeyW")
    state = zahra.locator("form", has=zahra.locator("[data-state]"))
    text = state.locator("textarea")
    assert not text.evaluate("t => t.required")
    state.locator("select").select_option("not_feasible")
    assert text.evaluate("t => t.required")


def test_the_card_lives_and_keeps_what_was_typed(zahra, line, ticket, jobs):
    zahra.goto("/callbacks")
    shoot(zahra, "queue")
    zahra.keyboard.press("KeyN")
    zahra.keyboard.press("Enter")
    expect(zahra.locator("#work")).to_have_attribute("data-phase", "claimed")
    zahra.locator("[name=note]").fill("asks about the kerb")
    zahra.locator("[value=call_again]").check()
    zahra.locator("[value=chosen]").check()
    shoot(zahra, "card")
    zahra.locator("h1").click()
    expect(zahra.locator("body")).to_have_attribute("data-live", "true")
    zahra.keyboard.press("KeyD")
    expect(zahra.locator("#work")).to_have_attribute("data-phase", "asked")
    expect(zahra.locator("#dial")).to_be_disabled()
    expect(zahra.locator("[name=note]")).to_have_value("asks about the kerb")
    assert jobs[-1][0] == "ivr.jobs.dial_attempt"
    shoot(zahra, "card-ringing")


def test_a_voice_on_its_way_and_an_error_are_told(zahra, line, ticket):
    older = line.rows("tickets")[0]["code"]
    zahra.goto(f"/tickets/{older}")
    expect(zahra.locator(".voice-pending")).to_be_visible()
    shoot(zahra, "ticket-pending")
    zahra.goto("/tickets/0000000000")
    shoot(zahra, "not-found")
    zahra.goto("/password")
    shoot(zahra, "password")


def test_two_who_edit_one_ticket(zahra, ticket, clock):
    other = zahra.context.new_page()
    for page in (zahra, other):
        page.goto(f"/tickets/{ticket['code']}")
    clock.move(minutes=1)
    for page, words in ((zahra, "first"), (other, "second")):
        page.locator("[data-note]").fill(words)
        page.locator("form", has=page.locator("[data-note]")).locator("button").click()
    expect(other.locator(".event-text")).to_have_text("first")
    expect(other.locator("textarea")).to_have_value("second")
    shoot(other, "conflict")


def test_everything_is_reached_and_seen_by_keyboard(zahra, ticket):
    zahra.goto("/tickets")
    zahra.keyboard.press("Tab")
    expect(zahra.locator(".skip")).to_be_focused()
    zahra.keyboard.press("Enter")
    expect(zahra.locator("#main")).to_be_focused()
    zahra.keyboard.press("Tab")
    assert zahra.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"


def test_the_pages_are_written_in_vazirmatn(zahra):
    assert zahra.evaluate("document.fonts.ready.then(() => document.fonts.check('16px Vazirmatn'))")
    assert zahra.evaluate("[...document.fonts].some(f => f.family === 'Vazirmatn' && f.status === 'loaded')")


def test_a_page_that_stayed_open_asks_for_another_address(zahra, ticket, clock):
    zahra.goto(f"/tickets/{ticket['code']}")
    clock.move(minutes=30)
    heard = []
    zahra.on("response", lambda answer: heard.append(answer.status) if "/audio" in answer.url else None)
    zahra.keyboard.press("Space")
    expect(zahra.locator(".player-time").first).to_contain_text("\u06f0:\u06f0\u06f1 /")
    assert heard[0] == 403, "the address of the page was over"
    assert set(heard[1:]) <= {200, 206}
    assert len(heard) > 1

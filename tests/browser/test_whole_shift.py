"""A whole shift on a served house: the desk and a district in browsers, the citizen on a telephone of a carrier's."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import logs_in, shoot
from tests.outside.carrier import Carrier
from tests.outside.conftest import ACCOUNT, TOKEN, opened
from tests.outside.ear import digit_by_digit
from tests.outside.rung import Rung

PASSWORD = "a long password"
CITIZEN = "+989121234567"
WAIT = 20_000  # ms; the house's own worker and sweep have their say in between


@pytest.fixture(scope="module")
def trap():
    """Nobody has any business at the address that the forms name."""
    server = Carrier(ACCOUNT, TOKEN)
    yield server
    server.close()


@pytest.fixture
def city(tmp_path, trap):
    """A house with all its processes, where every answer is asked about by machine, and the line to it."""
    carrier = Carrier(ACCOUNT, TOKEN)
    house, exchange = opened(tmp_path, trap, carrier, IVR_FEEDBACK__PERSON_PERCENT="0")
    try:
        house.start()
        yield house, exchange
    finally:
        house.stop()
        carrier.close()


@pytest.fixture
def enter(city, browser):
    """Let somebody log in with a browser of their own."""
    house, _ = city
    contexts = []

    def come(name, role, scope=""):
        house.ivr("add-user", name, "--role", role, "--scope", scope, "--password-stdin", said=f"{PASSWORD}\n")
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, base_url=house.url))
        contexts[-1].set_default_timeout(WAIT)
        page = contexts[-1].new_page()
        logs_in(page, name, PASSWORD)
        return page

    yield come
    for context in contexts:
        context.close()


def is_rung(house, exchange, nth):
    """Wait until the house orders its nth call, and give the telephone that rings."""
    orders = exchange.carrier.ordered
    house.until(lambda: len(orders) >= nth, seconds=WAIT / 1000)
    assert len(orders) == nth, "one order for one call"
    return Rung.by(exchange, orders[-1])


def test_a_shift_from_the_callback_to_a_denied_answer(city, enter):
    house, exchange = city
    zahra, reza = enter("zahra", "operator"), enter("reza", "district", "district.3")
    code = reports(house, exchange)
    takes_the_callback_by_keys(zahra, house, exchange)
    refers_by_keys(zahra, code)
    answers(reza, code)
    denies(house, exchange, code)
    is_back_with_the_unit(reza, house)
    tells_the_story(zahra, code)


def reports(house, exchange):
    """Report dirt in district 3 in one's own voice, and ask to be called; give the code."""
    caller = exchange.dials(CITIZEN).presses("1").presses("1").presses("3")
    caller.speaks(4)
    caller.presses("1").presses("1")
    if caller.waiting is not None:
        caller.hangs_up()
    (ticket,) = house.export("tickets")
    assert (ticket["district"], ticket["state"]) == ("3", "new")
    return ticket["code"]


def takes_the_callback_by_keys(zahra, house, exchange):
    """Take the next, ring, talk and wrap up, with hands on the keyboard only."""
    zahra.goto("/callbacks")
    shoot(zahra, "shift-queue")
    zahra.keyboard.press("KeyN")
    zahra.keyboard.press("Enter")
    expect(zahra.locator("#work")).to_have_attribute("data-phase", "claimed")
    expect(zahra.locator("body")).to_have_attribute("data-live", "true")
    zahra.keyboard.press("KeyD")
    operator = is_rung(house, exchange, 1)
    assert operator.number == "client:zahra"
    expect(zahra.locator("#work")).to_have_attribute("data-phase", "asked")
    operator.picks_up()
    exchange.ear.understands(operator.heard, ["whisper_ticket", "whisper_connect"])
    operator.presses("1")
    assert operator.is_put_through() == CITIZEN
    expect(zahra.locator("#work")).to_have_attribute("data-phase", "talking")
    shoot(zahra, "shift-talking")
    operator.talks(61)
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
    reza.wait_for_url(f"**/tickets/{code}")  # loaded, so that its keys work
    reza.keyboard.press("KeyA")
    reza.locator("[data-template]").select_option("cleaned")
    expect(reza.locator("[name=kind][value=done]")).to_be_checked()
    shoot(reza, "district-answer")
    reza.keyboard.press("Control+Enter")
    expect(reza.locator(".flash-done")).to_be_visible()


def denies(house, exchange, code):
    """Be called by the hotline itself, say no, and say what is missing."""
    citizen = is_rung(house, exchange, 2)
    assert citizen.number == CITIZEN
    assert citizen.order["MachineDetection"] == ["Enable"]
    citizen.picks_up(AnsweredBy="human")
    said = exchange.ear.understands(citizen.heard, ["feedback_about", "feedback_solved"])
    assert said["own_code"] == digit_by_digit(code)
    citizen.presses("2")
    exchange.ear.understands(citizen.heard, ["feedback_missing"])
    citizen.speaks(5)
    exchange.ear.understands(citizen.heard, ["feedback_reopened"])
    assert citizen.waiting is None
    (ticket,) = house.export("tickets")
    assert ticket["state"] == "rejected"


def is_back_with_the_unit(reza, house):
    house.until(lambda: all(row["state"] == "stored" for row in house.export("recordings")))
    reza.goto("/tickets")
    expect(reza.locator("tbody tr")).to_have_count(1)
    reza.keyboard.press("KeyJ")
    reza.keyboard.press("Enter")
    expect(reza.locator(".chip-state")).to_have_attribute("data-is", "rejected")
    expect(reza.locator(".voice")).to_have_count(3)
    shoot(reza, "district-ticket-rejected")


def tells_the_story(zahra, code):
    zahra.goto(f"/tickets/{code}")
    told = zahra.locator(".event").evaluate_all("all => all.map(one => one.dataset.kind + ' ' + one.dataset.new)")
    assert told == [
        "opened ", "recording conversation", "callback reached", "state referred", "referral district.3",
        "state answered", "answer done", "state rejected", "recording note",
    ]  # fmt: skip
    shoot(zahra, "shift-story")
    zahra.goto("/tickets?view=rejected")
    expect(zahra.locator("tbody tr")).to_have_count(1)
    shoot(zahra, "supervisor-rejected")

"""An operator's browser is an extension of a real exchange: it rings, whispers, and talks with a citizen."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import shoot
from tests.browser.test_whole_round import KEEP_WHAT_IS_HEARD, likeness
from tests.exchange.ear import correlation, recognised
from tests.exchange.speaker import WORDS, speech
from tests.exchange.telephone import read_wav
from tests.gateway.place import Place
from tests.outside.ear import Ear, letters
from tests.outside.operator import PASSWORD, Operator

WAIT = 30_000
SAME, OTHER = 0.8, 0.4
THROUGH_THE_BROWSER = 0.6  # its microphone takes echoes away, and something of the voice with them
MIXED = 0.55  # both speak at once into one file
CITIZEN = "09121370060"


@pytest.fixture(scope="module")
def place(launch, tmp_path_factory):
    with Place(tmp_path_factory.mktemp("browsers"), IVR_CALLBACKS__RING_SECONDS="20") as one:
        Operator(one.house, "sara")
        Operator(one.house, "omid", "--telephone", "sip:201")
        one.lets_browsers_in()
        yield one


@pytest.fixture(scope="module")
def city(place):
    telephone = place.telephone(CITIZEN, port=place.exchange.trunk_port)
    place.exchange.reaches("trunk")
    return telephone


@pytest.fixture
def console(browser, place):
    """Sara at the console."""
    context = browser.new_context(permissions=["microphone"], viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{place.house.url}/login")
    page.locator("[name=name]").fill("sara")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets")
    yield page
    context.close()


def opens_telephone(console, place):
    """Open Sara's telephone beside the console; its policy and its scripts have to get along."""
    page = console.context.new_page()
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda one: page.troubles.append(one.text) if "Content Security Policy" in one.text else None)
    page.add_init_script(KEEP_WHAT_IS_HEARD)
    page.goto(f"{place.house.url}/phone?line=operator")
    return page


DIALS = """async ([number, wrong]) => {
    const { url, name, password } = await (await fetch("/phone/extension")).json();
    const { UA, WebSocketInterface } = await import("/static/vendor/jssip.js");
    const ua = new UA({ sockets: [new WebSocketInterface(url)], uri: `sip:${name}@exchange.test`,
                        password: wrong || password, session_timers: false });
    const answer = new Promise((resolve) => {
        ua.on("registrationFailed", ({ response }) => resolve(`registration ${response.status_code}`));
        ua.on("registered", () => ua.call(`sip:${number}@exchange.test`, { mediaConstraints: { audio: true },
            eventHandlers: { failed: ({ message, cause }) => resolve(message?.status_code ?? cause),
                             confirmed: () => resolve("talks") } }));
    });
    ua.start();
    return answer.finally(() => ua.stop());
}"""


def is_registered(telephone, place):
    expect(telephone.locator("#phone")).to_have_attribute("data-extension", "registered", timeout=WAIT)
    place.exchange.reaches("sara")


def in_state(telephone, state):
    expect(telephone.locator("#phone")).to_have_attribute("data-state", state, timeout=WAIT)


def asks_for_a_call(place, number=CITIZEN):
    caller = place.dials(number)
    caller.hears(2)
    caller.presses("0")
    waiting = ("queued", "due_again")
    place.house.until(lambda: [row for row in place.house.export("callbacks") if row["state"] in waiting])
    caller.hangs_up()


def takes_and_dials(console, place):
    asks_for_a_call(place)
    console.goto(f"{place.house.url}/callbacks")
    console.locator("#next").click()
    console.locator("#dial").click()


def heard(telephone):
    return np.array(telephone.evaluate("window.heard"), np.float32)


def until_heard(telephone, seconds):
    wanted = telephone.evaluate("window.heard.length") + 8000 * seconds
    for _ in range(WAIT // 100):
        if telephone.evaluate("window.heard.length") >= wanted:
            return
        telephone.wait_for_timeout(100)
    raise AssertionError("nothing comes out of the telephone")


def presses(telephone, key):
    telephone.locator(f'#keypad [data-key="{key}"]').click()


def hears_whisper(telephone, place):
    """Hold that the browser has heard what it is about, word for word."""
    said = recognised(heard(telephone), place.clips)
    return Ear().understands("".join(letters(one.clip) for one in said), ["whisper", "whisper_connect"])


def both_hear_each_other(telephone, city, speaker):
    told = speech(WORDS["complaint"])
    before = len(heard(telephone))
    city.speaks(told)
    until_heard(telephone, 1)
    assert correlation(told, heard(telephone)[before:]) > SAME
    assert correlation(told, city.heard()) < OTHER
    assert likeness(city.heard(), speaker) > THROUGH_THE_BROWSER
    assert likeness(city.heard()[::-1], speaker) < THROUGH_THE_BROWSER, "backwards it is something else"
    return told


def test_an_operator_talks_to_a_citizen_in_the_browser(console, place, city, speaker):
    telephone = opens_telephone(console, place)
    is_registered(telephone, place)
    takes_and_dials(console, place)
    in_state(telephone, "incoming")
    expect(telephone.locator("#peer")).not_to_be_empty()
    shoot(telephone, "operator-ringing")
    telephone.locator("#call").click()
    expect(telephone.locator("#phone")).to_have_attribute("data-keys", "wanted", timeout=WAIT)
    until_heard(telephone, 11)
    hears_whisper(telephone, place)
    presses(telephone, "1")
    city.wait_ringing(20)
    city.answer()
    expect(console.locator("#work")).to_have_attribute("data-phase", "talking", timeout=WAIT)
    shoot(telephone, "operator-talking")
    city.hears(3)
    told = both_hear_each_other(telephone, city, speaker)
    telephone.locator("#hangup").click()
    city.wait_over(10)
    in_state(telephone, "idle")
    expect(console.locator("#work")).to_have_attribute("data-phase", "wrap_up", timeout=WAIT)
    expect(console.locator("[name=disposition][value=reached]")).to_be_checked(timeout=WAIT)
    talk = place.house.until(lambda: [row for row in place.house.export("recordings") if row["state"] == "stored"])[-1]
    kept = read_wav(place.house.voice(talk))
    assert correlation(told, kept) > MIXED
    assert correlation(told[::-1], kept) < OTHER
    assert likeness(kept, speaker) > MIXED
    console.locator("#wrap-up [name=note]").fill("-")
    console.locator("#wrap-up button").click()
    place.house.until(lambda: place.house.export("callbacks")[-1]["disposition"] == "reached")
    assert telephone.troubles == []


def test_it_registers_again_and_the_newest_page_has_the_line(console, place):
    first = opens_telephone(console, place)
    is_registered(first, place)
    second = opens_telephone(console, place)
    is_registered(second, place)
    expect(first.locator("#phone")).to_have_attribute("data-extension", "elsewhere", timeout=WAIT)
    place.exchange.kill()
    expect(second.locator("#phone")).to_have_attribute("data-extension", "lost", timeout=WAIT)
    shoot(second, "operator-lost")
    place.exchange.start()
    is_registered(second, place)


def test_who_is_rung_elsewhere_does_not_register(browser, place):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{place.house.url}/login")
    page.locator("[name=name]").fill("omid")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets")
    answer = page.goto(f"{place.house.url}/phone?line=operator")
    assert "ws:" not in answer.headers["content-security-policy"]
    expect(page.locator("#phone")).to_have_attribute("data-extension", "")
    assert page.request.get(f"{place.house.url}/phone/extension").status == 404
    context.close()


def test_an_operator_who_refuses_is_not_rung_on(console, place, city):
    telephone = opens_telephone(console, place)
    is_registered(telephone, place)
    rung = len(city.events)
    takes_and_dials(console, place)
    in_state(telephone, "incoming")
    telephone.locator("#hangup").click()
    in_state(telephone, "idle")
    expect(console.locator("#dial")).to_be_enabled(timeout=WAIT)
    console.locator("#dial").click()
    in_state(telephone, "incoming")
    telephone.locator("#hangup").click()
    expect(console.locator("#dial")).to_be_enabled(timeout=WAIT)
    console.locator("#release").click()
    assert not [event for event in city.events[rung:] if event["event"] == "ringing"]


@pytest.mark.parametrize("number", [CITIZEN, "137", "201", "s"])
def test_its_password_opens_no_way_out(console, place, city, number):
    rung = len(city.events)
    console.goto(f"{place.house.url}/phone?line=operator")
    place.exchange.reaches("sara")
    assert console.evaluate(DIALS, [number, ""]) != "talks"
    assert not [event for event in city.events[rung:] if event["event"] == "ringing"]


def test_a_wrong_password_registers_nobody(console, place):
    console.goto(f"{place.house.url}/phone?line=operator")
    assert console.evaluate(DIALS, [CITIZEN, "wrong"]) in {"registration 401", "registration 403"}

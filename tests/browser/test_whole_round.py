"""A citizen reports with the browser phone; an operator plays it, calls back, talks, and wraps up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import expect

from ivr import audio

SHOTS = Path(os.environ.get("IVR_SCREENSHOTS", ""))
WAIT = 30_000
HEARD_SAMPLES = 48_000  # six seconds of a telephone's
KEEP_WHAT_IS_HEARD = """
    window.heard = [];
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...settings) {
            super(...settings);
            this.addEventListener("track", ({streams}) => {
                const context = new AudioContext({sampleRate: 8000});
                const tap = context.createScriptProcessor(4096, 1, 1);
                tap.onaudioprocess = ({inputBuffer}) => window.heard.push(...inputBuffer.getChannelData(0));
                context.createMediaStreamSource(streams[0]).connect(tap).connect(context.destination);
            });
        }
    };
"""


def shoot(page, name):
    """Take screenshots at desk and phone width when asked to by IVR_SCREENSHOTS."""
    if not os.environ.get("IVR_SCREENSHOTS"):
        return
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def press(page, key):
    """Wait until the menu listens, then press; a key barges in."""
    expect(page.locator("#phone")).to_have_attribute("data-keys", "wanted", timeout=WAIT)
    page.locator(f'#keypad [data-key="{key}"]').click()


def export(house, kind):
    command = [sys.executable, "-m", "ivr.cli", "export", kind]
    done = subprocess.run(command, env=house["env"], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def similarity(path, speaker):
    """Correlate a recording with what the microphone said, half a second at a time: 1 is the same sound.

    In pieces, for a browser may slip ten milliseconds of silence in between; the median is what counts.
    """
    heard = audio.read(path)
    assert heard.rate == 8000
    return likeness(heard.samples, speaker)


def likeness(samples, speaker):
    said = audio.read(speaker)
    assert said.rate == 8000
    loop = np.concatenate([said.samples, said.samples])
    pieces = [samples[start : start + 4000] for start in range(8000, 32000, 4000)]
    return float(np.median([best_match(piece, loop) for piece in pieces]))


def best_match(piece, loop):
    product = np.abs(np.correlate(loop, piece, "valid"))
    energy = np.convolve(loop**2, np.ones(len(piece)), "valid")
    return np.max(product / np.sqrt(np.maximum(energy, 1e-3) * np.maximum(np.sum(piece**2), 1e-3)))


def reports(browser, house):
    """Dial 137, report bad asphalt in district 3, and ask for a callback."""
    citizen = browser.new_context(permissions=["microphone"]).new_page()
    citizen.add_init_script(KEEP_WHAT_IS_HEARD)
    citizen.goto(f"{house['url']}/phone")
    citizen.locator("#number").fill("09121234567")
    citizen.locator("#number").press("Tab")
    shoot(citizen, "phone-idle")
    for key in "137":
        citizen.locator(f'#keypad [data-key="{key}"]').click()
    citizen.locator("#call").click()
    for key in "133":
        press(citizen, key)
        citizen.wait_for_timeout(700)
    expect(citizen.locator("#phone")).to_have_attribute("data-activity", "Record", timeout=WAIT)
    citizen.wait_for_timeout(6000)
    shoot(citizen, "phone-recording")
    citizen.locator('#keypad [data-key="#"]').click()
    press(citizen, "1")
    citizen.wait_for_timeout(1500)
    press(citizen, "1")
    expect(citizen.locator("#phone")).to_have_attribute("data-state", "idle", timeout=WAIT)
    return citizen


def logs_in(browser, house):
    """Log in with the one-time password, and change it."""
    operator = browser.new_context(permissions=["microphone"]).new_page()
    operator.goto(house["url"])
    operator.locator("[name=name]").fill("supervisor")
    operator.locator("[name=password]").fill(house["password"])
    operator.locator("main button").first.click()
    operator.locator("[name=old]").fill(house["password"])
    operator.locator("[name=new]").fill("a longer password")
    operator.locator("[name=again]").fill("a longer password")
    operator.locator("main button").first.click()
    return operator


def listens(operator, house, ticket, speaker, said):
    """Play the recording: it is the very sound that the microphone heard."""
    operator.goto(f"{house['url']}/tickets/{ticket['code']}")
    for _ in range(20):
        if export(house, "tickets")[0]["recordings"][0]["state"] == "stored":
            break
        operator.wait_for_timeout(500)
    operator.reload()
    shoot(operator, "ticket")
    kept = export(house, "tickets")[0]["recordings"][0]
    assert 4 < kept["seconds"] < 9
    subprocess.run([sys.executable, "-m", "ivr.cli", "voice", kept["sid"], str(said)], env=house["env"], check=True)
    assert similarity(said, speaker) > 0.8
    played = operator.request.get(house["url"] + operator.locator("audio").first.get_attribute("src"))
    assert played.body() == said.read_bytes()
    operator.goto(f"{house['url']}/tickets")
    shoot(operator, "tickets")


def calls_back(operator, citizen, house, speaker):
    """Take the next callback, dial, talk, wrap up."""
    operator.goto(f"{house['url']}/callbacks")
    operator.locator("#next").click()
    shoot(operator, "callback")

    telephone = operator.context.new_page()
    telephone.add_init_script(KEEP_WHAT_IS_HEARD)
    telephone.goto(f"{house['url']}/phone?line=operator")
    telephone.wait_for_timeout(1500)
    operator.locator("#dial").click()
    expect(telephone.locator("#phone")).to_have_attribute("data-state", "incoming", timeout=WAIT)
    telephone.locator("#call").click()
    press(telephone, "1")
    expect(citizen.locator("#phone")).to_have_attribute("data-state", "incoming", timeout=WAIT)
    citizen.locator("#call").click()
    expect(operator.locator("#work")).to_have_attribute("data-phase", "talking", timeout=WAIT)
    for side in (telephone, citizen):
        hears_the_other(side)
    shoot(telephone, "phone-talking")
    for side in (telephone, citizen):
        hears_what_is_said(side, speaker)
    citizen.locator("#hangup").click()
    expect(operator.locator("#work")).to_have_attribute("data-phase", "wrap_up", timeout=WAIT)
    operator.locator("[name=disposition][value=reached]").check()
    operator.locator("#wrap-up [name=note]").fill("spoken with")
    operator.locator("#wrap-up button").click()


def hears_the_other(side):
    """Wait until the other's voice comes out of this telephone."""
    phone = side.locator("#phone")
    for _ in range(100):
        if float(phone.get_attribute("data-far-level") or 0) > 0.01:
            return
        side.wait_for_timeout(100)
    raise AssertionError("the other side is not heard")


def hears_what_is_said(side, speaker):
    """Hold what comes out of this telephone against what the other's microphone says."""
    for _ in range(WAIT // 100):
        if side.evaluate("window.heard.length") >= HEARD_SAMPLES:
            break
        side.wait_for_timeout(100)
    heard = np.array(side.evaluate(f"window.heard.slice(0, {HEARD_SAMPLES})"))
    assert len(heard) == HEARD_SAMPLES
    assert likeness(heard, speaker) > 0.6
    assert likeness(heard[::-1], speaker) < 0.6, "backwards it is something else"


def test_the_whole_round(browser, house, speaker, tmp_path):
    citizen = reports(browser, house)
    (ticket,) = export(house, "tickets")
    assert (ticket["district"], ticket["category"], ticket["caller"]) == ("3", "road", "+989121234567")
    operator = logs_in(browser, house)
    listens(operator, house, ticket, speaker, tmp_path / "said.wav")
    calls_back(operator, citizen, house, speaker)
    (callback,) = export(house, "callbacks")
    assert (callback["state"], callback["disposition"], callback["tries"]) == ("done", "reached", 1)
    talk = export(house, "tickets")[0]["recordings"][-1]
    assert talk["kind"] == "conversation"

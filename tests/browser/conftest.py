"""A real browser with a microphone that speaks Persian, and the whole house served."""

import os
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright
from werkzeug.serving import make_server

from db import migrate
from ivr import audio
from tests.served import House

if os.environ.get("HOTLINE_CALLS") != "1":  # calls in real time: `make calls`
    collect_ignore_glob = ["test_operator_on_exchange.py"]

WAIT_MS = 20_000  # a page may take long where words are spoken for it, on a machine that does other work
expect.set_options(timeout=WAIT_MS)
CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)
SHOTS = os.environ.get("IVR_SCREENSHOTS")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
]  # fmt: skip


@pytest.fixture(scope="session")
def speaker(voice, tmp_path_factory):
    """Give a Persian sentence as a sound file, with silence after it."""
    _, spoken = voice
    said = audio.read(spoken.clips("info_about", {})[0].path)
    path = tmp_path_factory.mktemp("microphone") / "speech.wav"
    path.write_bytes(audio.wav_bytes(said))
    return path


@pytest.fixture(scope="package")
def launch():
    """Start browsers by what their microphone says; one Playwright serves them all, for a second one cannot start.

    It ends with these tests: until then its event loop runs here, and no other test could have one.
    """
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on this machine")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        started = []

        def start(microphone):
            flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
            started.append(playwright.chromium.launch(executable_path=CHROMIUM, args=flags))
            return started[-1]

        yield start
        for one in started:
            one.close()


@pytest.fixture(scope="package")
def browser(launch, speaker):
    """Give a Chromium whose microphone says the sentence over and over."""
    return launch(speaker)


@pytest.fixture
def house(tmp_path):
    """Serve everything as `make run` does; gives its address, first password and environment."""
    served = House(tmp_path).start()
    yield {"url": served.url, "password": served.password, "env": served.environment}
    served.stop()


@pytest.fixture
def database_url(tmp_path):
    """One kind of database is enough for what browsers see."""
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    migrate.upgrade(url)
    return url


@pytest.fixture
def address(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    serving.join()
    server.server_close()


def logs_in(page, name, password, *, shot=""):
    """Log in, and wait until the console is loaded, so that its keys work."""
    page.goto("/")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(password)
    if shot:
        shoot(page, shot)
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets")


def shoot(page, name):
    """Take pictures at desk and phone width when asked to; nothing may stick out sideways at either."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} sticks out at {width}"
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})

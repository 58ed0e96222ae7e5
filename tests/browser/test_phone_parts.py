"""The browser phone in a real browser, against a hotline that says what it is told to."""

import numpy as np
import pytest
import requests

from tests.web.hotline_double import TOKEN, House, samples_of, wav

MIC_RATE = 48000
PERSIAN_TWO = "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '\\u06f2', bubbles: true}))"
NO_MICROPHONE = "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none')) }"
HERS, MINE = "+989121234567", "client:sara"


def babble(seconds=4):
    """Noise in the band and with the rhythm of speech."""
    count = int(seconds * MIC_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(137).standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / MIC_RATE)
    spectrum[(frequencies < 250) | (frequencies > 3000)] = 0
    voice = np.fft.irfft(spectrum, count)
    return 0.6 * voice / np.abs(voice).max() * (0.15 + 0.85 * np.sin(np.arange(count) / MIC_RATE * 12) ** 2)


@pytest.fixture(scope="package")
def chromium(launch, tmp_path_factory):
    """A browser whose microphone says the same few words each time it is opened, then is still."""
    microphone = tmp_path_factory.mktemp("mic") / "mic.wav"
    microphone.write_bytes(wav(np.concatenate([babble(), np.zeros(20 * MIC_RATE)]), MIC_RATE))
    return launch(f"{microphone}%noloop")


@pytest.fixture
def house(tmp_path):
    with House(tmp_path).open() as opened:
        yield opened


class Tab:
    """Somebody at a browser phone."""

    def __init__(self, browser, house, *, number=HERS, query="", cookie=""):
        self.context = browser.new_context(base_url=house.url, viewport={"width": 390, "height": 844})
        if cookie:
            self.context.add_cookies([{"name": "ivr_session", "value": cookie, "url": house.url}])
        if number:
            self.context.add_init_script(f"localStorage.setItem('phone.number', '{number}')")
        self.page = self.context.new_page()
        self.troubles = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.goto(f"/phone{query}")

    def dials(self, keys="137"):
        for key in keys:
            self.page.click(f"[data-key='{key}']")
        self.page.keyboard.press("Enter")
        self.is_in("talking")

    def is_in(self, state):
        self.page.wait_for_selector(f"#phone[data-state={state}]", state="attached", timeout=15000)

    def does(self, verb):
        self.page.wait_for_selector(f"#phone[data-activity={verb}]", state="attached", timeout=15000)

    def hears(self, words):
        self.page.wait_for_selector(f"#transcript li[data-kind=heard]:has-text('{words}')")

    def far_level(self, above):
        self.page.wait_for_function(f"Number(document.querySelector('#phone').dataset.farLevel) > {above}")

    def leaves(self):
        assert self.troubles == []
        self.context.close()


@pytest.fixture
def caller(chromium, house):
    tab = Tab(chromium, house)
    yield tab
    tab.leaves()


def play(house, name):
    return f"<Play>{house.url}/audio/{name}.wav</Play>"


def record(more=""):
    return (
        f'<Record action="/voice/kept" maxLength="20" timeout="2" finishOnKey="#" {more}'
        ' recordingStatusCallback="/voice/recording" recordingStatusCallbackEvent="completed absent"/>'
        "<Redirect>/voice/nothing</Redirect>"
    )


def fetched(url):
    answer = requests.get(f"{url}.wav", auth=("PH137", TOKEN), timeout=5)
    assert answer.status_code == 200
    return samples_of(answer.content)


def likeness(heard, said):
    """Compare two voices where they fit best, in pieces: a sound card may drop a hundredth of a second."""
    finer = np.fft.irfft(np.fft.rfft(heard), len(heard) * MIC_RATE // 8000)
    likes = []
    size = MIC_RATE // 10
    for start in range(0, len(said) - size, 4 * size):
        piece = said[start : start + size]
        near = finer[max(0, start - size) : start + 3 * size]
        fit = np.correlate(near, piece, "valid")
        energy = np.cumsum(np.concatenate([[0], near**2]))
        scale = np.sqrt((energy[size:] - energy[:-size]) * np.sum(piece**2)) + 1e-9
        likes.append(np.max(fit / scale))
    return float(np.median(likes))


def test_a_key_silences_the_prompt_and_the_caller_is_recorded(house, caller):
    house.hotline.says(
        "/voice/answer", f'<Gather action="/voice/turn/1" numDigits="1">{play(house, "tone-440-9")}</Gather>'
    )
    house.hotline.says("/voice/turn/1", record())
    house.hotline.says("/voice/kept", play(house, "tone-500-1"), "<Hangup/>")
    caller.dials()
    caller.hears("words of tone-440-9")
    caller.page.evaluate(PERSIAN_TWO)
    assert house.hotline.wait_for("/voice/turn/1", seconds=5)["Digits"] == "2"
    kept = house.hotline.wait_for("/voice/kept")
    heard, rate = fetched(kept["RecordingUrl"])
    assert rate == 8000
    assert 3.8 <= len(heard) / rate <= 4.8
    assert likeness(heard, babble()) > 0.95
    assert kept["RecordingDuration"] == "4"
    ended = house.hotline.wait_for("/voice/status")
    assert (ended["CallStatus"], ended["From"], ended["To"]) == ("completed", HERS, "137")
    assert house.hotline.told("/voice/recording")[0]["RecordingStatus"] == "completed"
    caller.is_in("idle")


def test_a_hang_up_while_recording_keeps_what_was_said(house, caller):
    house.hotline.says("/voice/answer", record())
    caller.dials()
    caller.does("Record")
    caller.page.wait_for_timeout(2000)
    caller.page.keyboard.press("Escape")
    assert house.hotline.wait_for("/voice/status")["CallStatus"] == "completed"
    assert [path for path, _ in house.hotline.heard] == [
        "/voice/answer", "/voice/kept", "/voice/recording", "/voice/status",
    ]  # fmt: skip
    kept = house.hotline.told("/voice/kept")[0]
    assert kept["Digits"] == "hangup"
    heard, rate = fetched(kept["RecordingUrl"])
    assert len(heard) / rate > 1


def test_a_tab_that_closes_while_recording_is_a_hang_up(house, chromium):
    house.hotline.says("/voice/answer", record())
    caller = Tab(chromium, house)
    caller.dials()
    caller.does("Record")
    caller.page.wait_for_timeout(2000)
    caller.page.close(run_before_unload=True)
    house.hotline.wait_for("/voice/status")
    heard, rate = fetched(house.hotline.told("/voice/recording")[0]["RecordingUrl"])
    assert len(heard) / rate > 1
    caller.leaves()


def test_an_empty_recording_has_no_action(house, caller):
    house.hotline.says("/voice/answer", record())
    caller.page.evaluate(NO_MICROPHONE)
    (house.config.var_dir / "sample.wav").write_bytes(wav(np.zeros(8000), 8000))
    caller.dials()
    assert caller.page.is_visible("#no-microphone")
    house.hotline.wait_for("/voice/nothing")
    assert house.hotline.wait_for("/voice/recording")["RecordingStatus"] == "absent"
    assert house.hotline.told("/voice/kept") == []


def test_without_a_microphone_the_sample_speaks(house, caller):
    house.hotline.says("/voice/answer", record())
    caller.page.evaluate(NO_MICROPHONE)
    caller.dials()
    assert house.hotline.wait_for("/voice/kept")["RecordingDuration"] == "2"


def test_silence_is_told_only_if_it_is_asked_for(house, caller):
    house.hotline.says(
        "/voice/answer",
        '<Gather action="/voice/wrong" timeout="1"/>',
        '<Gather action="/voice/turn/1" timeout="1" actionOnEmptyResult="true"/>',
    )
    caller.dials()
    assert house.hotline.wait_for("/voice/turn/1")["Digits"] == ""
    assert house.hotline.told("/voice/wrong") == []


def test_a_hotline_in_trouble_is_asked_for_its_fallback(house, caller):
    house.hotline.documents["/voice/answer"] = "<broken"
    house.hotline.says("/voice/fallback", play(house, "tone-700-1"))
    caller.dials()
    caller.hears("words of tone-700-1")
    house.hotline.wait_for("/voice/status")


def test_the_desk_rings_an_operator_who_talks_to_a_citizen(house, chromium):
    citizen = Tab(chromium, house)
    operator = Tab(chromium, house, number="", query="?line=operator", cookie=house.session_of("sara"))
    dial = (
        '<Dial action="/voice/turn/1" callerId="+982537137000" timeout="20" record="record-from-answer"'
        ' recordingStatusCallback="/voice/recording"><Number statusCallback="/voice/leg"'
        f' statusCallbackEvent="initiated ringing answered completed">{HERS}</Number></Dial>'
    )
    house.hotline.says("/voice/answer", dial)
    form = {
        "To": MINE, "From": "+982537137000", "Url": f"{house.url}/voice/answer", "Timeout": "20",
        "StatusCallback": f"{house.url}/voice/status",
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
    }  # fmt: skip
    calls = f"{house.url}/phone/exchange/2010-04-01/Accounts/PH137/Calls.json"
    assert requests.post(calls, data=form, auth=("PH137", TOKEN), timeout=5).status_code == 201
    operator.is_in("incoming")
    operator.page.click("#call")
    citizen.is_in("incoming")
    citizen.page.keyboard.press("Enter")
    citizen.does("Talk")
    citizen.far_level(above=0.01)
    operator.far_level(above=0.01)
    citizen.page.wait_for_timeout(2000)
    citizen.page.click("#hangup")
    told = house.hotline.wait_for("/voice/turn/1")
    assert (told["DialCallStatus"], told["DialBridged"]) == ("completed", "true")
    heard, rate = fetched(told["RecordingUrl"])
    assert np.sqrt(np.mean(heard**2)) > 0.01
    assert len(heard) / rate > 2
    house.hotline.wait_for("/voice/status", count=4)
    house.hotline.wait_for("/voice/leg", count=4)
    for path in ("/voice/status", "/voice/leg"):
        statuses = [form["CallStatus"] for form in house.hotline.told(path)]
        assert sorted(statuses) == sorted(["queued", "ringing", "in-progress", "completed"])
    assert house.hotline.told("/voice/recording")[0]["RecordingSource"] == "DialVerb"
    citizen.leaves()
    operator.leaves()

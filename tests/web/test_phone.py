"""What a tab of the browser phone may ask, and who may have one."""

import io
from datetime import timedelta

import pytest

from db.models import PhoneCall
from ivr.audio import inspect
from ivr.telephony.signature import sign
from ivr.web.phone_news import Office
from tests.web.hotline_double import TOKEN, House
from tests.web.phone_tab import Tab, hum
from tests.web.staff import hires

HERS, HIS = "+989121234567", "+989137654321"


@pytest.fixture
def house(tmp_path):
    with House(tmp_path).open() as opened:
        yield opened


@pytest.fixture
def tab(house):
    with Tab(house) as opened:
        yield opened


@pytest.fixture
def other(house):
    with Tab(house) as opened:
        yield opened


def form(call):
    return {name: call["form"][name] for name in ("CallSid", "From", "To", "AccountSid")}


def test_a_tab_gets_signatures_for_its_own_call(house, tab):
    call = tab.calls(HERS)
    url = f"{house.url}/voice/turn/1"
    said = {**form(call), "Digits": "1"}
    assert tab.posts("/sign", {"url": url, "params": said}).json()["signature"] == sign(TOKEN, url, said)
    query = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in said.items())
    assert tab.posts("/sign", {"url": f"{url}?{query}", "params": {}}).status_code == 200


@pytest.mark.parametrize("lie", [{"From": HIS}, {"To": HIS}, {"AccountSid": "AC1"}, {"CallSid": "CA1"}, {"From": None}])
def test_no_lie_is_signed(house, tab, lie):
    said = {name: value for name, value in {**form(tab.calls(HERS)), **lie}.items() if value}
    assert tab.posts("/sign", {"url": f"{house.url}/voice/turn/1", "params": said}).status_code in {403, 404}


@pytest.mark.parametrize(
    "url", ["http://elsewhere.test/voice/x", "{}/login", "{}/voice/../login", "{}.elsewhere.test/voice/x", ""]
)
def test_nothing_is_signed_but_for_the_hotline(house, tab, url):
    said = form(tab.calls(HERS))
    assert tab.posts("/sign", {"url": url.format(house.url), "params": said}).status_code == 403


def test_a_call_belongs_to_one_tab(house, tab, other):
    call = tab.calls(HERS)
    said = {"url": f"{house.url}/voice/turn/1", "params": form(call)}
    assert other.posts("/sign", said).status_code == 404
    assert other.posts(f"/calls/{call['sid']}/end").status_code == 404
    assert other.polls(call=call["sid"])["call"] is None
    recording = tab.records(call["sid"])
    assert other.sends(recording, 0, hum(1)).status_code == 404


def test_a_line_rings_in_the_newest_tab(house, tab, other):
    assert tab.polls(HERS)["line"] == HERS
    assert other.polls(HERS)["line"] == ""
    assert other.polls(HERS, claim=1)["line"] == HERS
    assert tab.polls(HERS)["line"] == ""


def test_nobody_takes_an_operators_line_without_their_login(house, tab):
    assert tab.polls("client:sara", claim=1)["line"] == ""
    tab.session.cookies.set("ivr_session", house.session_of("sara"))
    assert tab.polls("client:sara", claim=1)["line"] == "client:sara"
    assert tab.polls("client:omid", claim=1)["line"] == ""


def test_only_numbers_and_withheld_ones_call(tab):
    assert tab.calls("anonymous")["form"]["From"] == "anonymous"
    assert tab.posts("/calls", {"from": "137"}).status_code == 400
    assert tab.posts("/calls", {"from": "client:sara"}).status_code == 400


def test_a_piece_that_comes_twice_is_heard_once(house, tab):
    call = tab.calls(HERS)["sid"]
    recording = tab.records(
        call, statusCallback=f"{house.url}/voice/recording", statusEvents="completed absent", trim=True
    )
    for number in (0, 1, 1, 2):
        assert tab.sends(recording, number, hum(1) if number else bytes(16000)).status_code == 200
    ended = tab.posts(f"/recordings/{recording}/end").json()
    assert ended == tab.posts(f"/recordings/{recording}/end").json() == {"status": "completed", "seconds": 2}
    assert house.hotline.wait_for("/voice/recording")["RecordingSid"] == recording
    assert tab.sends(recording, 3, hum(1)).status_code == 409


def test_silence_is_absent(house, tab):
    recording = tab.records(
        tab.calls(HERS)["sid"], statusCallback=f"{house.url}/voice/recording", statusEvents="absent"
    )
    tab.sends(recording, 0, bytes(32000))
    assert tab.posts(f"/recordings/{recording}/end").json()["status"] == "absent"
    assert house.hotline.wait_for("/voice/recording")["RecordingStatus"] == "absent"


def test_a_tab_not_heard_of_has_hung_up(house, tab, other):
    sid = tab.calls(HERS)["sid"]
    recording = tab.records(sid, action=f"{house.url}/voice/turn/2")
    tab.sends(recording, 0, hum(1))
    other.polls(HIS)
    assert house.hotline.heard == []
    with house.database.transaction() as session:
        session.get(PhoneCall, sid).seen_at -= timedelta(seconds=30)
    other.polls(HIS)
    assert house.hotline.wait_for("/voice/status")["CallStatus"] == "completed"
    kept = house.hotline.told("/voice/turn/2")[0]
    assert (kept["Digits"], kept["RecordingSid"], kept["CallStatus"]) == ("hangup", recording, "completed")


def test_a_goodbye_needs_the_forms_token(house, tab):
    sid = tab.calls(HERS)["sid"]
    url = f"{house.url}/phone/calls/{sid}/bye"
    assert tab.session.post(url, data={"tab": tab.holder}, timeout=5).status_code == 400
    said = {"tab": tab.holder, "csrf_token": tab.csrf}
    assert tab.session.post(url, data=said, timeout=5).status_code == 204
    assert house.hotline.wait_for("/voice/status")["CallStatus"] == "completed"


def test_a_page_open_all_day_can_still_dial(house, tab):
    house.app.config["WTF_CSRF_TIME_LIMIT"] = -1
    assert tab.posts("/calls", {"from": HERS}).status_code == 400
    house.app.config["WTF_CSRF_TIME_LIMIT"] = 3600
    assert tab.posts("/calls", {"from": HERS}, **{"X-CSRFToken": tab.polls()["csrf"]}).status_code == 200


def test_other_sites_cannot_dial(house, tab):
    assert tab.posts("/calls", {"from": HERS}, **{"X-CSRFToken": ""}).status_code == 400
    assert tab.posts("/calls", {"from": HERS}, **{"X-Phone-Tab": ""}).status_code == 400


AT_HOME = {"Host": "localhost:8137"}


@pytest.mark.parametrize(
    ("settings", "headers", "address"),
    [
        ({"login": "always"}, {}, "127.0.0.1"),
        ({"public_url": "https://hotline.test"}, {}, "127.0.0.1"),
        ({}, {"Host": "hotline.test"}, "127.0.0.1"),
        ({}, {"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1"),
        ({}, {"Forwarded": "for=127.0.0.1"}, "127.0.0.1"),
        ({}, {}, "192.0.2.7"),
    ],
)
def test_away_from_home_only_staff_may_telephone(tmp_path, settings, headers, address):
    house = House(tmp_path, **settings)
    with house.app.test_client() as browser:
        asked = {"headers": {**AT_HOME, "Accept": "text/html", **headers}, "environ_base": {"REMOTE_ADDR": address}}
        assert browser.get("/phone", **asked).status_code == 302
        browser.set_cookie("ivr_session", house.session_of("sara"), domain=asked["headers"]["Host"].split(":")[0])
        assert browser.get("/phone", **asked).status_code == 200
    house.database.close()


def test_at_home_everybody_may_but_operators_say_who_they_are(tmp_path):
    house = House(tmp_path)
    with house.app.test_client() as browser:
        assert browser.get("/phone", headers=AT_HOME).status_code == 200
        assert browser.get("/phone?line=operator", headers={**AT_HOME, "Accept": "text/html"}).status_code == 302
        with browser.get("/phone/sample.wav", headers=AT_HOME) as sample:
            assert sample.mimetype == "audio/wav"
    house.database.close()


def test_the_hotline_is_told_at_its_own_door(house):
    office = Office("https://hotline.test", house.url, None, "137", None)
    assert office.ours("https://hotline.test/voice/status")
    assert not office.ours("https://hotline.test/voice/a b")


def test_those_without_a_microphone_have_a_voice(app):
    sara = hires(app)
    sara.logs_in()
    with sara.client.get("/phone/sample.wav") as sample:
        assert sample.status_code == 200
        assert inspect(io.BytesIO(sample.data)).seconds > 3

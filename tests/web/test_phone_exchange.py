"""The browser phone's exchange, as the real Twilio client and a stranger see it."""

from datetime import timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from db.models import PhoneCall
from tests.web.hotline_double import TOKEN, House, samples_of
from tests.web.phone_tab import Tab

HERS = "+989121234567"
PAGES = "/phone/exchange/2010-04-01/Accounts/PH137"
EVENTS = ["initiated", "ringing", "answered", "completed"]


@pytest.fixture
def house(tmp_path):
    with House(tmp_path).open() as opened:
        yield opened


@pytest.fixture
def client(house):
    made = Client("PH137", TOKEN)
    made.api.base_url = f"{house.url}/phone/exchange"
    yield made
    made.http_client.session.close()


@pytest.fixture
def tab(house):
    with Tab(house) as opened:
        yield opened


def ring(house, client, to=HERS):
    return client.calls.create(
        to=to, from_="+982537137000", url=f"{house.url}/voice/answer", method="POST", timeout=20,
        status_callback=f"{house.url}/voice/status", status_callback_event=EVENTS,
    )  # fmt: skip


def statuses(house, count):
    house.hotline.wait_for("/voice/status", count)
    told = sorted(house.hotline.told("/voice/status"), key=lambda form: int(form["SequenceNumber"]))
    return [form["CallStatus"] for form in told]


def test_a_call_out_rings_is_answered_and_is_ended_from_outside(house, client, tab):
    call = ring(house, client)
    assert (call.status, call.direction, call.to) == ("queued", "outbound-api", HERS)
    [ringing] = tab.polls(HERS)["ringing"]
    assert ringing["sid"] == call.sid
    assert tab.posts(f"/calls/{call.sid}/answer").json()["status"] == "in-progress"
    assert client.calls(call.sid).fetch().status == "in-progress"
    assert client.calls(call.sid).update(status="completed").status == "completed"
    assert tab.polls(HERS, call=call.sid)["call"]["status"] == "completed"
    assert statuses(house, 4) == ["queued", "ringing", "in-progress", "completed"]
    assert client.calls(call.sid).fetch().duration is not None


def test_calls_to_a_line_are_listed_newest_first(house, client):
    first, other, last = ring(house, client), ring(house, client, "client:sara"), ring(house, client)
    assert [call.sid for call in client.calls.list(to=HERS, limit=50)] == [last.sid, first.sid]
    assert [call.sid for call in client.calls.list(to="client:sara", limit=50)] == [other.sid]


def test_nobody_there_is_no_answer_when_the_time_is_up(house, client, tab):
    call = ring(house, client, to="+989120000000")
    tab.polls(HERS)
    with house.database.transaction() as session:
        session.get(PhoneCall, call.sid).ring_until -= timedelta(seconds=30)
    tab.polls(HERS)
    assert statuses(house, 2) == ["queued", "no-answer"]


def test_a_tab_that_is_talking_is_busy(house, client, tab):
    tab.posts("/calls", {"from": HERS})
    tab.polls(HERS)
    call = ring(house, client)
    assert tab.polls(HERS)["ringing"] == []
    assert client.calls(call.sid).fetch().status == "busy"


def test_a_refused_call_is_busy_and_an_unanswered_one_can_be_cancelled(house, client, tab):
    refused, cancelled = ring(house, client), ring(house, client)
    tab.polls(HERS)
    assert tab.posts(f"/calls/{refused.sid}/refuse").status_code == 200
    assert client.calls(refused.sid).fetch().status == "busy"
    assert client.calls(cancelled.sid).update(status="completed").status == "canceled"
    assert tab.posts(f"/calls/{cancelled.sid}/answer").status_code == 409


def test_only_the_hotline_is_told_and_only_telephones_ring(house, client):
    with pytest.raises(TwilioRestException) as elsewhere:
        client.calls.create(to=HERS, from_="137", url="http://elsewhere.test/voice/answer")
    assert (elsewhere.value.status, elsewhere.value.code) == (400, 21205)
    with pytest.raises(TwilioRestException) as nobody:
        ring(house, client, to="sip:a@b")
    assert nobody.value.code == 21211
    with pytest.raises(TwilioRestException) as unknown:
        client.calls("CA00").fetch()
    assert unknown.value.status == 404


@pytest.mark.parametrize(("name", "token"), [("PH137", "wrong"), ("AC137", TOKEN), ("", "")])
def test_nobody_comes_in_without_the_token(house, name, token):
    answer = requests.get(f"{house.url}{PAGES}/Calls/CA1.json", auth=(name, token), timeout=5)
    assert answer.status_code == 401


def test_the_token_opens_no_other_account(house):
    path = PAGES.replace("PH137", "AC137")
    assert requests.get(f"{house.url}{path}/Calls/CA1.json", auth=("PH137", TOKEN), timeout=5).status_code == 404


def test_a_recording_is_fetched_and_deleted(house, client, tab):
    sid = tab.speaks(seconds=2)
    page = f"{house.url}{PAGES}/Recordings/{sid}"
    for suffix in ("", ".wav"):
        heard, rate = samples_of(requests.get(page + suffix, auth=("PH137", TOKEN), timeout=5).content)
        assert (len(heard) / rate, rate) == (2, 8000)
    assert client.recordings(sid).fetch().duration == "2"
    assert client.recordings(sid).delete()
    assert requests.get(f"{page}.wav", auth=("PH137", TOKEN), timeout=5).status_code == 404

"""Calls out, through the REST of somebody else's server: made, refused, or in doubt."""

import json
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from ivr.telephony import outside
from ivr.telephony.accounts import Account
from ivr.telephony.outside import Outgoing, Placed, Provider, Refused, Unsure

PATH = "/2010-04-01/Accounts/AC137/Calls.json"
WANTED = Outgoing(
    "+989121234567",
    "+982537137000",
    "http://h.test/voice/answer?attempt=1",
    "http://h.test/voice/status?attempt=1",
    25,
    "http://h.test:8139/voice/fallback?attempt=1",
)


@pytest.fixture
def server(elsewhere):
    return elsewhere()


@pytest.fixture
def provider(server):
    return Provider(Account("AC137", "token", server.url))


def test_a_call_is_made_as_twilio_documents(server, provider):
    server.answers[PATH] = (201, {"Content-Type": "application/json"}, json.dumps({"sid": "CA1"}).encode())
    assert provider.call(WANTED) == "CA1"
    form = parse_qs(server.asked[0][2])
    assert form["To"] == ["+989121234567"]
    assert form["From"] == ["+982537137000"]
    assert form["Url"] == [WANTED.url]
    assert form["FallbackUrl"] == [WANTED.fallback_url]
    assert form["StatusCallback"] == [WANTED.status_url]
    assert form["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]
    assert form["Timeout"] == ["25"]
    assert "MachineDetection" not in form


def test_a_call_that_no_person_listens_in_on_asks_who_picks_up(server, provider):
    server.answers[PATH] = (201, {"Content-Type": "application/json"}, b'{"sid": "CA1"}')
    provider.call(
        Outgoing("+989121234567", "+982537137000", "http://h.test/", "http://h.test/", 30, detect_machine=True)
    )
    assert parse_qs(server.asked[0][2])["MachineDetection"] == ["Enable"]


@pytest.mark.parametrize(
    ("status", "becomes"),
    [(400, Refused), (401, Refused), (404, Refused), (429, Refused), (500, Unsure), (503, Unsure)],
)
def test_a_no_is_a_no_and_trouble_is_doubt(server, provider, status, becomes):
    server.answers[PATH] = (status, {"Content-Type": "application/json"}, b'{"code": 21211, "message": "no"}')
    with pytest.raises(becomes):
        provider.call(WANTED)
    assert len(server.asked) == 1, "and nothing is asked twice"


def test_an_answer_that_does_not_come_is_doubt(server, elsewhere, monkeypatch):
    monkeypatch.setattr(outside, "TIMEOUT_SECONDS", 0.3)
    server.answers[PATH] = lambda request: time.sleep(1)
    with pytest.raises(Unsure):
        Provider(Account("AC137", "token", server.url)).call(WANTED)
    assert len(server.asked) == 1


def test_a_connection_that_breaks_once_the_order_is_out_is_doubt(server, provider):
    server.answers[PATH] = lambda request: request.connection.close()
    with pytest.raises(Unsure):
        provider.call(WANTED)
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [b"<html>made</html>", b"{}", b'{"sid": null}', b""])
def test_a_yes_that_cannot_be_read_is_doubt(server, provider, body):
    server.answers[PATH] = (201, {"Content-Type": "application/json"}, body)
    with pytest.raises(Unsure):
        provider.call(WANTED)


def test_a_provider_that_is_away_rang_nobody(server, provider):
    server.shutdown()
    server.server_close()
    with pytest.raises(Refused, match="cannot be reached"):
        provider.call(WANTED)


def listed(sid, **shown):
    plain = {"sid": sid, "to": "client:sara", "direction": "outbound-api", "status": "ringing", "duration": None}
    return {**plain, "date_created": "Tue, 24 Nov 2026 06:30:00 +0000", **shown}


def page(*calls):
    return 200, {"Content-Type": "application/json"}, json.dumps({"calls": calls, "next_page_uri": None}).encode()


def test_the_calls_to_a_telephone_are_listed(server, provider):
    others = [listed("CA2", to="client:omid"), listed("CA3", direction="inbound"), listed("CA4", date_created=None)]
    server.answers[PATH] = page(*others, listed("CA1"), listed("CA5", status="completed", duration="12"))
    began = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
    assert provider.placed("client:sara") == [
        Placed("CA1", began, "ringing", None),
        Placed("CA5", began, "completed", 12),
    ]
    assert parse_qs(urlsplit(server.asked[0][0]).query)["To"] == ["client:sara"]


@pytest.mark.parametrize(
    "answer",
    [
        (404, {}, b"{}"),
        (503, {}, b"{}"),
        (200, {}, b"<html>"),
        (200, {"Content-Type": "application/json"}, b"[]"),
        (200, {"Content-Type": "application/json"}, b"{}"),
        page(listed("CA1", duration="a while")),
    ],
)
def test_a_list_that_cannot_be_had_is_no_list(server, provider, answer):
    server.answers[PATH] = answer
    with pytest.raises(Unsure):
        provider.placed("client:sara")


VOICE = "RE" + "1" * 32
KEPT = f"/2010-04-01/Accounts/AC137/Recordings/{VOICE}.json"


@pytest.mark.parametrize("status", [204, 404])
def test_a_recording_is_deleted_or_was_never_there(server, provider, status):
    server.answers[KEPT] = (status, {"Content-Type": "application/json"}, b"" if status == 204 else b"{}")
    provider.delete_recording(VOICE)
    assert [path for path, *_ in server.asked] == [KEPT]
    assert server.asked[0][1]["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(("status", "becomes"), [(401, Refused), (429, Refused), (500, Unsure)])
def test_a_recording_that_is_not_deleted_is_no_recording_deleted(server, provider, status, becomes):
    server.answers[KEPT] = (status, {"Content-Type": "application/json"}, b"{}")
    with pytest.raises(becomes):
        provider.delete_recording(VOICE)


def test_a_provider_that_is_away_has_deleted_nothing():
    with pytest.raises(Unsure):
        Provider(Account("AC137", "token", "http://127.0.0.1:1")).delete_recording(VOICE)

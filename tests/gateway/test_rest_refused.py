"""What Twilio's REST refuses, the gateway refuses in the same numbers; and nobody gets in without the token."""

import asyncio
import re

import pytest
import requests
from pydantic import SecretStr
from twilio.base.exceptions import TwilioRestException

from ivr.config import Config, Data
from ivr.config import Gateway as Settings
from ivr.gateway import rest
from ivr.gateway.server import Gateway
from tests.gateway.stage import ACCOUNT, TOKEN, client, urls

pytestmark = pytest.mark.side_by_side

NEVER = [
    "110", "115", "125", "123", "112", "137", "+98110", "+98112", "+98115", "+98123", "+98125",
    "+19005551234", "+12025550123", "+252612345678", "+9809071234567", "+989091234567", "02537137000",
    "", "somebody", "sip:", "sip:a b", "sip:x@y z", "sip:" + "a" * 65, "sip:201,202", "sip:201&PJSIP/trunk", "client:",
    "client:a/b", "client:${EXTEN}", "tel:137", "PJSIP/trunk", "sip:-201", "+98912345678",
]  # fmt: skip
OPEN = {"/said/{name}.wav", "/healthz", "/alive", "/metrics"}


def refused(call):
    with pytest.raises(TwilioRestException) as found:
        call()
    return found.value.status, found.value.code


def create(stage, **given):
    (answer,) = urls(stage, "answer")
    return client(stage).calls.create(**{"to": "+989123456789", "from_": "+982537137000", "url": answer, **given})


@pytest.mark.parametrize("to", NEVER)
def test_who_is_never_rung(stage, to):
    assert refused(lambda: create(stage, to=to)) == (400, 21211)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/voice/answer", "ftp://somewhere", "answer", "{}/../voice", "{} /voice", "{}.test/voice"]
)
def test_a_document_that_is_not_the_hotlines(stage, url):
    url = url.format(stage.desk.url)
    assert refused(lambda: create(stage, url=url)) == (400, 21205)
    assert refused(lambda: create(stage, status_callback=url)) == (400, 21205)
    assert refused(lambda: create(stage, fallback_url=url)) == (400, 21205)


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeout": "soon"}, {"timeout": 0}, {"timeout": -1}, {"time_limit": "1e3"}, {"method": "PUT"},
        {"status_callback_method": "DELETE"}, {"status_callback_event": ["sung"]},
    ],
    ids=str,
)  # fmt: skip
def test_a_parameter_that_makes_no_sense(stage, wrong):
    status = dict(zip(("status_callback",), urls(stage, "status"), strict=True))
    assert refused(lambda: create(stage, **{**status, **wrong})) == (400, 20001)


def test_a_call_cannot_be_given_another_document_or_another_status(stage):
    with stage.call('<Play loop="0">/audio/menu.wav</Play>') as call:
        one = client(stage).calls(call.sid)
        assert refused(lambda: one.update(url=urls(stage, "next")[0])) == (400, 21220)
        assert refused(lambda: one.update(twiml="<Response/>")) == (400, 21220)
        assert refused(lambda: one.update(status="busy")) == (400, 21218)
        assert one.fetch().status == "in-progress"
        call.phone.hangs_up()
        call.asked("status")
        assert refused(lambda: one.update(status="completed")) == (400, 21220)


def test_another_account_is_not_found(stage):
    answer = requests.get(
        f"{stage.url}/2010-04-01/Accounts/AC1/Calls/CA{'0' * 32}.json", auth=(ACCOUNT, TOKEN), timeout=5
    )
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(("account", "token"), [(ACCOUNT, "guess"), ("AC1", TOKEN), (ACCOUNT, f"{TOKEN} ")])
def test_a_wrong_token_is_refused_in_twilios_words(stage, account, token):
    assert refused(client(stage, account, token).calls("CA" + "0" * 32).fetch) == (401, 20003)


@pytest.mark.parametrize("size", [70_000, 10_000_000])
def test_a_body_over_64_kib_is_refused(stage, size):
    address = f"{stage.url}/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    form = {"To": "+989123456789", "Url": urls(stage, "answer")[0], "From": "9" * size}
    assert requests.post(address, data=form, auth=(ACCOUNT, TOKEN), timeout=10).status_code == 413


async def routes(directory):
    """List the gateway's own pages, as its router has them."""
    settings = Settings(ari_url="http://127.0.0.1:9", auth_token=SecretStr("token"))

    config = Config(data=Data(dir=directory), gateway=settings)
    gateway = Gateway(config)
    app = rest.application(config, gateway.parts, gateway.place)
    gateway.parts.ledger.close()
    return [(one.method, one.resource.canonical) for one in app.router.routes()]


@pytest.mark.parametrize(
    "authorization", [None, "", "Basic", "Basic ???", "Basic Og==", "Bearer token", "Basic R1cxMzc6", "Basic /////w=="]
)
def test_nobody_gets_in_without_the_token(stage, authorization):
    directory = stage.house.log.parent / f"routes-{abs(hash(authorization))}"
    found = asyncio.run(routes(directory))
    assert len(found) >= 12
    for method, path in found:
        concrete = path.replace("{account_sid}", ACCOUNT).replace("{sid}", "CA" + "0" * 32)
        concrete = re.sub(r"\{name\}", "0" * 32, concrete).replace("{suffix}", ".wav")
        if "Recordings/CA" in concrete:
            concrete = concrete.replace("Recordings/CA", "Recordings/RE")
        headers = {} if authorization is None else {"Authorization": authorization}
        answer = requests.request(method, stage.url + concrete, headers=headers, timeout=5, data={"To": "sip:201"})
        assert (answer.status_code == 401) == (path not in OPEN), f"{method} {concrete}: {answer.status_code}"
        if path not in OPEN and method != "HEAD":
            assert answer.json()["code"] == 20003
            assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "path", ["/", "/2010-04-01", "/2010-04-01/Accounts/GW137/Calls", "/said/../healthz.json", "/x"]
)
def test_what_is_no_page_needs_the_token_all_the_same(stage, path):
    assert requests.get(f"{stage.url}{path}", timeout=5).status_code == 401
    assert requests.get(f"{stage.url}{path}", auth=(ACCOUNT, TOKEN), timeout=5).status_code in (404, 405)


@pytest.mark.parametrize("name", ["0" * 32, "..%2f..%2fd", "x" * 32])
def test_only_what_was_said_is_to_be_had_where_it_is_said(stage, name):
    assert requests.get(f"{stage.url}/said/{name}.wav", timeout=5).status_code == 404

"""What whoever watches the gateway is told."""

import asyncio

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from ivr.config import Config, Data, Metrics
from ivr.config import Gateway as Settings
from ivr.gateway import rest
from ivr.gateway.ledger import Voice
from ivr.gateway.server import Gateway

TOKEN = "a-token-for-whoever-watches"


async def asked(directory, token, headers, url=""):
    """Ask a gateway that has no exchange, one open recording, and two pieces of news that nobody took."""
    lines = Settings(ari_url="http://127.0.0.1:9", auth_token=SecretStr("token"), url=url)
    config = Config(data=Data(dir=directory), gateway=lines, metrics=Metrics(token=SecretStr(token)))
    gateway = Gateway(config)
    gateway.parts.ledger.keep_voice(Voice("RE1", "CA1", "name", "RecordVerb"))
    for _ in range(2):
        gateway.parts.ledger.tell("CA1", "http://127.0.0.1:9/voice/status", "POST", {})
    server = TestServer(rest.application(config, gateway.parts, gateway.place))
    async with TestClient(server) as client, client.get("/metrics", headers=headers) as answer:
        found = answer.status, await answer.text()
    gateway.parts.ledger.close()
    return found


def test_it_tells_of_the_exchange_the_calls_and_the_promises(tmp_path):
    status, page = asyncio.run(asked(tmp_path, TOKEN, {"Authorization": f"Bearer {TOKEN}"}))
    assert status == 200
    found = {one.name: one.samples[0].value for one in text_string_to_metric_families(page)}
    assert found["hotline_gateway_exchange_up"] == found["hotline_gateway_calls"] == 0
    assert found["hotline_gateway_voices_open"] == 1
    assert found["hotline_gateway_news_pending"] == 2
    assert 0 <= found["hotline_gateway_news_oldest_seconds"] < 5


@pytest.mark.parametrize(
    ("token", "headers", "url", "status"),
    [
        ("", {}, "", 200),
        ("", {"X-Forwarded-For": "203.0.113.9"}, "", 403),
        ("", {"Host": "gateway.example"}, "", 403),
        ("", {}, "http://192.0.2.1:8138", 403),
        (TOKEN, {}, "", 403),
        (TOKEN, {"Authorization": "Bearer wrong"}, "", 403),
    ],
)
def test_without_a_token_it_is_for_the_machine_itself(tmp_path, token, headers, url, status):
    assert asyncio.run(asked(tmp_path, token, headers, url))[0] == status

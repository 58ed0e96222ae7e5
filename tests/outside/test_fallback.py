"""The hotline's own house is on fire: a process of its own still answers, in Persian, and keeps what it is told."""

from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.outside.caller import Caller, Exchange, signature
from tests.outside.conftest import ACCOUNT, TOKEN
from tests.served import House

FETCHED_SECONDS = 120  # a fetch asked for before the broker was there comes back with its lease
NOWHERE = {
    "IVR_DATA__DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
    "IVR_DATA__REDIS_URL": "redis://127.0.0.1:1/0",
}


class Stranded(Caller):
    """A call whose end nobody at the hotline can be told of yet."""

    def _ends(self):
        self.waiting = None


@pytest.fixture
def exchange(carrier, trap):
    return Exchange(carrier, "", f"{trap.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings")


@contextmanager
def served(directory, exchange, *command, **settings):
    house = House(
        directory,
        IVR_TWILIO__ACCOUNT_SID=ACCOUNT,
        IVR_TWILIO__AUTH_TOKEN=TOKEN,
        IVR_TWILIO__API_URL=exchange.carrier.url,
        IVR_SERVER__SECRET_KEY="a secret that both know",
        **settings,
    )
    try:
        house.start(*command, healthy=False)
        house.until(lambda: alive(house))
        yield house
    finally:
        house.stop()


def alive(house):
    try:
        return requests.get(f"{house.fallback_url}/alive", timeout=10).text == "alive"
    except requests.ConnectionError:
        return False


def fails_over(house, exchange, number):
    """Call, find the hotline away, and follow the provider to the fallback."""
    caller = Stranded(exchange, number, exchange.carrier.sid("CA"))
    return caller.follows(
        f"{house.fallback_url}/voice/fallback", ErrorCode="11200", ErrorUrl=f"{house.url}/voice/answer"
    )


def spooled(house):
    return list(Path(house.environment["IVR_DATA__DIR"], "var", "spool", "fallback").glob("*.event"))


def test_it_answers_alone_and_the_house_makes_tickets_of_it_when_it_stands_again(tmp_path, exchange, carrier):
    with served(tmp_path, exchange, "fallback", **NOWHERE) as house:
        callers, voices = [], []
        for n in range(3):
            caller = fails_over(house, exchange, f"+98912137000{n}")
            exchange.ear.understands(caller.heard, ["apology"])
            voices.append(caller.speaks(3))
            exchange.ear.understands(caller.heard, ["apology_end"])
            callers.append(caller)
        assert len(spooled(house)) == 3 * len(callers)
    with served(tmp_path, exchange) as house:
        house.until(house.healthy)
        house.until(lambda: not spooled(house))
        for caller in callers:
            form = caller.form(CallStatus="completed", CallDuration="30")
            assert exchange.post(f"{house.url}/voice/status", form).status_code == 204
        stored = ["stored"] * len(voices)
        house.until(lambda: [row["state"] for row in house.export("recordings")] == stored, seconds=FETCHED_SECONDS)
        tickets = house.export("tickets")
        assert [(one["call_sid"], one["district"], one["category"]) for one in tickets] == [
            (caller.sid, "unknown", "other") for caller in callers
        ]
        assert [one["caller"] for one in tickets] == [caller.number for caller in callers]
        kept = [(voice["sid"], voice["sha256"]) for one in tickets for voice in one["recordings"]]
        assert kept == [(sid, carrier.digest(sid)) for sid in voices]


def test_a_stranger_is_refused_and_leaves_nothing_on_the_disk(tmp_path, exchange):
    with served(tmp_path, exchange, "fallback", **NOWHERE) as house:
        form = {"CallSid": exchange.carrier.sid("CA"), "AccountSid": ACCOUNT, "From": "+989121370078"}
        for query in ("", "?step=message", "?step=recording"):
            url = f"{house.fallback_url}/voice/fallback{query}"
            for bad in ("", "bm9ib2R5", signature("another token", url, form), signature(TOKEN, url + "x", form)):
                assert exchange.post(url, form, signed=bad).status_code == 403
        assert requests.post(url, json=form, timeout=5).status_code == 415
        assert requests.get(url, timeout=5).status_code == 405
        assert requests.get(f"{house.fallback_url}/voice/fallback/audio/{'0' * 32}.wav", timeout=5).status_code == 404
        assert exchange.post(url, {**form, "x": "y" * 70_000}).status_code == 413
        assert spooled(house) == []


def test_what_it_cannot_keep_it_does_not_claim_to_have(tmp_path, exchange):
    with served(tmp_path, exchange, "fallback", IVR_DATA__SPOOL_EVENTS="1", **NOWHERE) as house:
        fails_over(house, exchange, "+989121370001")
        url, form = (
            f"{house.fallback_url}/voice/fallback",
            {"CallSid": exchange.carrier.sid("CA"), "AccountSid": ACCOUNT},
        )
        assert exchange.post(url, form).status_code == 503
        assert len(spooled(house)) == 1

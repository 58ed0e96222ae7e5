"""A call over Twilio's webhooks and the same on an exchange: the documents are the same bytes, but for ids."""

import re
import time

import pytest
import requests

from tests.exchange.speaker import WORDS, speech
from tests.gateway.forwarder import Forwarder
from tests.gateway.place import Place
from tests.outside.caller import Exchange
from tests.outside.carrier import Carrier
from tests.outside.ear import NUMBERS, letters

ACCOUNT, TOKEN = "AC" + "7" * 32, "a token that only the carrier and the hotline know"
CLIP = re.compile(rb"http://127\.0\.0\.1:\d+/audio/[0-9a-f]+\.wav")
FIRST, SECOND = speech(WORDS["complaint"]), speech(WORDS["apology"])
PATIENCE_SECONDS = 90  # a code is spoken twice, digit by digit, and then somebody is waited for


@pytest.fixture(scope="module")
def between():
    server = Forwarder()
    yield server
    server.close()


@pytest.fixture(scope="module")
def carrier():
    server = Carrier(ACCOUNT, TOKEN)
    yield server
    server.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory, between, carrier):
    """A hotline that both reach at the same address."""
    settings = {
        "IVR_SERVER__PUBLIC_URL": between.url,
        "IVR_TWILIO__ACCOUNT_SID": ACCOUNT,
        "IVR_TWILIO__AUTH_TOKEN": TOKEN,
        "IVR_TWILIO__API_URL": carrier.url,
    }
    one = Place(tmp_path_factory.mktemp("same"), **settings)
    between.house = one.house.url
    with one:
        yield one


class OnTheTelephone:
    """Acts as soon as the next document has come, or the tone."""

    def __init__(self, place, between):
        self.between, self.exchange = between, place.exchange
        self.known = {one.call for one in between.documents}
        self.voices = set(self._recordings())
        self.phone = place.dials("09121370061")
        self.turns = 1
        self._until(lambda: self.documents)
        self.sid = self.documents[0].call

    @property
    def documents(self):
        return [one for one in self.between.documents if one.call and one.call not in self.known]

    def _recordings(self):
        return (self.exchange.spool / "recording").glob("RE*")

    def _until(self, true):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not true():
            assert time.monotonic() < deadline, f"after {[one.path for one in self.documents]}"
            time.sleep(0.05)

    def _answered(self):
        self.turns += 1
        self._until(lambda: len(self.documents) >= self.turns)
        time.sleep(0.5)

    def presses(self, key):
        self.phone.presses(key)
        self._answered()
        return self

    def is_silent(self):
        self._answered()
        return self

    def speaks(self, what):
        self._until(lambda: set(self._recordings()) - self.voices)
        self.voices |= set(self._recordings())
        time.sleep(0.8)
        self.phone.speaks(what)
        return self.presses("#")


class OverTheWire:
    """The same deeds, done by a client that knows what Twilio documents."""

    def __init__(self, between, carrier):
        exchange = Exchange(carrier, between.url, f"{carrier.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings")
        self.caller = exchange.dials("+989121370062")
        self.sid = self.caller.sid

    def presses(self, key):
        self.caller.presses(key)
        return self

    def is_silent(self):
        self.caller.is_silent()
        return self

    def speaks(self, what):
        self.caller.speaks(round(len(what) / 8000))
        return self


def reports(caller):
    """Report, say it again, keep it, hear the code, and say nothing to a callback."""
    caller.presses("1").presses("8").presses("2").presses("8").speaks(FIRST)
    caller.presses("2").speaks(SECOND).presses("*").presses("1").is_silent()
    return caller.sid


def without_ids(document):
    """Put a word in the place of every digit that is spoken, and of every sid."""
    clips = {clip: said(clip.decode()) for clip in set(CLIP.findall(document))}
    digits = [str(NUMBERS.index(clips[clip])) for clip in CLIP.findall(document) if clips[clip] in NUMBERS]
    plain = CLIP.sub(lambda found: b"DIGIT" if clips[found[0]] in NUMBERS else found[0], document)
    return re.sub(rb"\b(CA|RE)[0-9a-f]{32}\b", rb"\1", plain), "".join(digits)


def said(clip):
    return letters(requests.get(f"{clip.removesuffix('wav')}json", timeout=10).json()["words"])


def test_the_documents_are_the_same_but_for_ids(place, between, carrier):
    wire = reports(OverTheWire(between, carrier))
    line = reports(OnTheTelephone(place, between))
    place.house.until(
        lambda: len([row for row in place.house.export("tickets") if row["call_sid"] in (wire, line)]) == 2
    )
    codes = {row["call_sid"]: row["code"] for row in place.house.export("tickets")}
    there, here = between.of(wire), between.of(line)
    assert [one.path for one in here] == [one.path for one in there]
    assert len(here) == 11
    for one, other in zip(there, here, strict=True):
        (plain, digits), (same, others) = without_ids(one.body), without_ids(other.body)
        assert same == plain
        assert len(others) == len(digits)
        assert not digits or (digits, others) == (2 * codes[wire], 2 * codes[line])
    assert any(CLIP.search(one.body) and without_ids(one.body)[1] for one in here)

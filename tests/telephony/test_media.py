"""Voices are fetched from the account's own media, and from nowhere else."""

import base64
import gzip
import hashlib
import io
import time

import pytest

from ivr.telephony import media
from ivr.telephony.accounts import Account
from ivr.telephony.media import NotYet, fetch, sid_of

SID = "RE" + "1" * 32
PATH = f"/2010-04-01/Accounts/AC137/Recordings/{SID}.wav"
SOUND = bytes(range(256)) * 400


@pytest.fixture
def provider(elsewhere):
    return elsewhere()


@pytest.fixture
def account(provider):
    return Account("AC137", "token", provider.url, media_hosts=("media.example.com", "localhost"))


def refused(account, why):
    with pytest.raises(NotYet, match=why):
        fetch(account, SID, io.BytesIO())


def test_a_voice_comes_byte_by_byte_with_the_accounts_name(provider, account):
    provider.answers[PATH] = (200, {"Content-Type": "audio/x-wav"}, SOUND)
    said = io.BytesIO()
    fetched = fetch(account, SID, said)
    assert said.getvalue() == SOUND
    assert fetched == media.Fetched(hashlib.sha256(SOUND).hexdigest(), ".wav")
    assert provider.asked[0][1]["Authorization"] == "Basic " + base64.b64encode(b"AC137:token").decode()


def test_an_mp3_keeps_its_ending(provider, account):
    provider.answers[PATH] = (200, {"Content-Type": "audio/mpeg"}, SOUND)
    assert fetch(account, SID, io.BytesIO()).suffix == ".mp3"


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_no_voice_yet(provider, account, status):
    provider.answers[PATH] = (status, {}, b"no")
    refused(account, f"status {status}")


def test_a_provider_that_is_away(account, provider):
    provider.shutdown()
    provider.server_close()
    refused(account, "ConnectionError")


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("{trap}/secret", "which is not listed"),
        ("http://media.example.com/voice.wav", "which is not listed"),
        ("https://169.254.169.254/latest/meta-data", "which is not listed"),
        ("https://evil.example.com/voice.wav", "which is not listed"),
        ("https://media.example.com@127.0.0.1/voice.wav", "which is not listed"),
        ("https://localhost:{port}/voice.wav", "no public address"),
        ("file:///etc/passwd", "which is not listed"),
        ("https://[::1", "ValueError"),
        ("https://localhost:99999/", "ValueError"),
    ],
)
def test_a_redirect_leads_nowhere_but_to_listed_public_hosts(provider, account, elsewhere, to, why):
    trap = elsewhere()
    provider.answers[PATH] = (302, {"Location": to.format(trap=trap.url, port=trap.server_port)}, b"")
    refused(account, why)
    assert trap.asked == []


def test_the_accounts_name_is_told_to_nobody_else(provider, account, elsewhere, monkeypatch):
    """Let the redirect pass, as to a listed host: the request that follows carries no credentials."""
    other = elsewhere()
    other.answers["/voice.wav"] = (200, {"Content-Type": "audio/x-wav"}, SOUND)
    provider.answers[PATH] = (307, {"Location": f"{other.url}/voice.wav"}, b"")
    monkeypatch.setattr(media, "_allowed", lambda account, url: url)
    fetch(account, SID, io.BytesIO())
    assert "Authorization" not in other.asked[0][1]


def test_a_circle_of_redirects_ends(provider, account, monkeypatch):
    provider.answers[PATH] = (302, {"Location": PATH}, b"")
    monkeypatch.setattr(media, "_allowed", lambda account, url: url)
    refused(account, "too many redirects")
    assert len(provider.asked) == media.REDIRECTS + 1


def test_a_voice_that_breaks_off_is_not_taken_for_whole(provider, account):
    provider.answers[PATH] = (200, {"Content-Length": str(len(SOUND) + 5)}, SOUND)
    refused(account, "ConnectionError|ChunkedEncodingError|IncompleteRead|broke off|ProtocolError")


def test_a_voice_larger_than_any_is_left(provider, account, monkeypatch):
    monkeypatch.setattr(media, "LARGEST", 1000)
    provider.answers[PATH] = (200, {}, SOUND)
    refused(account, "larger")


def test_a_packed_voice_is_left_packed_or_not(provider, account):
    provider.answers[PATH] = (200, {"Content-Encoding": "gzip"}, gzip.compress(SOUND))
    refused(account, "packed")
    assert provider.asked[0][1]["Accept-Encoding"] == "identity"


def test_a_length_that_is_no_number_is_trouble_like_any_other(provider, account):
    provider.answers[PATH] = (200, {"Content-Length": "long"}, SOUND)
    refused(account, "ValueError|InvalidHeader")


def test_a_server_that_gives_drop_by_drop_is_left(provider, account, monkeypatch):
    def drip(request):
        request.send_response(200)
        request.send_header("Content-Length", "100000")
        request.end_headers()
        while True:
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(0.05)

    monkeypatch.setattr(media, "WHOLE_SECONDS", 0.5)
    provider.answers[PATH] = drip
    begun = time.monotonic()
    refused(account, "too slow")
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("sid", ["", "../../etc/passwd", "RE1/../..", "RE 1", "RE" + "1" * 70, "RE1?x=y"])
def test_what_is_no_sid_is_never_asked_for(provider, account, sid):
    with pytest.raises(NotYet):
        fetch(account, sid, io.BytesIO())
    assert provider.asked == []


@pytest.mark.parametrize(
    ("url", "sid"),
    [
        (f"https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/{SID}", SID),
        (f"https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/{SID}.mp3?x=1", SID),
        ("https://elsewhere.test/", None),
        ("https://elsewhere.test/a b", None),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_only_the_sid_is_read_off_an_address(url, sid):
    assert sid_of(url) == sid

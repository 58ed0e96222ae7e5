"""Recordings by Twilio's own client, unmodified. https://www.twilio.com/docs/voice/api/recording"""

from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.exchange.ear import correlation, samples_of
from tests.gateway.stage import ACCOUNT, CLIPS, TOKEN, client, dials

pytestmark = pytest.mark.side_by_side

AUTH = (ACCOUNT, TOKEN)


@contextmanager
def recorded(stage):
    """Leave a voice; give the form that told of it."""
    with stage.call('<Record action="kept"/>', kept="<Hangup/>") as call:
        call.phone.hears(0.8)
        call.phone.speaks(CLIPS["thanks"])
        call.phone.presses("#")
        call.ends()
        yield call.asked("kept")


def got(url, **headers):
    return requests.get(url, auth=AUTH, headers=headers, timeout=10)


def test_a_recording_is_known_by_its_call_and_by_itself(stage):
    with recorded(stage) as kept:
        (listed,) = client(stage).calls(kept["CallSid"]).recordings.list()
        fetched = client(stage).recordings(kept["RecordingSid"]).fetch()
        for one in (listed, fetched):
            assert (one.sid, one.call_sid) == (kept["RecordingSid"], kept["CallSid"])
            assert (one.status, one.duration, one.source) == ("completed", kept["RecordingDuration"], "RecordVerb")
        assert fetched.media_url == kept["RecordingUrl"]
        assert fetched.channels in (1, "1")


def test_its_media_come_with_and_without_an_ending_and_in_parts(stage):
    with recorded(stage) as kept:
        whole = got(f"{kept['RecordingUrl']}.wav")
        assert whole.headers["Content-Type"] == "audio/x-wav"
        assert whole.content == got(kept["RecordingUrl"]).content
        assert int(whole.headers["Content-Length"]) == len(whole.content)
        assert correlation(CLIPS["thanks"], samples_of(whole.content)) > 0.9
        part = got(f"{kept['RecordingUrl']}.wav", Range="bytes=100-299")
        assert part.status_code == 206
        assert part.content == whole.content[100:300]
        assert part.headers["Content-Range"] == f"bytes 100-299/{len(whole.content)}"
        assert got(f"{kept['RecordingUrl']}.wav", Range="bytes=99999999-").status_code == 416
        assert got(f"{kept['RecordingUrl']}.json").json()["sid"] == kept["RecordingSid"]


def test_a_recording_is_deleted_for_good(stage):
    with recorded(stage) as kept:
        path = Path(stage.house.environment["IVR_DATA__DIR"]) / "var/gateway/voices" / f"{kept['RecordingSid']}.wav"
        assert path.is_file()
        assert client(stage).recordings(kept["RecordingSid"]).delete()
        assert not path.exists()
        assert got(f"{kept['RecordingUrl']}.wav").status_code == 404
        with pytest.raises(TwilioRestException) as refused:
            client(stage).recordings(kept["RecordingSid"]).delete()
        assert (refused.value.status, refused.value.code) == (404, 20404)
        assert stage.exchange.ari("GET", "/recordings/stored") is not None
        names = [one["name"] for one in stage.exchange.ari("GET", "/recordings/stored")]
        assert kept["RecordingSid"] not in names


def test_a_recording_that_is_under_way_says_so_and_has_no_media_yet(stage):
    with stage.call('<Record action="kept"/>', kept="<Hangup/>") as call:
        call.phone.hears(1)
        (listed,) = client(stage).calls(call.sid).recordings.list()
        assert listed.status == "processing"
        assert got(f"{stage.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{listed.sid}.wav").status_code == 404
        call.phone.hangs_up()
        call.asked("status")


def test_a_talk_is_listed_with_the_call_that_dialled(stage):
    with stage.telephone() as far, stage.call(dials(far, 'record="true" action="over"'), over="<Hangup/>") as call:
        far.wait_ringing()
        far.answer()
        far.speaks(CLIPS["thanks"])
        far.hangs_up()
        over = call.asked("over")
        (listed,) = client(stage).calls(call.sid).recordings.list()
        assert (listed.sid, listed.source) == (over["RecordingSid"], "DialVerb")
        call.ends()


@pytest.mark.parametrize("what", ["recordings", "calls"])
def test_what_nobody_knows_is_not_found(stage, what):
    sid = {"recordings": "RE", "calls": "CA"}[what] + "0" * 32
    with pytest.raises(TwilioRestException) as refused:
        getattr(client(stage), what)(sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


@pytest.mark.parametrize("sid", ["RE", "RE" + "0" * 31, "RE" + "Z" * 32, "..%2f..%2fsecrets", "CA" + "0" * 32])
def test_a_sid_that_is_none_leads_nowhere(stage, sid):
    for suffix in ("", ".wav", ".json"):
        address = f"{stage.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}{suffix}"
        assert got(address).status_code == 404

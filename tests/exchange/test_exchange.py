"""The shipped dialplan on a real Asterisk, called by real telephones; the gateway stays at home."""

import socket
import time
from contextlib import ExitStack, contextmanager

import pytest
import requests

from tests.exchange.asterisk import Asterisk
from tests.exchange.deaf import DeafApplication
from tests.exchange.ear import RATE, correlation, recognised, samples_of
from tests.exchange.speaker import WORDS, speech
from tests.exchange.telephone import Telephone, write_wav

APOLOGY, THANKS = speech(WORDS["apology"]), speech(WORDS["thanks"])
COMPLAINT = speech(WORDS["complaint"])
SPOKEN = {"apology": APOLOGY, "thanks": THANKS}
CITIZEN = "02188137137"
LABORATORY = """
[from-internal]
exten => keys,1,Answer()
 same => n,Read(KEYS,,0,,1,10)
 same => n,Verbose(1,pressed ${KEYS})
exten => echo,1,Answer()
 same => n,Echo()
"""


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sounds")
    return {name: write_wav(folder / f"{name}.wav", sound) for name, sound in SPOKEN.items()}


@pytest.fixture(scope="module")
def asterisk(sounds):
    with Asterisk(sounds=sounds, dialplan=LABORATORY, variables={"HOTLINE_APP_2": "second"}) as one:
        yield one


@pytest.fixture
def citizen():
    with Telephone(number=CITIZEN) as telephone:
        yield telephone


def tape_of(asterisk, number):
    """Find the newest tape that somebody left; give its name and its sound."""
    name = max(name for name in asterisk.tapes() if name.endswith(f"-{number}"))
    return name, samples_of(asterisk.ari("GET", f"/recordings/stored/{name}/file"))


def hear(telephone, clip, seconds=15):
    """Listen until a clip has been heard to its end."""
    deadline = time.monotonic() + seconds
    while True:
        found = recognised(telephone.heard(), SPOKEN)
        if any(one.clip == clip and one.seconds > len(SPOKEN[clip]) / RATE - 0.5 for one in found):
            return
        assert time.monotonic() < deadline, f"{clip} was not to be heard, but {found}"
        time.sleep(0.1)


def loud(sound):
    return abs(sound) > 0.02


def test_it_is_asked_and_called_on_the_loopback_alone(asterisk):
    assert "127.0.0.1" in asterisk.cli("http show status")
    assert f"127.0.0.1:{asterisk.sip_port}" in asterisk.cli("pjsip show transports")
    address = socket.gethostbyname(socket.gethostname())
    if not address.startswith("127."):
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((address, asterisk.http_port), timeout=2)


def test_without_the_hotline_a_caller_leaves_a_message_on_tape(asterisk, citizen):
    citizen.dial(asterisk.uri())
    hear(citizen, "apology")
    asterisk.until(asterisk.recording)
    citizen.speaks(COMPLAINT)
    citizen.presses("#")
    citizen.wait_over(10)
    assert [one.clip for one in recognised(citizen.heard(), SPOKEN)] == ["apology", "thanks"]
    name, tape = tape_of(asterisk, CITIZEN)
    assert name.startswith("hotline-tape-")
    assert correlation(COMPLAINT, tape) > 0.8


def test_a_caller_who_rings_off_leaves_a_message_too(asterisk):
    with Telephone(number="anonymous", codec="ulaw") as stranger:
        stranger.dial(asterisk.uri("+982188137"))
        asterisk.until(asterisk.recording)
        stranger.speaks(COMPLAINT[: 2 * RATE])
        stranger.hangs_up()
    asterisk.until(lambda: not asterisk.ari("GET", "/channels"))
    _name, tape = tape_of(asterisk, "withheld")
    assert correlation(COMPLAINT[: 2 * RATE], tape) > 0.8


def test_a_callers_number_is_nothing_but_a_number_in_the_tapes_name(asterisk):
    before = set(asterisk.tapes())
    with ExitStack() as stack:
        for number in ("../../etc/7/passwd", "$%7BSHELL(id+8)%7D", "9;rm", "1" * 70):
            rogue = stack.enter_context(Telephone(number=number))
            rogue.dial(asterisk.uri())
        asterisk.until(lambda: asterisk.recording() == 4)
    asterisk.until(lambda: not asterisk.ari("GET", "/channels"))
    found = {name.rsplit("-", 1)[1] for name in set(asterisk.tapes()) - before}
    assert found == {"7", "+8", "9", "1" * 20}


def test_without_sounds_there_are_tones(sounds):
    with Asterisk(sounds={"thanks": sounds["thanks"]}) as bare, Telephone(number=CITIZEN) as citizen:
        citizen.dial(bare.uri())
        assert loud(citizen.hears(1.0)).any()
        bare.until(bare.recording)
        citizen.presses("#")
        citizen.wait_over()
        assert [one.clip for one in recognised(citizen.heard(), SPOKEN)] == ["thanks"]


def test_a_tape_outlives_a_power_cut(sounds):
    with Asterisk(sounds=sounds) as asterisk:
        with Telephone(number=CITIZEN) as citizen:
            citizen.dial(asterisk.uri())
            asterisk.until(asterisk.recording)
            citizen.speaks(COMPLAINT)
            citizen.presses("#")
            hear(citizen, "thanks")
            asterisk.kill()
        asterisk.start()
        assert correlation(COMPLAINT, tape_of(asterisk, CITIZEN)[1]) > 0.8
        with Telephone(number=CITIZEN) as citizen:
            citizen.dial(asterisk.uri())
            hear(citizen, "apology")


def test_a_hotline_that_hangs_loses_the_call_after_fifteen_seconds(asterisk, citizen):
    with DeafApplication(asterisk, "hotline-137") as deaf:
        citizen.dial(asterisk.uri(), seconds=0)
        deaf.holds()
        began = time.monotonic()
        citizen.wait_answered(20)
        assert time.monotonic() - began == pytest.approx(15, abs=1.5)
        hear(citizen, "apology")


def test_when_the_first_gateway_is_not_there_the_second_is_asked(asterisk, citizen):
    with DeafApplication(asterisk, "second") as second:
        citizen.dial(asterisk.uri(), seconds=0)
        channel = second.holds()
        asterisk.ari("POST", f"/channels/{channel}/answer")
        citizen.wait_answered()
        citizen.hangs_up()


@pytest.mark.parametrize("after", ["fallback", "failed"])
def test_a_call_that_is_handed_back_gets_the_fallback(asterisk, citizen, after):
    with DeafApplication(asterisk, "hotline-137") as deaf:
        citizen.dial(asterisk.uri(), seconds=0)
        channel = deaf.holds()
        asterisk.ari("POST", f"/channels/{channel}/answer")
        asterisk.ari("POST", f"/channels/{channel}/variable", variable="HOTLINE_AFTER", value=after)
        asterisk.ari("POST", f"/channels/{channel}/continue")
        citizen.wait_answered()
        hear(citizen, "apology")


def test_a_call_that_is_done_with_is_hung_up(asterisk, citizen):
    with DeafApplication(asterisk, "hotline-137") as deaf:
        citizen.dial(asterisk.uri(), seconds=0)
        channel = deaf.holds()
        asterisk.ari("POST", f"/channels/{channel}/answer")
        asterisk.ari("POST", f"/channels/{channel}/continue")
        citizen.wait_over(2)


@pytest.mark.parametrize("number", ["110", "112", "115", "123", "125"])
def test_an_emergency_call_is_not_ours_to_answer(asterisk, citizen, number):
    citizen.dial(asterisk.uri(number), seconds=0)
    citizen.wait_over()
    assert citizen.codes[-1] == 404


def test_keys_arrive_and_come_back(asterisk):
    with operator(asterisk) as phone:
        phone.dial(asterisk.uri("keys"))
        phone.presses("137*0#")
        phone.wait_over()
    assert "pressed 137*0\n" in asterisk.log.read_text()


@contextmanager
def operator(asterisk, user="201", codec="alaw"):
    with Telephone(address="127.0.0.1", codec=codec) as phone:
        phone.register(user, asterisk.operators[user], f"127.0.0.1:{asterisk.sip_port}")
        yield phone


def test_an_operator_without_the_password_is_refused(asterisk):
    with Telephone(address="127.0.0.1") as phone:
        phone.register("201", "a guess", f"127.0.0.1:{asterisk.sip_port}", code=401)


def test_both_ways_of_coding_sound_the_same(asterisk):
    for codec in ("ulaw", "alaw"):
        with operator(asterisk, "202", codec) as phone:
            phone.dial(asterisk.uri("echo"))
            phone.speaks(COMPLAINT)
            time.sleep(0.5)
            assert correlation(COMPLAINT, phone.heard()) > 0.8


def test_the_hotline_calls_a_citizen_and_an_operator(asterisk):
    with Telephone(asterisk.trunk_port) as citizen, operator(asterisk) as phone:
        for telephone, endpoint, called in ((citizen, "02155667788@trunk", "02155667788"), (phone, "201", "201")):
            asterisk.reaches(endpoint.rpartition("@")[2])
            where = {"extension": "echo", "context": "from-internal", "callerId": "137"}
            asterisk.ari("POST", "/channels", endpoint=f"PJSIP/{endpoint}", **where)
            assert "137@" in telephone.wait_ringing()
            assert f"{called}@" in telephone.waits_for("ringing")["called"]
            telephone.answer()
            telephone.hangs_up()


def test_a_busy_citizen_says_so(asterisk):
    with Telephone(asterisk.trunk_port) as citizen:
        asterisk.reaches()
        where = {"extension": "echo", "context": "from-internal"}
        asterisk.ari("POST", "/channels", endpoint="PJSIP/02155667788@trunk", **where)
        citizen.wait_ringing()
        citizen.answer(486)
        citizen.wait_over()
        assert citizen.codes[-1] == 486
        asterisk.until(lambda: not asterisk.ari("GET", "/channels"))


def test_a_telephone_torn_off_the_wall_does_not_hold_its_line_for_ever(sounds):
    changes = {"pjsip": {"rtp_timeout = 30": "rtp_timeout = 2"}}
    with Asterisk(sounds=sounds, changes=changes) as asterisk, Telephone(number=CITIZEN) as citizen:
        citizen.dial(asterisk.uri())
        asterisk.until(asterisk.recording)
        citizen.speaks(COMPLAINT[: 2 * RATE])
        citizen.kill()
        asterisk.until(lambda: not asterisk.ari("GET", "/channels"), 10)
        assert correlation(COMPLAINT[: 2 * RATE], tape_of(asterisk, CITIZEN)[1]) > 0.8


def test_nobody_enters_ari_without_the_password(asterisk):
    for credentials in (None, (asterisk.user, "CHANGE-ME-ARI")):
        answer = requests.get(f"{asterisk.url}/ari/channels", auth=credentials, timeout=10)
        assert answer.status_code == 401

"""A small stage: an exchange and a gateway, telephones, and a hotline that reads from a script."""

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.exchange.asterisk import Asterisk
from tests.exchange.ear import RATE, correlation, recognised, samples_of, words
from tests.exchange.speaker import WORDS, speech
from tests.exchange.telephone import Telephone, write_wav
from tests.gateway.script import Script, Scripted
from tests.served import House, free_port

ACCOUNT, TOKEN = "GW137", "a token that only the gateway and the hotline know"
PLACES = 6  # calls at a time
SAME = 0.65  # speech that came through a busy machine; other speech reaches half of it


def digits(*which):
    """Say some digits: enough of them to be known again if a packet comes late."""
    return speech(" ".join(WORDS["digits"][one] for one in which))


CLIPS = {
    **{
        name: digits(*which)
        for name, which in {"zero": (0, 1, 2, 3), "four": (4, 5, 6, 4), "five": (7, 8, 9, 7)}.items()
    },
    "thanks": speech(WORDS["thanks"]),
    "apology": speech(WORDS["apology"]),
    "menu": speech(WORDS["menu"]),
}


class Stage:
    """`hands` play calls side by side; `calls` are borrowed telephones out in the carrier's net."""

    def __init__(self, directory, *, desk_port=0, exchange=None, **settings):
        folder = Path(directory)
        sounds = {name: write_wav(folder / f"{name}.wav", clip).read_bytes() for name, clip in CLIPS.items()}
        self.sounds = {name: folder / f"{name}.wav" for name in ("apology", "thanks")}
        self.desk = Scripted(TOKEN, sounds, desk_port)
        self.exchange = Asterisk(sounds=self.sounds, **(exchange or {}))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.house = House(folder, **self._told(settings))
        self.telephones, self._idle, self._lock = [], queue.SimpleQueue(), threading.Lock()
        self.trunk_line, self._fixed = threading.Lock(), {}
        self.hands = ThreadPoolExecutor(PLACES)

    def _told(self, settings):
        return {
            "IVR_SERVER__PUBLIC_URL": self.desk.url,
            "IVR_GATEWAY__ARI_URL": self.exchange.url,
            "IVR_GATEWAY__ARI_USER": self.exchange.user,
            "IVR_GATEWAY__ARI_PASSWORD": self.exchange.password,
            "IVR_GATEWAY__ACCOUNT_SID": ACCOUNT,
            "IVR_GATEWAY__AUTH_TOKEN": TOKEN,
            "IVR_GATEWAY__PORT": str(self.port),
            "IVR_GATEWAY__OUTSIDE": "PJSIP/trunk/sip:{address}",
            "IVR_GATEWAY__PATIENCE": "rc=0&ct=2000&rt=5000&tt=6000",
            **settings,
        }

    def __enter__(self):
        self.exchange.start()
        self.house.start("gateway", healthy=False)
        self.house.until(self.hears)
        return self

    def __exit__(self, *_):
        for telephone in self.telephones:
            telephone.close()
        self.hands.shutdown()
        self.house.stop()
        self.exchange.close()
        self.desk.close()

    def hears(self):
        """Say whether the gateway hears its exchange."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=1).ok
        except requests.RequestException:
            return False

    @contextmanager
    def telephone(self):
        """Lend a telephone that nobody uses."""
        try:
            one = self._idle.get_nowait()
        except queue.Empty:
            one = self._installed()
        try:
            yield one
        finally:
            if one.state not in ("NULL", "DISCONNECTED"):
                one.hangs_up()
            self._idle.put(one)

    def _installed(self, **settings):
        with self._lock:
            number = f"0912137{len(self.telephones):04}"
            one = Telephone(**{"number": number, **settings})
            one.number = f"+98{number[1:]}"
            self.telephones.append(one)
        return one

    @contextmanager
    def fixed(self, name):
        """Have the one telephone at the trunk's other end, or the operator's, to oneself."""
        with self.trunk_line:
            if name not in self._fixed:
                if name == "trunk":
                    self._fixed[name] = self._installed(port=self.exchange.trunk_port)
                else:
                    self._fixed[name] = one = self._installed(number=name, address="127.0.0.1")
                    one.register(name, self.exchange.operators[name], f"127.0.0.1:{self.exchange.sip_port}")
                self.exchange.reaches(name)
            one = self._fixed[name]
            try:
                yield one
            finally:
                if one.state not in ("NULL", "DISCONNECTED"):
                    one.hangs_up()

    @contextmanager
    def call(self, answer, /, *, wait=True, **documents):
        """Dial 137 and hear this answer, and these documents by name; hang up in the end."""
        with self.telephone() as phone:
            call = Call(self, phone, {"answer": answer, **documents})
            self.desk.numbers[phone.number] = call.script
            phone.dial(self.exchange.uri(), seconds=10 if wait else 0)
            yield call


class Call:
    """One call, seen from its telephone and from the hotline."""

    def __init__(self, stage, phone, documents):
        self.stage, self.phone, self.script = stage, phone, Script(documents)

    def asked(self, name, n=1, **facts):
        """Wait until a document has been asked for, or news have come, so often; give the last of them."""
        return self.script.waits_for(name, n, **facts)

    def times(self, name, **facts):
        return len(self.script.of(name, **facts))

    @property
    def sid(self):
        return self.asked("answer")["CallSid"]

    @property
    def heard(self):
        """Name the clips that were heard so far."""
        return words(self.phone.heard(), CLIPS)

    def hears(self, *clips, seconds=12):
        """Wait until just these clips have been heard, the last one to its end."""
        deadline = time.monotonic() + seconds
        while True:
            sound = self.phone.heard()
            found = recognised(sound, CLIPS)
            if [one.clip for one in found] == list(clips) and len(sound) >= found[-1].start * RATE + len(
                CLIPS[clips[-1]]
            ):
                return
            assert time.monotonic() < deadline, f"heard {found} instead of {clips}"
            time.sleep(0.1)

    def ends(self, seconds=12):
        """Wait until the other side hangs up, and give what the hotline is told of the call then."""
        self.phone.wait_over(seconds)
        return self.asked("status", CallStatus="completed")


def dials(telephone, attributes="", inside=""):
    """Write a Dial that rings one of the telephones out in the carrier's net."""
    return f"<Dial {attributes}>{rings(telephone, inside)}</Dial>"


def rings(telephone, attributes=""):
    return f"<Sip {attributes}>sip:somebody@{telephone.address}:{telephone.port}</Sip>"


def media(stage, url):
    """Fetch a recording as its address says, and give its samples."""
    assert url.startswith(f"{stage.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE")
    answer = requests.get(f"{url}.wav", auth=(ACCOUNT, TOKEN), timeout=10)
    answer.raise_for_status()
    return samples_of(answer.content)


def client(stage, account=ACCOUNT, token=TOKEN):
    """Give Twilio's own client, told nothing but where its API is."""
    one = Client(account, token, http_client=TwilioHttpClient(pool_connections=False))
    one.api.base_url = stage.url
    return one


def urls(stage, *names):
    return [f"{stage.desk.url}/voice/{name}" for name in names]


def comes_through(sent, telephone, seconds=4):
    """Wait until most of what was said has been heard at a telephone."""
    deadline = time.monotonic() + seconds
    while (alike := correlation(sent, telephone.heard())) < SAME:
        assert time.monotonic() < deadline, f"what was said did not come through: {alike:.2f}"
        time.sleep(0.2)

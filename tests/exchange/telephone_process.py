"""A SIP telephone without a sound device, in a process of its own: orders come in as lines of JSON, news go out.

Run by tests.exchange.telephone. It ends when its orders end.
"""

# ruff: noqa: N802  # PJSIP names what it calls

import contextlib
import ctypes
import json
import os
import queue
import sys
import threading
import time
from pathlib import Path

import pjsua2 as pj

RATE = 8000
TICK_MS, FRAME_MS = 10, 20
GOODBYE_SECONDS = 2
AUDIBLE = pj.PJSUA_CALL_MEDIA_ACTIVE
LATE_MS, DISCARD_NOTHING = 100, 0
PRIORITY = -15
KEY_SECONDS = 0.25  # 200 ms down, as PJSIP presses it, and 50 ms up


NEWS = os.fdopen(os.dup(1), "w")  # PJSIP prints, too: to where errors go
os.dup2(2, 1)


def tell(event, **facts):
    print(json.dumps({"event": event, "at": time.time(), **facts}), file=NEWS, flush=True)


class Ear(pj.AudioMediaPort):
    """Writes down what it hears as it hears it: bare samples. Called from PJSIP's own thread."""

    def __init__(self, path):
        super().__init__()
        self.listens = True
        self._file = Path(path).open("wb", buffering=0)  # noqa: SIM115  # as long as the process lives
        shape = pj.MediaFormatAudio()
        shape.init(pj.PJMEDIA_FORMAT_PCM, RATE, 1, FRAME_MS * 1000, 16)
        self.createPort("ear", shape)

    def onFrameReceived(self, frame):
        if self.listens:
            self._file.write(bytes(frame.buf) if frame.size else bytes(2 * RATE * FRAME_MS // 1000))


class Mouth(pj.AudioMediaPlayer):
    """Says a file once into a call; tells when it has."""

    def __init__(self, path, number):
        super().__init__()
        self.number = number
        self.createPlayer(path, pj.PJMEDIA_FILE_NO_LOOP)

    def onEof2(self):
        tell("said", number=self.number)


class Call(pj.Call):
    """One call: what comes in is recorded from its first sound to its end."""

    def __init__(self, account, recording, number=pj.PJSUA_INVALID_ID):
        super().__init__(account, number)
        self.recording, self.ear, self.media, self.mouths = recording, None, None, []
        self.hiss, self.over = None, False

    def onCallState(self, prm):
        info = self.getInfo()
        self.over = info.state == pj.PJSIP_INV_STATE_DISCONNECTED
        if self.over and self.ear:
            self.ear.listens = False
        tell("state", state=info.stateText, code=info.lastStatusCode, reason=info.lastReason)

    def onCallMediaState(self, prm):
        info = self.getInfo()  # its media die with it
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == AUDIBLE:
                self.media = self.getAudioMedia(index)
                self._listen()

    def _listen(self):
        if self.ear is None:
            self.ear = Ear(self.recording)
            tell("audible", path=self.recording)
        self.media.startTransmit(self.ear)
        if self.hiss is not None:
            self.hiss.startTransmit(self.media)

    def onDtmfDigit(self, prm):
        tell("key", key=prm.digit)

    def says(self, path, number):
        mouth = Mouth(path, number)
        self.mouths.append(mouth)
        mouth.startTransmit(self.media)
        tell("saying", number=number)

    def silence(self):
        """Stop speaking in the middle of a word."""
        for mouth in self.mouths:
            mouth.stopTransmit(self.media)


class Account(pj.Account):
    def __init__(self, telephone):
        super().__init__()
        self.telephone = telephone

    def onIncomingCall(self, prm):
        self.telephone.rings(self, prm.callId)

    def onRegState(self, prm):
        tell("registration", code=prm.code, active=self.getInfo().regIsActive)


class Telephone:
    def __init__(self, settings):
        self.settings, self.calls = settings, []  # PJSIP's thread may still be in what belongs to a call that is over
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        self._begin()
        self.account, self.hiss = Account(self), None
        self.account.create(self._identity(settings["number"]))
        if settings["hiss"]:
            self.hiss = pj.AudioMediaPlayer()  # a quiet line is not a dead one: it sends packets
            self.hiss.createPlayer(settings["hiss"], 0)

    def _begin(self):
        config, transport = pj.EpConfig(), pj.TransportConfig()
        config.logConfig.level = config.logConfig.consoleLevel = 0
        config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
        config.medConfig.noVad, config.medConfig.ecTailLen = True, 0
        config.medConfig.clockRate = config.medConfig.sndClockRate = RATE
        _lose_nothing(config.medConfig)
        self.endpoint.libInit(config)
        transport.port, transport.boundAddress = self.settings["port"], self.settings["address"]
        self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        for codec in self.endpoint.codecEnum2():
            wanted = codec.codecId.startswith({"ulaw": "PCMU", "alaw": "PCMA"}[self.settings["codec"]])
            self.endpoint.codecSetPriority(codec.codecId, 200 if wanted else 0)

    def _identity(self, user):
        config = pj.AccountConfig()
        config.idUri = f"sip:{user}@{self.settings['address']}:{self.settings['port']}"
        config.mediaConfig.transportConfig.boundAddress = self.settings["address"]
        config.mediaConfig.transportConfig.port = self.settings["rtp_port"]
        return config

    def _new_call(self, account, number=pj.PJSUA_INVALID_ID):
        self.calls.append(Call(account, f"{self.settings['directory']}/{len(self.calls)}.pcm", number))
        self.call.hiss = self.hiss
        return self.call

    @property
    def call(self):
        return self.calls[-1] if self.calls else None

    def rings(self, account, number):
        if self.call and not self.call.over:
            other = Call(account, "", number)
            other.answer(_code(486))
            return
        call = self._new_call(account, number)
        info = call.getInfo()
        tell("ringing", caller=info.remoteUri, called=info.localUri)
        call.answer(_code(180))

    def register(self, user, password, server):
        config = self._identity(user)
        config.idUri = f"sip:{user}@{server}"
        config.regConfig.registrarUri = f"sip:{server}"
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, password))
        self.account.modify(config)

    def dial(self, uri):
        self._new_call(self.account).makeCall(uri, pj.CallOpParam(True))

    def answer(self, code):
        self.call.answer(_code(code))

    def press(self, keys):
        self.call.dialDtmf(keys)
        self.run(len(keys) * KEY_SECONDS)
        tell("pressed", keys=keys)

    def say(self, path, number):
        self.call.says(path, number)

    def silence(self):
        self.call.silence()

    def hang_up(self):
        if self.call and not self.call.over:
            self.call.hangup(pj.CallOpParam(True))

    def run(self, seconds):
        """Let PJSIP do its work; nothing of it happens elsewhere."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.endpoint.libHandleEvents(TICK_MS)

    def obey(self, orders):
        while (order := _next(orders)) is not None:
            if order:
                try:
                    getattr(self, order.pop("do"))(**order)
                except pj.Error as error:
                    tell("refused", reason=error.reason)
            self.endpoint.libHandleEvents(TICK_MS)

    def close(self):
        self.hang_up()
        end = time.monotonic() + GOODBYE_SECONDS
        while self.call and not self.call.over and time.monotonic() < end:
            self.endpoint.libHandleEvents(TICK_MS)
        self.account.shutdown()
        self.endpoint.libDestroy(pj.PJSUA_DESTROY_NO_NETWORK)
        os._exit(0)  # what Python would tidy up now, PJSIP has


def _lose_nothing(media):
    """Have what comes late or at once, as it does on a busy machine, heard whole: PJSIP would rather be quick."""
    media.jbInit = media.jbMinPre = media.jbMaxPre = LATE_MS
    kind = media.jbDiscardAlgo  # an enumeration, of which Python is shown but the address
    ctypes.c_int.from_address(int(kind)).value = DISCARD_NOTHING
    media.jbDiscardAlgo = kind


def _code(number):
    parameters = pj.CallOpParam()
    parameters.statusCode = number
    return parameters


def _next(orders):
    """Give the next order, {} if there is none, None when there will be none any more."""
    try:
        return orders.get_nowait()
    except queue.Empty:
        return {}


def _read(orders):
    for line in sys.stdin:
        orders.put(json.loads(line))
    orders.put(None)


def _comes_first():
    """Have what a telephone of one's own has: a processor that does nothing else."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)


def main():
    _comes_first()
    telephone = Telephone(json.loads(sys.stdin.readline()))
    orders = queue.SimpleQueue()
    threading.Thread(target=_read, args=(orders,), daemon=True).start()
    tell("ready")
    telephone.obey(orders)
    telephone.close()


if __name__ == "__main__":
    main()

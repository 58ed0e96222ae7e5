"""A day at the hotline: every call that is written down, many at once, on real telephones, and what they left."""

import re
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

from tests.exchange.speaker import speech
from tests.exchange.telephone import Telephone, write_wav
from tests.gateway.day.citizen import LOOKING_SECONDS, QUIET_SECONDS, Citizen, Spoken
from tests.gateway.day.hearing import STRANGE, TONE, Hearing
from tests.outside import stories
from tests.outside.caller import Exchange
from tests.outside.console import Supervisor
from tests.outside.ear import CALLFLOWS, letters
from tests.outside.evening import KINDS
from tests.outside.operator import Operator
from tests.outside.stories import CODE, Story

ACCOUNT, TOKEN = "GW137", "a token that only the gateway and the hotline know"
AT_ONCE = 9
DAY_SECONDS = 1800  # the first test waits for all of it, and no longer
SENTENCES = stories.read(Path(__file__).with_name("sentences.fa.yaml"))
NAMES = [call["call"] for call in stories.read(stories.TRANSCRIPTS)]
FLOWS = [stories.read(CALLFLOWS / f"{name}.yaml") for name in ("hotline_137", "feedback", "announce")]
RECORDED = {node["prompt"] for flow in FLOWS for node in flow["nodes"].values() if node["type"] == "record"}
FIRST = "09111370001"
TURN = "a turn at the queue"
APART = {"live", "announcements"}  # what is on the air then is somebody's own part
SOUGHT = {"announce_heard", "announce_lost"}  # what comes once a voice was looked for


@dataclass
class Played:
    """A story as it went: who called, what they heard and keyed, and what they said."""

    story: Story
    number: str
    earlier: str | None = None  # the sid of the call that made the earlier report
    code: str = ""
    citizen: Citizen | None = None
    keyed: list = field(default_factory=list)
    voices: dict = field(default_factory=dict)
    trouble: Exception | None = None
    said: dict | None = None  # what stood in the slots
    instead: dict = field(default_factory=dict)  # prompts that are heard in the place of others

    @property
    def withheld(self):
        return self.number == "anonymous"

    @property
    def international(self):
        return None if self.withheld else f"+98{self.number[1:]}"


class Day:
    """`told` are the stories to be played, `instead` prompts that are heard in the place of others in all of them.

    `exchange` brings about beforehand, by signed forms, what they take as given.
    Whoever begins a call holds `air`: what a supervisor puts on the air is heard by one call, and by no other.
    """

    def __init__(self, place, trunk, told, instead=None):
        self.instead, self.told, self.place, self.house, self.trunk = instead or {}, told, place, place.house, trunk
        account = SimpleNamespace(account=ACCOUNT, token=TOKEN, sid=lambda kind: f"{kind}{secrets.token_hex(16)}")
        self.exchange = Exchange(account, place.house.url, "http://127.0.0.1:1")
        self.supervisor, self.air, self.queue_is_free = Supervisor(self.house), threading.Lock(), threading.Event()
        self.operator, self.calls, self.rows = Operator(self.house, "omid"), {}, {}
        self.sentences = [speech(words) for words in SENTENCES]
        self.exchange.ear.prompts |= {words: words for words in SENTENCES}

    def passes(self, *others):
        """Play all stories, and beside them what others have to do; `others` are given the day, and play the rest."""
        for n, story in enumerate(self.told):
            number = "anonymous" if story.given.get("caller") == "withheld" else f"0912137{n:04}"
            self.calls[story.name] = played = Played(story, number, instead=dict(self.instead))
            self._arranges(played, n)
        codes = {row["call_sid"]: row["code"] for row in self.house.export("tickets")}
        for played in self.calls.values():
            played.code = codes.get(played.earlier, "")
        with ThreadPoolExecutor(AT_ONCE + len(others)) as hands:
            doing = [hands.submit(other, self) for other in others]
            own = [(n, one) for n, one in enumerate(self.calls.values()) if APART.isdisjoint(one.story.given)]
            doing += [hands.submit(self._plays, *one) for one in sorted(own, key=_late)]
            wait(doing)
        for one in doing:
            one.result()
        self.house.until(self.everything_is_here)

    def everything_is_here(self):
        """Take all the rows once all calls are over and no recording is under way."""
        if any(row["state"] == "pending" for row in self.house.export("recordings")):
            return False
        self.rows = {kind: self.house.export(kind) for kind in KINDS}
        return all(row["ended_at"] for row in self.rows["calls"])

    def of_call(self, kind, sid):
        return [row for row in self.rows[kind] if row["call_sid"] == sid]

    def _arranges(self, played, n):
        given = played.story.given
        if given.get("caller") == "limited":
            self.supervisor.arranges({"caller": "limited"}, played.international)
        if "ticket" in given:
            played.earlier = self.reports(f"+98919137{n:04}")
        for _ in range(0, int(given.get("guesses", 0)), 2):
            guesser = self.exchange.dials(played.international).presses("2").presses("1#").presses("2#")
            guesser.hangs_up()
        for _ in range(int(given.get("callbacks_today", 0))):
            self.exchange.dials(played.international).presses("0")
            self.operator.reaches_the_newest()

    def reports(self, number):
        """Have somebody report something without a voice; give the call's sid."""
        caller = self.exchange.dials(number).presses("1").presses("4").presses("6").is_silent().is_silent()
        caller.hangs_up()
        return caller.sid

    def _stands_in_line(self, played, n):
        """Wait for the queue to be in order, and bring about who waits in it before."""
        assert self.queue_is_free.wait(300)
        given = played.story.given
        with self.air:
            for other in range(int(given.get("waiting", 0))):
                self.exchange.dials(f"+98913137{n:03}{other}").presses("0")
            if "asked" in given:
                self.exchange.dials(played.international).presses("0")

    def _plays(self, n, played):
        try:
            if _queues(played.story):
                self._stands_in_line(played, n)
            with self.call(played.number, codec=("alaw", "ulaw")[n % 2]) as played.citizen:
                for step in played.story.steps:
                    self.does(played, step, n)
        except Exception as trouble:  # noqa: BLE001  # told by the test of this call, so that the others go on
            played.trouble = trouble

    @contextmanager
    def call(self, number, **settings):
        """Lend somebody a telephone for one call, and keep what they heard."""
        with Telephone(number=number, **settings) as telephone:
            citizen = Citizen(telephone)
            try:
                yield citizen
            finally:
                if citizen.turns:
                    citizen.is_done()

    def dials(self, citizen, situation=None):
        """Begin a call; what is on the air then stays with it."""
        given = {"situation": situation} if situation else {}
        with self.air:
            self.supervisor.arranges(given, "")
            try:
                citizen.dials(self.place.exchange.uri())
            finally:
                self.supervisor.clears(given)

    def does(self, played, step, n):
        """Do one step of a story, and hear out what is said then."""
        citizen = played.citizen
        match step.does:
            case "answered":
                if not citizen.turns:
                    self.dials(citizen, played.story.given.get("situation"))
                played.keyed.append("")
            case "hangs up":
                citizen.hangs_up()
            case "silent":
                citizen.is_silent()
                played.keyed.append("")
            case "says":
                citizen.speaks(self._finds_words(played, step, n))
                citizen.presses("#")
                played.keyed.append("#")
            case "drops" | "late":
                sentence = self._finds_words(played, step, n)
                played.voices[step.voice].sound = citizen.breaks_off(sentence, citizen.hangs_up)
                played.keyed.append("")
            case keys:
                keys = played.code if keys == CODE and played.code else keys
                citizen.presses(keys if len(keys) == 1 else f"{keys}#")
                played.keyed.append(keys)
        self.hears(played, step)

    def hears(self, played, step):
        """Hear out what should be heard now."""
        if step.hears:
            turn, sought = played.citizen.turns[-1], not SOUGHT.isdisjoint(step.hears)
            turn.hears = [played.instead.get(one, one) for one in step.hears]
            turn.before = "announce_moment" if sought else ""
            played.citizen.listens(tone=step.hears[-1] in RECORDED, quiet=LOOKING_SECONDS if sought else QUIET_SECONDS)
        elif step.does == "silent":
            played.citizen.telephone.wait_over()

    def _finds_words(self, played, step, n):
        """Say something else than last time, and than whoever calls at the same time."""
        here = 2 * n + len(played.voices)
        sentence, other = (self.sentences[(here + further) % len(self.sentences)] for further in (0, 5))
        played.voices[step.voice] = Spoken(sentence, other, SENTENCES[here % len(self.sentences)])
        return sentence

    def opens_the_queue(self):
        """Have the first caller ask for a call: who comes later has somebody before them."""
        self.calls[TURN] = played = Played(Story("", {}, []), FIRST)
        with self.call(FIRST) as played.citizen:
            self.dials(played.citizen)
            for step in (stories.Step("answered", hears=["greeting", "main_menu"]), stories.Step("0")):
                self.does(played, step, 0)
            played.citizen.turns[-1].hears = ["callback_first", "goodbye"]
            played.citizen.listens()
        self.queue_is_free.set()

    @cached_property
    def hearing(self):
        """Know what the house says; and what a citizen says, in case they are to hear it again."""
        clips = dict(zip(SENTENCES, self.sentences, strict=True)) | self.place.clips
        return Hearing({words: clip for words, clip in clips.items() if words})

    def understands(self, citizen, *, strictly=True):
        """Hold that each turn's prompts were heard, word for word and to their ends; give what stood in their slots.

        Not strictly: where nothing should be heard anything may be, and between the words what is none.
        """
        said = {}
        for turn, sound in citizen.parts():
            if not strictly and not turn.hears:
                continue
            try:
                said |= self._understands(turn, sound, strictly=strictly)
            except AssertionError as trouble:
                file = self.place.directory / f"{secrets.token_hex(4)}.wav"
                write_wav(file, sound)
                trouble.add_note(f"Having done {turn.did!r}, one heard {file}, which should be {turn.hears}.")
                raise
        return said

    def _understands(self, turn, sound, *, strictly):
        heard = [one for one in self.hearing.hears(sound) if strictly or one.words not in {TONE, STRANGE}]
        assert STRANGE not in [one.words for one in heard], f"something else was heard: {heard}"
        tones = ["tone"] if turn.hears and turn.hears[-1] in RECORDED else []
        assert not strictly or [one.words for one in heard if one.words == TONE] == tones, heard
        words = [one for one in heard if one.words != TONE]
        before = letters(self.exchange.ear.prompts.get(turn.before, ""))
        text = re.sub(f"^({before})+", "", "".join(letters(one.words) for one in words))
        said = self.exchange.ear.understands(text, turn.hears or [])
        assert [one for one in words if not one.whole] == [], "cut off"
        return said


def _queues(story):
    asked = {prompt for step in story.steps for prompt in step.hears or [] if prompt.startswith("callback_")}
    return bool(asked - {"callback_refused"})


def _late(one):
    """Let those wait who ask for a call, and begin with long calls."""
    _, played = one
    return _queues(played.story), -sum(len(step.hears or []) for step in played.story.steps)

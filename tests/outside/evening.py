"""One evening at the hotline: every call that is written down, one after another, and what they left."""

from dataclasses import dataclass, field

from tests.outside import stories
from tests.outside.caller import Caller, Exchange
from tests.outside.console import Supervisor
from tests.outside.operator import Operator
from tests.outside.stories import CODE, ENDING, Story

UNUSABLE = {"withheld": "anonymous", "limited": ""}
QUICKER = "+989141360001"  # whoever takes the last talk with a manager
KINDS = ("calls", "tickets", "callbacks", "recordings")


@dataclass
class Played:
    """A story as it went: who called, what stood in the slots of what they heard, and the voices they left."""

    story: Story
    number: str
    earlier: str | None = None  # the sid of the call that made the earlier report
    code: str = ""
    caller: Caller | None = None
    said: dict = field(default_factory=dict)
    voices: dict = field(default_factory=dict)
    trouble: Exception | None = None

    def left(self, wanted):
        """Give the sids of voices that a story names, or the last ones if it only counts them."""
        if isinstance(wanted, list):
            return [self.voices[name] for name in wanted]
        return list(self.voices.values())[len(self.voices) - int(wanted) :]


class Evening:
    def __init__(self, house, exchange: Exchange):
        self.house, self.exchange = house, exchange
        self.calls, self.rows = {}, {}
        self.supervisor, self.operator = Supervisor(house), Operator(house, "reza")
        self.first = exchange.dials("+989111370001").presses("0")  # who comes later has somebody before them

    def passes(self):
        for n, story in enumerate(stories.every()):
            given = story.given.get("caller", "")
            number = UNUSABLE.get(given, given) or f"+98912137{n:04}"
            self.calls[story.name] = played = Played(story, number)
            self._arranges(played, n)
        codes = {row["call_sid"]: row["code"] for row in self.house.export("tickets")}
        for played in self.calls.values():
            played.code = codes.get(played.earlier, "")
            self._plays(played)
        self.house.until(self.everything_is_here)
        return self

    def everything_is_here(self):
        """Take all the rows once no recording is under way, so that none lands between two exports."""
        if any(row["state"] == "pending" for row in self.house.export("recordings")):
            return False
        self.rows = {kind: self.house.export(kind) for kind in KINDS}
        return True

    def _arranges(self, played, n):
        given = played.story.given
        if "ticket" in given:
            reporter = played.number if given["ticket"] == "own" else f"+98919137{n:04}"
            report = self.exchange.dials(reporter).presses("1").presses("4").presses("6")
            played.earlier = report.is_silent().is_silent().sid
        for _ in range(0, int(given.get("guesses", 0)), 2):
            guesser = self.exchange.dials(played.number).presses("2").presses("1#").presses("2#")
            guesser.hangs_up()
        for _ in range(int(given.get("callbacks_today", 0))):
            self.exchange.dials(played.number).presses("0")
            self.operator.reaches_the_newest()
        for other in range(int(given.get("waiting", 0))):
            self.exchange.dials(f"+98913137{n:03}{other}").presses("0")
        if "asked" in given:
            self.exchange.dials(played.number).presses("0")

    def _plays(self, played):
        given = played.story.given
        try:
            self.supervisor.arranges(given, played.number)
            played.caller = self.exchange.dials(played.number)
            if "taken" in given:
                self.exchange.dials(QUICKER).presses("5")
            for step in played.story.steps:
                self._does(played, step)
            if played.caller.waiting is not None:
                played.caller.hangs_up()
        except Exception as trouble:  # noqa: BLE001  # told by the test of this call, so that the others go on
            played.trouble = trouble
        self.supervisor.clears(given)

    def _does(self, played, step):
        caller, voice = played.caller, None
        match step.does:
            case "answered":
                pass
            case "hangs up":
                if caller.waiting is not None:
                    caller.hangs_up()
            case "silent":
                caller.is_silent()
            case "says":
                voice = caller.speaks(step.seconds)
            case "drops":
                voice = caller.speaks(step.seconds, key="hangup")
            case "late":
                voice = caller.speaks_late(step.seconds)
            case does:
                self._presses(played, does, step.seconds)
        if voice:
            played.voices[step.voice or voice] = voice
        if step.hears:
            prompts = [{"callback_first": "callback_place"}.get(prompt, prompt) for prompt in step.hears]
            played.said |= self.exchange.ear.understands(caller.heard, prompts)

    def _presses(self, played, keys, seconds):
        if keys.startswith("dial:"):
            played.caller.was_put_through(keys.removeprefix("dial:"), seconds)
            return
        keys = {CODE: played.code, ENDING: played.code[-4:]}.get(keys, keys) if played.code else keys
        played.caller.presses(keys if len(keys) == 1 else f"{keys}#")

    def of_call(self, kind, sid):
        return [row for row in self.rows[kind] if row["call_sid"] == sid]

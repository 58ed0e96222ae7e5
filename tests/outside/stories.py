"""Calls written down: the transcripts that every part of the house is held to, and calls.yaml beside them."""

from dataclasses import dataclass
from pathlib import Path

import yaml

HERE = Path(__file__).parent
TRANSCRIPTS = HERE.parent / "calls" / "hotline_137.yaml"
SETTINGS = {"ask_window"}  # what a caller meets only where the house is set up so
CODE, ENDING = "1927643505", "3505"  # the earlier ticket's, as the transcripts have it


@dataclass
class Step:
    """What the caller does, how long they speak if they do, and the prompts they hear then."""

    does: str
    seconds: int = 3
    hears: list | None = None
    voice: str = ""


@dataclass
class Story:
    """A call and what it leaves; None where nothing is said about it."""

    name: str
    given: dict
    steps: list
    tickets: list | None = None
    earlier: list | None = None
    callback: list | None = None
    disposition: str | None = None
    reads: str = ""
    about: tuple = ("other", "unknown")  # the category and district that the caller had told
    window: str = ""  # when the caller wants to be called

    @property
    def needs_a_setting(self):
        return not SETTINGS.isdisjoint(self.given)

    def left_by_silence(self):
        """Give the tickets of whoever was silent after the tone: that is a voice, if empty."""
        return [[*self.about, []]]


def read(path):
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)


def every():
    """List all calls; what only another setting can bring about is left out."""
    told = map(from_transcript, read(TRANSCRIPTS))
    return [*(one for one in told if not one.needs_a_setting), *map(from_line, read(HERE / "calls.yaml"))]


def of_another_setting():
    """List the calls that `every` leaves out."""
    return [one for one in map(from_transcript, read(TRANSCRIPTS)) if one.needs_a_setting]


def from_line(line):
    steps = [Step({"CODE": CODE, "ENDING": ENDING}.get(word, word)) for word in line["does"].replace('"', "").split()]
    if "hears" in line:
        steps[-1].hears = line["hears"]
    leaves = line["leaves"]
    return Story(
        line["call"],
        line.get("given", {}),
        steps,
        tickets=[leaves["ticket"]] if "ticket" in leaves else [],
        earlier=leaves.get("earlier"),
        callback=leaves.get("callback", []),
        disposition=leaves.get("disposition"),
        reads=line.get("reads", ""),
    )


def from_transcript(call):
    """Read a transcript; a voice whose name came before the caller left was one that was spoken again."""
    steps = []
    for turn in call["turns"]:
        match turn["caller"]:
            case {"press": keys}:
                steps.append(Step(keys or "silent", hears=turn["hears"]))
            case {"dial": [status, seconds]}:
                steps.append(Step(f"dial:{status}", int(seconds), hears=turn["hears"]))
            case {"record": [voice, seconds, "hangs up"]}:
                steps.append(Step("drops", int(seconds), voice=voice))
            case {"record": [voice, seconds]} if turn["hears"]:
                steps.append(Step("says", int(seconds), turn["hears"], voice))
            case {"record": [voice, seconds]} if voice not in [step.voice for step in steps]:
                steps[-1] = Step("late", int(seconds), voice=voice)
            case "answered" | "hangs up":
                steps.append(Step(turn["caller"], hears=turn["hears"] or None))
    earlier = {"ticket": "other"} if "ticket" in call.get("given", {}) else {}
    known, tickets = call.get("knows", {}), call.get("tickets")
    return Story(
        call["call"],
        {**call.get("given", {}), **call.get("knew", {}), **earlier},
        steps,
        tickets=tickets[1:] if tickets and earlier else tickets,
        earlier=tickets[0] if tickets and earlier else None,
        callback=[known.get("callback_number", "own"), known["callback_type"]] if "callback_type" in known else None,
        disposition=known.get("disposition"),
        about=(known.get("category", "other"), known.get("district", "unknown")),
        window=known.get("callback_window", ""),
    )

"""Calls written down in tests/calls/, and what each line of theirs means."""

from pathlib import Path

import pytest
import yaml

from ivr import catalogue
from ivr.flow import Answered, Dialled, HungUp, Pressed, Recorded

ROOT = Path(__file__).parent.parent
KINDS = {kind.code: kind for kind in catalogue.load(ROOT / "callflows", "fa").situations}


def transcripts(name="*"):
    """Give (flow id, call) for each transcript, as pytest's parameters."""
    return [
        pytest.param(path.stem, call, id=f"{path.stem}: {call['call']}")
        for path in sorted((ROOT / "tests/calls").glob(f"{name}.yaml"))
        for call in yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    ]


def event(call, caller):
    match caller:
        case "answered":
            given = call.get("given", {})
            usable = "no" if given.get("caller") == "withheld" else "yes"
            today = KINDS[given["situation"]].facts() if "situation" in given else {}
            limit = {"message_only": "yes"} if given.get("caller") == "limited" else {}
            live = {"live_host": given["live"]} if "live" in given else {}
            return Answered(
                {"caller_usable": usable, "ask_window": "no", **today, **limit, **live, **call.get("knew", {})}
            )
        case "hangs up":
            return HungUp()
        case {"press": keys}:
            return Pressed(keys)
        case {"record": [recording, seconds]}:
            return Recorded(recording, int(seconds))
        case {"record": [recording, seconds, "hangs up"]}:
            return Recorded(recording, int(seconds), hung_up=True)
        case {"dial": [status, seconds]}:
            return Dialled(status, int(seconds))

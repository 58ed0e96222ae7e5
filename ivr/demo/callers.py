"""Citizens ring: what they want, which keys they press, and where they give up."""

from dataclasses import dataclass

from db.models import CallEvent
from ivr.demo import telephone
from ivr.demo.office import moment
from ivr.demo.paths import HANGS_UP, VOICE, Way
from ivr.demo.seasons import Day
from ivr.demo.telephone import Rung
from ivr.demo.town import AGAIN, Town

WANTS = {
    "information": 49.0,
    "report": 36.0,
    "voice": 4.0,
    "follow_up": 4.0,
    "callback": 1.0,
    "abandoned": 5.5,
    "nuisance": 0.3,
    "out_of_scope": 0.2,
}
FOLLOW_UP = WANTS["follow_up"] / AGAIN  # only who rang before has something to follow up
WANTS_FIRST = WANTS | {"follow_up": 0.0, "report": WANTS["report"] + WANTS["follow_up"]}
WANTS_AGAIN = WANTS | {"follow_up": FOLLOW_UP, "report": WANTS["report"] + WANTS["follow_up"] - FOLLOW_UP}
SUBJECT_KEYS = {"clean": "1", "green": "2", "road": "3", "drain": "4", "obstruct": "5", "traffic": "6", "other": "7"}
DISTRICT_SHARES = {"1": 14.0, "2": 15.0, "3": 8.0, "4": 13.0, "5": 9.0, "6": 24.0, "7": 6.0, "8": 8.0, "9": 3.0}
VOICE_KEYS = {"1": 55.0, "2": 20.0, "3": 13.0, "4": 12.0}
INFORMATION_KEYS = {"1": 30.0, "2": 34.0, "3": 20.0, "4": 16.0}
LEFT_AT = {"main": 38.0, "subject": 14.0, "district": 14.0, "ask_issue": 24.0, "information": 8.0, "ask_code": 2.0}
ASKS_TO_BE_CALLED = 0.1


@dataclass(frozen=True)
class Rings:
    """A citizen's call as it happened."""

    wanted: str
    rung: Rung
    way: Way
    number: str | None
    asks: bool  # to be called


def ring(town: Town, day: Day, begins: float) -> Rings:
    """Let one citizen ring."""
    number, again = town.caller(begins)
    wanted = town.pick(WANTS_AGAIN if again else WANTS_FIRST)
    script, asks = _script(town, day, wanted)
    usable = "yes" if number else "no"
    if not number:
        asks, script = False, (*script[:-1], HANGS_UP) if asks else script
    way = town.menu.walk(script, (("ask_window", "no"), ("caller_usable", usable)))
    known = {"caller": number, "number": number, "caller_raw": number or "anonymous"}
    if wanted in ("nuisance", "out_of_scope"):
        known["disposition"] = wanted
    rung = telephone.write(town, way, begins, **known)
    if wanted in ("nuisance", "out_of_scope"):
        _judged(town, rung, way.disposition, wanted)
    return Rings(wanted, rung, way, number, asks)


def _script(town: Town, day: Day, wanted: str) -> tuple[tuple[str, ...], bool]:
    """Give the keys, and whether the last of them asks for a call."""
    match wanted:
        case "report":
            asks = town.chance(ASKS_TO_BE_CALLED)
            return (*_reporting(town, day), VOICE, "1", *(("1",) if asks else (HANGS_UP,))), asks
        case "voice":
            return ("4", town.pick(VOICE_KEYS), VOICE, "1", HANGS_UP), False
        case "follow_up":
            asks = town.chance(0.15)
            return ("2", "1" * 10, *(("2",) if asks else (HANGS_UP,))), asks
        case "callback":
            return ("0",), True
        case "abandoned":
            return _abandoned(town, day), False
        case _:
            return _informed(town), False


def _reporting(town: Town, day: Day) -> tuple[str, str, str]:
    return "1", SUBJECT_KEYS[town.pick(day.subjects)], town.pick(DISTRICT_SHARES)


def _informed(town: Town) -> tuple[str, ...]:
    first = town.pick(INFORMATION_KEYS)
    again = ("1", town.pick(INFORMATION_KEYS)) if town.chance(0.18) else ()
    return ("3", first, *again, HANGS_UP)


def _abandoned(town: Town, day: Day) -> tuple[str, ...]:
    one, subject, district = _reporting(town, day)
    left = {
        "main": (),
        "subject": (one,),
        "district": (one, subject),
        "ask_issue": (one, subject, district),
        "information": ("3",),
        "ask_code": ("2",),
    }[town.pick(LEFT_AT)]
    return (*left, HANGS_UP)


def _judged(town: Town, rung: Rung, old: str, new: str) -> None:
    """Let a supervisor have said later what it was."""
    at = town.at_the_desk(rung.ends + town.rng.uniform(600, 90_000))
    text, who = town.some(new), town.rng.choice(town.supervisors)
    town.rows.add(
        CallEvent,
        call_id=rung.id,
        at=moment(min(at, town.end)),
        author=who.name,
        kind="disposition",
        old=old,
        new=new,
        text=text,
    )
    telephone.write_down(town, rung.id, text)

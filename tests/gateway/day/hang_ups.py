"""A report, and the telephone put down at each of its steps; once it is torn off instead."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.gateway.day.citizen import Citizen, Spoken

AT_ONCE = 4
SOON = 0.7  # seconds of sound: in the middle of what is said
REPORT = ("1", "3", "3")
ROAD = ["road", "3"]


@dataclass
class HangUp:
    """What is keyed before, when the caller leaves, and what stays: disposition, ticket, whether a voice is on it."""

    name: str
    keys: tuple
    when: str
    disposition: str
    ticket: list | None = None
    voice: bool = False
    number: str = ""
    citizen: Citizen | None = None
    said: Spoken | None = None
    trouble: Exception | None = None
    keyed: list = field(default_factory=list)


def every():
    return [
        HangUp("during the greeting", (), "soon", "abandoned:main"),
        HangUp("during the main menu", ("*",), "soon", "abandoned:main"),
        HangUp("during the subjects", ("1",), "soon", "abandoned:subject"),
        HangUp("during the districts", ("1", "3"), "soon", "abandoned:district"),
        HangUp("before the tone", REPORT, "soon", "abandoned:ask_issue"),
        HangUp("during the tone", REPORT, "tone", "report", ROAD),
        HangUp("while speaking", REPORT, "speaking", "report", ROAD, voice=True),
        HangUp("right after the key", (*REPORT, "#"), "at once", "report", ROAD, voice=True),
        HangUp("during the choice to keep it", (*REPORT, "#"), "soon", "report", ROAD, voice=True),
        HangUp("during the second tone", (*REPORT, "#", "2"), "tone", "report", ROAD, voice=True),
        HangUp("during the code", (*REPORT, "#", "1"), "soon", "report", ROAD, voice=True),
        HangUp("during the offer of a callback", (*REPORT, "#", "1"), "quiet", "report", ROAD, voice=True),
        HangUp("torn off while speaking", REPORT, "torn off", "report", ROAD, voice=True),
    ]


class HangUps:
    """`calls` by name."""

    def __init__(self):
        self.calls = {one.name: one for one in every()}

    def __call__(self, day):
        """Make the calls, the longest first."""
        with ThreadPoolExecutor(AT_ONCE) as hands:
            for n, one in reversed(list(enumerate(self.calls.values()))):
                one.number = f"0914137{n:04}"
                hands.submit(self._plays, day, n, one)

    def _plays(self, day, n, one):
        sentence, other = (day.sentences[(n + further) % len(day.sentences)] for further in (0, 5))
        try:
            with day.call(one.number) as one.citizen:
                day.dials(one.citizen)
                for key in one.keys:
                    self._goes_on(one, key, sentence, other)
                self._leaves(one, sentence, other)
        except Exception as trouble:  # noqa: BLE001  # told by the test of this call
            one.trouble = trouble

    def _goes_on(self, one, key, sentence, other):
        """Press a key as soon as something is said; speak to the end before the one that ends a recording."""
        if key == "#":
            one.citizen.listens(tone=True)
            one.citizen.speaks(sentence)
            one.said = Spoken(sentence, other)
        else:
            one.citizen.hears(SOON / 2)
        one.citizen.presses(key)
        one.keyed.append(key)

    def _leaves(self, one, sentence, other):
        citizen = one.citizen
        match one.when:
            case "soon":
                citizen.hears(SOON)
            case "quiet":
                citizen.listens()
            case "tone":
                citizen.hears_the_tone_begin()
            case "speaking" | "torn off":
                citizen.listens(tone=True)
                leave = citizen.hangs_up if one.when == "speaking" else citizen.tears_it_off
                one.said = Spoken(citizen.breaks_off(sentence, leave), other)
                return
        citizen.hangs_up()

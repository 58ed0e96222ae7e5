"""A supervisor who is rung to say an announcement, and a citizen who hears it."""

import re

import numpy as np

from tests.exchange.ear import samples_of
from tests.gateway.day import outbound
from tests.gateway.day.citizen import Citizen
from tests.gateway.day.day import SENTENCES, Played
from tests.gateway.day.hearing import RATE
from tests.gateway.day.outbound import RINGING_SECONDS
from tests.outside import stories
from tests.outside.console import Supervisor

NUMBER = "09139370001"
CRACKLE = 10 ** (-48 / 20) * np.random.default_rng(137).standard_normal(RATE * 9 // 100)
HARDLY_ANYTHING = np.concatenate([CRACKLE, np.zeros(4 * RATE), CRACKLE])  # a recording, but nothing to be heard in it
TAKES = ("info_waste", "info_about")  # as the transcripts call what was said
TYPED = {"info_about": SENTENCES[2], "info_districts": SENTENCES[3]}  # and what is announced beside it


class Announced:
    """`calls` as they went; `kept` what the console then had of each, a list of sounds."""

    def __init__(self, day):
        self.day, self.calls, self.kept = day, {}, {}
        self.supervisor = Supervisor(day.house, "maryam", "--telephone", NUMBER)

    def __call__(self, _):
        for n, call in enumerate(outbound.ANNOUNCE):
            self._is_rung(n, stories.from_transcript(call))

    def _is_rung(self, n, story):
        """Ask for a telephone to be rung, and do there as it is written."""
        self.calls[story.name] = played = Played(story, NUMBER)
        try:
            with self.day.trunk.telephone(NUMBER) as telephone:
                self.day.place.exchange.reaches("trunk")
                self.supervisor.announces(story.name, "menu", rank="1", way="telephone")
                telephone.wait_ringing(RINGING_SECONDS)
                played.citizen = Citizen(telephone).picks_up()
                try:
                    self._does_all(played, n)
                finally:
                    played.citizen.is_done()
            self.kept.setdefault(story.name, self._said(story.name))
        except Exception as trouble:  # noqa: BLE001  # told by the test of this call
            played.trouble = trouble

    def _does_all(self, played, n):
        for step in played.story.steps:
            match step.hears:
                case ["announce_lost"]:
                    played.citizen.speaks(HARDLY_ANYTHING)
                    played.citizen.presses("#")
                    self.day.hears(played, step)
                case ["announce_kept"]:
                    self._goes_on_air(played, step, n)
                case _:
                    self.day.does(played, step, n)
            if step.does == "says" and played.voices:
                played.instead = dict.fromkeys(TAKES, played.voices[step.voice].words)

    def _goes_on_air(self, played, step, n):
        """Keep what was said, have a citizen call who hears it, and take it off the air before anybody else calls."""
        (listener,) = [one for one in self.day.calls.values() if "announcements" in one.story.given]
        listener.instead |= {**TYPED, TAKES[0]: played.instead[TAKES[0]]}
        try:
            with self.day.call(listener.number) as listener.citizen:
                with self.day.air:
                    try:
                        self.day.does(played, step, n)
                        self.kept[played.story.name] = self._said(played.story.name)
                        for (prompt, words), place in zip(TYPED.items(), ("menu", "information"), strict=True):
                            self.supervisor.announces(prompt, place, rank="2", way="typed", words=words)
                        listener.citizen.dials(self.day.place.exchange.uri())
                    finally:
                        self.supervisor.withdraws_all()
                for one in listener.story.steps:
                    self.day.does(listener, one, n)
        except Exception as trouble:
            listener.trouble = trouble
            raise

    def _said(self, title):
        """Fetch what the console lets its reader hear of an announcement."""
        page = self.supervisor.get("/day/announcements").text
        (entry,) = [part for part in page.split("<article")[1:] if f"<h3>{title}</h3>" in part]
        found = re.findall(r'src="(/audio/\w+\.wav)"', entry.split("</article>")[0])
        return [samples_of(self.supervisor.get(address).content) for address in found]

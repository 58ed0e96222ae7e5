"""Citizens whom the hotline calls by itself: was it solved?"""

import re
from concurrent.futures import ThreadPoolExecutor

from tests.gateway.day import outbound
from tests.gateway.day.citizen import Citizen
from tests.gateway.day.day import Played
from tests.gateway.day.outbound import RINGING_SECONDS
from tests.outside import stories
from tests.outside.operator import Operator


class Asked:
    """`calls` as they went; a ticket of each was answered before, and all are called at once."""

    def __init__(self, day):
        self.day, self.calls = day, {}
        self.zahra = Operator(day.house, "zahra")
        for n, call in enumerate(outbound.feedback()):
            self.calls[call["call"]] = played = Played(stories.from_transcript(call), f"0919138{n:04}")
            played.earlier = day.reports(played.international)
        twin = day.reports("+989191380099")
        codes = {row["call_sid"]: row["code"] for row in day.house.export("tickets")}
        self._twin = codes[twin]
        for played in self.calls.values():
            played.code = codes[played.earlier]

    def __call__(self, day):
        with ThreadPoolExecutor(len(self.calls)) as hands:
            for n, call in enumerate(outbound.feedback()):
                hands.submit(self._is_asked, n, self.calls[call["call"]], call["knew"]["answer_kind"])

    def _is_asked(self, n, played, kind):
        """Have one's ticket answered, be rung, and do as it is written."""
        try:
            with self.day.trunk.telephone(played.number) as telephone:
                self.day.place.exchange.reaches("trunk")
                self._moves(played, "answer", kind=kind, text="-")
                telephone.wait_ringing(2 * RINGING_SECONDS)
                played.citizen = Citizen(telephone).picks_up()
                self._does_all(played, n)
        except Exception as trouble:  # noqa: BLE001  # told by the test of this call
            played.trouble = trouble

    def _does_all(self, played, n):
        try:
            for step in played.story.steps:
                if "meanwhile" in played.story.name and step.does != "answered":
                    self._moves(played, "join", code=self._twin)
                self.day.does(played, step, n)
            if not played.citizen.telephone.over:
                played.citizen.telephone.wait_over()
        finally:
            played.citizen.is_done()

    def _moves(self, played, how, **form):
        page = f"/tickets/{played.code}"
        text = self.zahra.get(page).text
        ticket = re.search(r'action="/tickets/(\d+)/', text)[1]
        version = re.search(r'name="version" value="(\d+)"', text)[1]
        assert self.zahra.post(page, f"/tickets/{ticket}/{how}", version=version, **form).status_code == 200

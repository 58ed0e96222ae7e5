"""A supervisor at the console, seen from outside."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ivr import persian
from tests.outside import stories
from tests.outside.ear import CALLFLOWS
from tests.outside.operator import Operator

QOM = ZoneInfo("Asia/Tehran")
PLACES = {"menu": "announcements", "information": "announcements_information"}
PROMPTS = stories.read(CALLFLOWS / "prompts.fa.yaml")["prompts"]


class Supervisor(Operator):
    """Whoever runs the day: puts on air what a call is to find, and takes it off again."""

    role = "supervisor"

    def arranges(self, given, number):
        if "situation" in given:
            assert self.post("/day", "/day/situations", kind=given["situation"]).ok
        if given.get("caller") == "limited":
            limit = {"number": number, "reason": "prank", "days": "1"}
            assert self.post("/day/callers", "/day/callers", **limit).ok
        if "live" in given:
            slots = "1" if "taken" in given else "9"
            session = {"title": "answers", "host": "the mayor", "telephone": given["live"], "slots": slots}
            assert self.post("/day/managers", "/day/managers", **session, **_now()).ok
        for place, fact in PLACES.items():
            for rank, prompt in enumerate(given.get(fact, "").split(), 1):
                self.announces(prompt, place, rank=str(rank), way="typed", words=PROMPTS[prompt])

    def announces(self, title, place, **how):
        page = "/day/announcements"
        assert self.post(page, page, title=title, place=place, **how, **_now()).ok

    def clears(self, given):
        """Take it off the air; a number stays limited."""
        for name, page, action in (
            ("situation", "/day", r'action="(/day/situations/\d+/stop)"'),
            ("live", self._newest_session() if "live" in given else "", r'action="(/day/managers/\d+/cancel)"'),
        ):
            if name in given:
                (where,) = re.findall(action, self.get(page).text)
                assert self.post(page, where).ok
        if not given.keys().isdisjoint(PLACES.values()):
            self.withdraws_all()

    def withdraws_all(self):
        """Take every announcement off the air."""
        page = "/day/announcements"
        for where in re.findall(r'action="(/day/announcements/\d+/withdraw)"', self.get(page).text):
            assert self.post(page, where).ok

    def _newest_session(self):
        listed = re.findall(r'href="/day/managers/(\d+)"', self.get("/day/managers").text)
        return f"/day/managers/{max(map(int, listed))}"


def _now():
    """Give the hours of what is on the air now, as a form has them."""
    now = datetime.now(QOM)
    hours = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1)}
    return {name: persian.jalali(moment, QOM) for name, moment in hours.items()}

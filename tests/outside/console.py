"""A supervisor at the console, seen from outside."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ivr import persian
from tests.outside.operator import Operator

QOM = ZoneInfo("Asia/Tehran")


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
            now = datetime.now(QOM)
            hours = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1)}
            window = {name: persian.jalali(moment, QOM) for name, moment in hours.items()}
            session = {"title": "answers", "host": "the mayor", "telephone": given["live"], "slots": "9"}
            assert self.post("/day/managers", "/day/managers", **session, **window).ok

    def clears(self, given):
        """Take it off the air; a number stays limited."""
        for name, page, action in (
            ("situation", "/day", r'action="(/day/situations/\d+/stop)"'),
            ("live", self._newest_session() if "live" in given else "", r'action="(/day/managers/\d+/cancel)"'),
        ):
            if name in given:
                (where,) = re.findall(action, self.get(page).text)
                assert self.post(page, where).ok

    def _newest_session(self):
        listed = re.findall(r'href="/day/managers/(\d+)"', self.get("/day/managers").text)
        return f"/day/managers/{max(map(int, listed))}"

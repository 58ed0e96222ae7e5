"""What somebody looks for in the tickets, in whatever writing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from db.queries.tickets import Filter
from ivr import persian
from ivr.phone import Plan
from ivr.services import call_log
from ivr.services.figures import days

CODE_LENGTH = 10


VIEWS = ("overdue", "rejected", "place", "unreferred")
STATES = {"rejected": "rejected", "unreferred": "new"}
FIELDS = ("district", "category", "state", "holder", "view", "q", "from", "to")


@dataclass(frozen=True)
class Search:
    """The form as given, and what it means."""

    given: Mapping[str, str]
    filter: Filter
    code: str | None
    scope: str | None

    @property
    def narrowed(self) -> bool:
        return bool(self.given)


def read(form: Mapping[str, str], plan: Plan, scope: str | None, now: datetime, zone: ZoneInfo) -> Search:
    """Understand a search form: a code, a number in any writing, else words; `scope` is not theirs to say."""
    given = {key: form[key].strip() for key in FIELDS if form.get(key, "").strip()}
    text = persian.fold(given.get("q", ""))
    digits = re.sub(r"\D", "", text)
    caller = plan.parse(text) or plan.keyed(digits) if text else None
    code = digits if len(digits) == CODE_LENGTH else None
    before, view = form.get("before", ""), given.get("view")
    wanted = Filter(
        district=given.get("district"),
        category=given.get("category"),
        state=STATES.get(view or "", given.get("state")),
        holder=given.get("holder") if scope is None else scope,
        caller=caller,
        code=None if caller else code,
        text=call_log.words_of(text) if text and not caller and not code else None,
        before=int(before) if re.fullmatch(r"[0-9]{1,15}", before) else None,
        overdue_at=now if view == "overdue" else None,
        waits_for_place=True if view == "place" else None,
        opened_from=_day(given.get("from", ""), zone, 0),
        opened_until=_day(given.get("to", ""), zone, 1),
    )
    return Search(given, wanted, code, scope)


def _day(written: str, zone: ZoneInfo, later: int) -> datetime | None:
    """Give the moment at which a Jalali day begins, or the day so much later; None if it cannot be read."""
    try:
        return days.start(days.jalali(written) + timedelta(days=later), zone)
    except ValueError:
        return None


def viewed(view: str, scope: str | None, now: datetime) -> Filter:
    """Give what a view alone would show: late, denied, without an address, with nobody."""
    return Filter(
        state=STATES.get(view),
        holder=scope,
        overdue_at=now if view == "overdue" else None,
        waits_for_place=True if view == "place" else None,
    )

"""What somebody looks for in the tickets, in whatever writing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from db.queries.tickets import Filter
from ivr import persian
from ivr.phone import Plan

CODE_LENGTH = 10


VIEWS = ("overdue", "rejected", "place", "unreferred")
FIELDS = ("district", "category", "state", "holder", "view", "q")


@dataclass(frozen=True)
class Search:
    """The form as given, and what it means."""

    given: Mapping[str, str]
    filter: Filter
    code: str | None

    @property
    def narrowed(self) -> bool:
        return bool(self.given)


def read(form: Mapping[str, str], plan: Plan, scope: str | None, now: datetime) -> Search:
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
        state={"rejected": "rejected", "unreferred": "new"}.get(view or "", given.get("state")),
        holder=given.get("holder") if scope is None else scope,
        caller=caller,
        code=None if caller else code,
        text=text if text and not caller and not code else None,
        before=int(before) if re.fullmatch(r"[0-9]{1,15}", before) else None,
        overdue_at=now if view == "overdue" else None,
        waits_for_place=True if view == "place" else None,
    )
    return Search(given, wanted, code)

"""What somebody looks for in the tickets, in whatever writing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from db.queries.tickets import Filter
from ivr import persian
from ivr.phone import Plan

CODE_LENGTH = 10


@dataclass(frozen=True)
class Search:
    """The form as given, and what it means."""

    given: Mapping[str, str]
    filter: Filter
    code: str | None
    hopeless: bool  # neither a code nor a number: nothing can match

    @property
    def narrowed(self) -> bool:
        return bool(self.given)


def read(form: Mapping[str, str], plan: Plan) -> Search:
    """Understand a search form: Persian digits, spaces, dashes, numbers with or without a prefix."""
    given = {key: form[key].strip() for key in ("district", "category", "state", "q") if form.get(key, "").strip()}
    text = persian.fold(given.get("q", ""))
    digits = re.sub(r"\D", "", text)
    caller = plan.parse(text) or plan.keyed(digits) if text else None
    code = digits if len(digits) == CODE_LENGTH else None
    before = form.get("before", "")
    wanted = Filter(
        district=given.get("district"),
        category=given.get("category"),
        state=given.get("state"),
        caller=caller,
        code=None if caller else code,
        before=int(before) if re.fullmatch(r"[0-9]{1,15}", before) else None,
    )
    return Search(given, wanted, code, hopeless=bool(text) and not caller and not code)

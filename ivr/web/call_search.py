"""What a supervisor looks for in the call log, in whatever writing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from db.queries import log
from db.queries.log import ABANDONED, Asked, Place
from db.session import Session
from ivr import persian
from ivr.services import call_log, codes
from ivr.services.desk import Desk

WHEN = ("today", "yesterday", "week", "month")
DAYS_BACK = {"today": (0, 1), "yesterday": (1, 1), "week": (6, 7), "month": (29, 30)}
FIELDS = (
    "when", "from", "to", "direction", "language", "district", "category", "disposition", "left_at", "visited", "by",
    "led_to", "q",
)  # fmt: skip
CODE_LENGTH = 10
BY_MACHINE, BY_MENU = "machine", "menu"


@dataclass(frozen=True)
class Search:
    """The form as given, what it means, and where in the log the page begins."""

    given: Mapping[str, Any]
    asked: Asked
    before: Place | None

    @property
    def narrowed(self) -> bool:
        return bool(self.given)


def given_in(form: Mapping[str, str]) -> dict[str, Any]:
    return {name: form[name].strip()[:200] for name in FIELDS if form.get(name, "").strip()}


def read(session: Session, desk: Desk, form: Mapping[str, str], now: datetime) -> Search:
    """Understand a search form: a code, a number in any writing, else words."""
    given = given_in(form)
    since, until = _span(desk, given, desk.local(now))
    by = given.get("by", "")
    flow = {BY_MACHINE: "feedback", BY_MENU: desk.config.hotline.flow}.get(by)
    disposition = given.get("disposition")
    if disposition == ABANDONED and given.get("left_at"):
        disposition = f"{ABANDONED}:{given['left_at']}"
    asked = Asked(
        since=since,
        until=until,
        direction=given.get("direction"),
        flow=flow,
        language=given.get("language"),
        district=given.get("district"),
        categories=_family(desk, given.get("category", "")),
        disposition=disposition,
        handled_by=int(by) if by.isascii() and by.isdigit() else None,
        visited=given.get("visited"),
        led_to=given["led_to"] if given.get("led_to") in log.LED_TO else None,
        **_sought(session, desk, given.get("q", "")),  # type: ignore[arg-type]  # each of its own type
    )
    return Search(given, asked, _place(form.get("before", "")))


def _sought(session: Session, desk: Desk, typed: str) -> dict[str, object]:
    text = persian.fold(typed)
    digits = re.sub(r"\D", "", text)
    number = (desk.plan.parse(text) or desk.plan.keyed(digits)) if text else None
    around = log.ids_of_ticket(session, digits) if codes.well_formed(digits) else ()
    if around or (len(digits) == CODE_LENGTH and not number):
        return {"ids": around}
    if number:
        return {"number": number}
    words = call_log.words_of(text)
    return {"words": words} if words else {}


def _family(desk: Desk, code: str) -> tuple[str, ...]:
    try:
        return tuple(one.code for one in desk.catalogue.category(code).family()) if code else ()
    except KeyError:
        return (code,)


def _span(desk: Desk, given: Mapping[str, str], local: datetime) -> tuple[datetime | None, datetime | None]:
    """Give the moments between which calls began; a day written wrongly is none."""
    when = given.get("when", "")
    if when in DAYS_BACK:
        back, length = DAYS_BACK[when]
        first = local.date() - timedelta(days=back)
        return _midnight(desk, first), _midnight(desk, first + timedelta(days=length))
    return span_of(desk, given)


def span_of(desk: Desk, given: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """Read the first and the last day that somebody wrote, as 1405/08/13."""
    first_day = persian.from_jalali(given.get("from", ""))
    last_day = persian.from_jalali(given.get("to", ""))
    since = _midnight(desk, first_day) if first_day else None
    return since, _midnight(desk, last_day + timedelta(days=1)) if last_day else None


def _midnight(desk: Desk, day: date) -> datetime:
    return datetime.combine(day, time(), desk.zone)


def _place(text: str) -> Place | None:
    """Read where a page begins: a moment and a number."""
    moment, _, call_id = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return (at, int(call_id)) if at.tzinfo is not None else None
    except ValueError:
        return None


def written(place: Place) -> str:
    return f"{place[0].isoformat()}~{place[1]}"

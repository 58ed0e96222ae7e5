"""What is different today: the facts with which a call begins, read anew for each of them."""

from datetime import datetime

from db.models import Call
from db.queries import day as rows
from db.queries.day import Today
from db.session import Session
from ivr.services import abuse, announcements, managers, situations
from ivr.services.desk import Desk


def look(session: Session, desk: Desk, call: Call, now: datetime) -> Today | None:
    """Look what there is of the day for a citizen's call, and which words are on air; None for a call of ours."""
    return rows.today(session, desk.config.hotline.language, call.caller, now) if call.direction == "inbound" else None


def facts(session: Session, desk: Desk, call: Call, today: Today | None, now: datetime) -> dict[str, str]:
    """Give what a citizen's call has to know of this very moment."""
    if today is None:
        return {}
    return {
        **(announcements.facts(session, desk, now) if today.announcements else {}),
        **(situations.facts(session, desk, now) if today.situation else {}),
        **(managers.facts(session, now) if today.manager else {}),
        **(abuse.facts(session, call.caller, now) if today.limited else {}),
    }

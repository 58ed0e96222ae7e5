"""What is different today: the facts with which a call begins, read anew for each of them."""

from datetime import datetime

from db.models import Call
from db.queries import day as rows
from db.session import Session
from ivr.services import abuse, announcements, managers, situations, versions
from ivr.services.desk import Desk


def facts(session: Session, desk: Desk, call: Call, now: datetime) -> dict[str, str]:
    """Give what a citizen's call has to know of this very moment; the words are those that are on air by now."""
    if call.direction != "inbound":
        versions.refresh(session, desk)
        return {}
    today = rows.today(session, desk.config.hotline.language, call.caller, now)
    versions.refresh(session, desk, today.version)
    return {
        **(announcements.facts(session, desk, now) if today.announcements else {}),
        **(situations.facts(session, desk, now) if today.situation else {}),
        **(managers.facts(session, now) if today.manager else {}),
        **(abuse.facts(session, call.caller, now) if today.limited else {}),
    }

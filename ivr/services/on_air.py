"""What is different today: the facts with which a call begins, read anew for each of them."""

from datetime import datetime

from db.models import Call
from db.session import Session
from ivr.services import abuse, announcements, managers, situations
from ivr.services.desk import Desk


def facts(session: Session, desk: Desk, call: Call, now: datetime) -> dict[str, str]:
    """Give what a citizen's call has to know of this very moment."""
    if call.direction != "inbound":
        return {}
    return {
        **announcements.facts(session, desk, now),
        **situations.facts(session, desk, now),
        **managers.facts(session, now),
        **abuse.facts(session, call.caller, now),
    }

"""A day unlike others: on air with one click, over by itself, and answered for everybody who called about it."""

from datetime import datetime, timedelta

from db.models import Situation, Ticket
from db.queries import day as rows
from db.queries import tickets as ticket_rows
from db.session import Session
from ivr import catalogue
from ivr.services import day, joining, referrals, tickets
from ivr.services.day import DayError
from ivr.services.desk import Desk
from ivr.services.history import Author

JOINABLE = ("new", "referred", "in_progress")
ANSWERABLE = (*JOINABLE, "rejected")
LONGEST = timedelta(days=31)
AT_ONCE = 100


def facts(session: Session, desk: Desk, now: datetime) -> dict[str, str]:
    """Give what a call has to know of the situation on air, if there is one."""
    one = rows.on_air(session, now)
    kind = kind_of(desk, one) if one is not None else None
    return kind.facts() if kind is not None else {}


def kind_of(desk: Desk, one: Situation) -> catalogue.Situation | None:
    """Find its kind; one that is no longer in situations.yaml says nothing."""
    try:
        return desk.catalogue.situation(one.kind)
    except KeyError:
        return None


def start(
    session: Session,
    desk: Desk,
    now: datetime,
    author: Author,
    kind: str,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Situation:
    """Put a situation on air, now or later; it takes the place of what would be on air then. Raises DayError."""
    try:
        chosen = desk.catalogue.situation(kind)
    except KeyError:
        raise DayError("unknown_situation") from None
    begins = starts_at or now
    begins, ends = day.check_window(now, begins, ends_at or begins + timedelta(hours=chosen.hours))
    if ends - begins > LONGEST:
        raise DayError("bad_window")
    for other in rows.on_air_at(session, begins):
        _end(session, other, begins, now, author)
    one = Situation(kind=kind, starts_at=begins, ends_at=ends, started_by=author.name)
    session.add(one)
    session.flush()
    until = f"{begins.isoformat()} {ends.isoformat()}"
    day.note(session, now, author.name, "situation_on", kind, until)
    return one


def stop(session: Session, now: datetime, author: Author, situation_id: int) -> None:
    """Take it off the air before its time, or before it begins. Raises DayError if it is over already."""
    one = rows.situation(session, situation_id)
    if one is None or one.ends_at <= now:
        raise DayError("situation_over")
    _end(session, one, max(now, one.starts_at), now, author)


def _end(session: Session, one: Situation, at: datetime, now: datetime, author: Author) -> None:
    one.ends_at, one.ended_by = at, author.name
    day.note(session, now, author.name, "situation_off", one.kind)


def check_answer(kind: str, text: str) -> None:
    """Judge an answer before anything is gathered for it. Raises DayError."""
    if kind not in referrals.ANSWER_KINDS:
        raise DayError("unknown_answer_kind")
    if not text.strip():
        raise DayError("empty_text")


def gather(session: Session, desk: Desk, now: datetime, author: Author, situation_id: int) -> bool:
    """Join some more of its open reports to the one that will be answered; say whether others are left."""
    one, category = _known(session, desk, situation_id)
    found = rows.reports(session, one, category, JOINABLE, AT_ONCE)
    if found:
        main = _main(session, desk, now, author, one, category)
        for ticket in found:
            joining.join(session, desk, now, ticket, main, author)
    return len(found) == AT_ONCE


def answer_all(
    session: Session, desk: Desk, now: datetime, author: Author, situation_id: int, kind: str, text: str
) -> int:
    """Answer everybody whose report was gathered; each is told once. Says how many reports; raises DayError."""
    one, _ = _known(session, desk, situation_id)
    main = ticket_rows.get(session, one.ticket_id, lock=True) if one.ticket_id else None
    if main is None or main.state not in ANSWERABLE or not main.joined:
        raise DayError("nothing_to_answer")
    referrals.answer(session, desk, now, main, author, kind, text)
    day.note(session, now, author.name, "situation_answer", one.kind, f"{main.code} {kind} {len(main.joined)}")
    return len(main.joined)


def _known(session: Session, desk: Desk, situation_id: int) -> tuple[Situation, str]:
    one = rows.situation(session, situation_id)
    kind = kind_of(desk, one) if one is not None else None
    if one is None or kind is None:
        raise DayError("unknown_situation")
    return one, kind.category


def _main(session: Session, desk: Desk, now: datetime, author: Author, one: Situation, category: str) -> Ticket:
    """Give the report that stands for all of them; once it is answered, the next ones get another."""
    if one.ticket is not None and one.ticket.state in ANSWERABLE:
        return one.ticket
    report = tickets.Report(category, tickets.UNKNOWN_DISTRICT, None, "situation")
    one.ticket = tickets.open_ticket(session, desk, report, author, now)
    session.flush()
    return one.ticket

"""A citizen of whom there is something everywhere, and the command that forgets them."""

import itertools
import json
from datetime import timedelta

from click.testing import CliRunner
from sqlalchemy import JSON, String, func, select, update

from db import dumping
from db.models import (
    Announcement,
    Attempt,
    Audit,
    Base,
    Call,
    CallerLimit,
    CallEvent,
    CodeFailure,
    ManagerSession,
    MarkedDay,
    PhoneCall,
    PhoneLine,
    PhoneRecording,
    PhoneSignal,
    Remark,
    Review,
    SavedView,
    SessionGuest,
    TicketEvent,
    User,
)
from db.personal import APPEND_ONLY, PERSONAL
from ivr.cli import main
from ivr.services.desk import open_spool
from tests.lived import MAYA

EASTERN = str.maketrans("0123456789", "".join(chr(0x06F0 + n) for n in range(10)))
SPELLED = (MAYA, "09121234567", "00989121234567", "0912 123 4567", "+98-912-123-4567", "09121234567".translate(EASTERN))


def environment(config):
    return {
        "IVR_DATA__DIR": str(config.data.dir),
        "IVR_DATA__DATABASE_URL": config.database_url,
        "IVR_DATA__REDIS_URL": "redis://127.0.0.1:1",
        "IVR_SERVER__SECRET_KEY": config.server.secret_key.get_secret_value(),
        "IVR_TWILIO__ACCOUNT_SID": config.twilio.account_sid,
        "IVR_TWILIO__AUTH_TOKEN": config.twilio.auth_token.get_secret_value(),
    }


def run(config, *arguments, said=None):
    return CliRunner().invoke(main, arguments, input=said, env=environment(config))


def erases(config, number=MAYA):
    done = run(config, "citizen", "erase", number, "--yes")
    assert done.exit_code == 0, done.output
    return done.output


def finds(config, number=MAYA):
    done = run(config, "citizen", "find", number, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def fill(database, now):
    """Give every table that may hold a number a row of hers."""
    with database.transaction() as session:
        sara = session.scalars(select(User).limit(1)).first() or User(name="sara", role="supervisor", created_at=now)
        sara.password_hash = sara.password_hash or "-"
        session.add(sara)
        call, attempt = session.scalars(select(Call)).first(), session.scalars(select(Attempt)).first()
        session.flush()
        until = now + timedelta(days=3)
        planned = ManagerSession(
            title="talk", host="the mayor", telephone="sip:1", starts_at=now, ends_at=until, slots=3
        )
        planned.author, planned.created_at = "sara", now
        leg = PhoneCall(sid="PC1", direction="inbound", from_number=MAYA, to_number="137", created_at=now, seen_at=now)
        session.add_all([planned, leg])
        session.flush()
        graded = Review(call_id=call.id, reviewer_id=sara.id, at=now, form="talk", form_name="talk", marks=[])
        graded.score, graded.threshold, graded.passed, graded.text = 90, 70, True, f"called {SPELLED[3]} back"
        session.add_all([graded, SessionGuest(session_id=planned.id, number=MAYA, at=now)])
        session.flush()
        session.add_all(_more(now, until, sara, call, graded))
        assert attempt is not None


def _more(now, until, sara, call, graded):
    announced = Announcement(title="x", place="menu", source="typed", language="fa", starts_at=now, ends_at=until)
    announced.author, announced.created_at = "sara", now
    return [
        announced,
        Audit(at=now, actor="sara", action="caller_limited", target=MAYA, detail=f"insult {SPELLED[1]}"),
        Audit(at=now, actor="sara", action="searched", target="calls", detail=f"number={SPELLED[2]}"),
        CallerLimit(number=MAYA, reason="insult", note="shouts", starts_at=now, ends_at=until, author="sara"),
        CallEvent(call_id=call.id, at=now, author="sara", kind="disposition", text=f"is {SPELLED[4]}"),
        CodeFailure(caller=MAYA, at=now),
        MarkedDay(day=now.date(), kind="event", note="x", author="sara", at=now),
        PhoneLine(number=MAYA, holder="tab", seen_at=now),
        PhoneRecording(sid="PR1", call_sid="PC1", created_at=now),
        PhoneSignal(call_sid="PC1", body="x", at=now),
        Remark(review_id=graded.id, second=1, text=f"says {SPELLED[5]}"),
        SavedView(user_id=sara.id, name="hers", asked={"number": MAYA}),
        TicketEvent(ticket_id=1, at=now, author="sara", kind="note", text=f"ring {SPELLED[1]}"),
    ]


def spell_out(database, spellings=SPELLED):
    """Write the number into every personal column of some row that may be written to, each time in another way."""
    ways = itertools.cycle(spellings)
    with database.transaction() as session:
        for name, columns in PERSONAL.items():
            table = Base.metadata.tables[name]
            (key,) = table.primary_key
            last = session.scalar(select(func.max(key)))
            assert last is not None, f"nothing is in {name}"
            for column in (table.c[one] for one in columns if name not in APPEND_ONLY and one != key.name):
                said = (
                    {"facts": {"callback_number": next(ways)}} if isinstance(column.type, JSON) else _fits(column, ways)
                )
                session.execute(update(table).where(key == last).values({column.name: said}))


def _fits(column, ways):
    assert isinstance(column.type, String)
    if column.name in ("caller", "number"):
        return MAYA  # the hotline itself writes these, and in one way only
    said = next(ways)
    return said if (column.type.length or 99) < 40 else f"she said {said}, twice"


def dump(url):
    with dumping.snapshot(url) as kept:
        return {name: [dict(row) for row in kept.rows(name)] for name in dumping.TABLES}


def spool_aside(config):
    """Leave an event of hers that nobody could take."""
    spool = open_spool(config, "web")
    spool.put({"kind": "answer", "form": {"From": MAYA}, "query": {}})
    (event,) = spool.waiting()
    spool.set_aside(event, "a test")

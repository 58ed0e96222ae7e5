"""A house whose first month is old enough to be archived, what is where then, and how a run is killed."""

import pytest

from db.models import Call, Callback, Recording, Ticket, Turn
from ivr.config import Keep
from ivr.services import archives, archiving
from ivr.services.archives import Works
from tests.forgotten import dump
from tests.lived import live
from tests.web.staff import hires

ANOTHER = "+989360000000"


@pytest.fixture
def city(app, line, desk, database, clock, elsewhere, monkeypatch):
    """Three citizens called in one month, and one a month later; all is over. Another keyed Maya's number."""
    hires(app, role="supervisor")
    city = live(line, desk, database, clock, elsewhere(), monkeypatch)
    line.dials(ANOTHER).presses("3").presses("2").hangs_up()
    with database.transaction() as session:
        turn = session.query(Turn).join(Call).filter(Call.caller == ANOTHER, Turn.keys == "2").one()
        turn.keys = "09121234567"
        session.query(Recording).filter_by(state="pending").update({"state": "absent"})
        for model in (Ticket, Callback):
            session.query(model).filter(model.closed_at.is_(None)).update({"closed_at": clock()})
    keeps(desk, turns_months=1)
    clock.move(days=31)
    line.dials(ANOTHER).presses("3").presses("2").hangs_up()
    clock.move(days=31)
    return city


def keeps(desk, **months):
    object.__setattr__(desk.config, "keep", Keep(**months))  # settings are frozen; this is its own installation


@pytest.fixture
def works(city, desk, database, clock):
    return Works(desk, database, clock)


@pytest.fixture
def month(works):
    """The first month."""
    return next(archiving.due(works))


def archive(works):
    with works.alone():
        return [archiving.carry_out(works, month) for month in archiving.due(works)]


def turns(works):
    """Give all turns that are in the database, by call."""
    return by_call(dump(works.desk.config.database_url)["turn"])


def archived(works, month):
    return by_call([row for part in archives.parts(works, month.name) for row in part])


def by_call(found):
    return {
        call: sorted((row for row in found if row["call_id"] == call), key=lambda row: row["n"])
        for call in {row["call_id"] for row in found}
    }


def files(config):
    return [path for path in config.recordings_dir.rglob("archive/*") if path.is_file()]


def ended(works, month):
    with works.database.reading() as session:
        found = session.query(Call.id).filter(Call.ended_at >= month.since, Call.ended_at < month.until)
        return {call_id for (call_id,) in found}


class Killed(BaseException):
    """What no part of the house expects."""


def dies_at(monkeypatch, owner, name, nth=1):
    """Kill whoever comes to this for the nth time."""
    real, times = getattr(owner, name), []

    def die(*given, **named):
        times.append(1)
        if len(times) == nth:
            raise Killed
        return real(*given, **named)

    monkeypatch.setattr(owner, name, die)

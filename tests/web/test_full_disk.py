"""The disk is full, under the database, too: what is taken is kept, the rest refused, and the fallback answers."""

import pytest

from db import migrate
from ivr import jobs as work
from ivr.services.desk import open_spool
from ivr.spool import RESERVE
from ivr.web.fallback import create_fallback
from tests.caller import Caller, Line
from tests.disks import mounted

CALLS = 2 * RESERVE


@pytest.fixture
def disk(tmp_path):
    with mounted(tmp_path / "data", "16M") as one:
        yield one


@pytest.fixture
def database_url(disk):
    url = f"sqlite:///{disk.place / 'hotline.db'}"
    migrate.upgrade(url)
    return url


def rings(line, number):
    """Ask for a call's first document, and then as a provider does for the fallback's; say who took it."""
    call = line.dials(number, answered=False)
    reply = line.post("http://hotline.test/voice/answer", call.form(CallStatus="in-progress"))
    assert reply.status_code in {200, 503}
    assert (reply.status_code == 200) == bool(reply.data)
    return call, reply.status_code == 200


def test_nothing_is_said_to_be_kept_that_is_not(disk, config, desk, app, line, database):
    boat = create_fallback(config)
    app.extensions["ivr"].reception.prepare()
    disk.fill()
    rung = [rings(line, f"+98912137{n:04}") for n in range(CALLS)]
    refused = [call for call, taken in rung if not taken]
    assert refused, "the reserve ends"
    assert len([True for _, taken in rung if taken]) >= RESERVE
    saved = Caller(Line(boat, desk), refused[0].number, refused[0].sid)
    saved.request("http://hotline.test/voice/fallback", ErrorCode="11200").waits("Record")
    disk.free()
    spools = [open_spool(config, whose) for whose in ("web", "fallback")]
    work.replay(work.Office(desk, database, None), spools)
    kept = {row["call_sid"] for row in line.rows("calls")}
    assert kept == {call.sid for call, taken in rung if taken} | {saved.sid}
    assert [spool.waiting() for spool in spools] == [[], []]

"""Voices are given out by addresses that are one session's, and over in a few minutes; check 22."""

import os
from datetime import timedelta

import pytest

from db.models import Audit, FileKey, Recording
from ivr.services import keeping, users
from ivr.vault.frames import FRAME
from ivr.web.addresses import LASTS
from ivr.web.labels import labels
from tests.web.staff import Staff, hires
from tests.web.test_console import stored
from tests.web.test_moves import works_for
from tests.web.test_voice import RE1, report

SOUND = b"RIFF" + os.urandom(3 * FRAME + 77)


@pytest.fixture
def zahra(app):
    return hires(app).logs_in()


@pytest.fixture
def heard(line):
    """A citizen's voice that is here; gives its row's id."""
    report(line).presses("1").hangs_up()
    return stored(line, RE1, SOUND)


def asks(person, address, range_=None):
    headers = {"Accept": "text/html", **({"Range": range_} if range_ else {})}
    with person.client.get(address, headers=headers) as answer:
        return answer.status_code, answer.data, answer.headers


def listenings(app):
    with app.extensions["ivr"].database.reading() as session:
        return session.query(Audit).filter_by(action="listened").count()


def refused(app, person, address):
    """Hold that an address is refused in words that say what to do, with no byte and no line in the audit log."""
    before = listenings(app)
    status, page, _ = asks(person, address)
    assert status == 403
    assert labels()["page"]["voice_address"] in page.decode()
    assert b"RIFF" not in page
    assert listenings(app) == before


def test_an_address_is_over_after_a_few_minutes_and_a_new_one_is_to_be_had(app, zahra, heard, clock):
    address = zahra.address(heard)
    clock.move(seconds=LASTS.total_seconds() - 1)
    assert asks(zahra, address)[:2] == (200, SOUND)
    clock.move(seconds=1)
    refused(app, zahra, address)
    assert asks(zahra, zahra.address(heard))[0] == 200
    assert timedelta(minutes=1) <= LASTS <= timedelta(minutes=15)


def test_an_address_is_one_sessions_alone(app, zahra, heard):
    address = zahra.address(heard)
    refused(app, hires(app, "omid").logs_in(), address)
    refused(app, Staff(app), address)
    again = Staff(app, "zahra").logs_in()
    refused(app, again, address)
    assert asks(again, again.address(heard))[0] == 200


def test_an_address_leads_to_its_own_voice_and_is_not_to_be_made_up(app, zahra, heard, line):
    report(line, number="+989351112233", recording="RE" + "5" * 32).presses("1").hangs_up()
    other = stored(line, "RE" + "5" * 32, SOUND)
    address = zahra.address(heard)
    refused(app, zahra, address.replace(f"/{heard}/", f"/{other}/"))
    refused(app, zahra, address[:-1] + ("A" if address[-1] != "A" else "B"))
    refused(app, zahra, f"/recordings/{heard}/audio?key=")
    refused(app, zahra, f"/recordings/{heard}/audio")


def test_an_address_ends_with_its_session(app, zahra, heard):
    address = zahra.address(heard)
    with app.extensions["ivr"].database.transaction() as session:
        users.log_out(session, zahra.client.get_cookie("ivr_session").value)
    assert asks(zahra, address)[0] == 302, "the browser still has the cookie, and is sent to log in"
    assert listenings(app) == 0


def test_nobody_is_given_an_address_of_what_is_none_of_theirs(app, heard):
    reza = works_for(app, "reza", "district.9")
    assert reza.client.get(f"/recordings/{heard}/address").status_code == 404
    assert reza.client.get(f"/recordings/{heard + 1}/address").status_code == 404


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, len(SOUND) - 1),
        ("bytes=0-0", 0, 0),
        (f"bytes={FRAME - 1}-{FRAME}", FRAME - 1, FRAME),
        (f"bytes={FRAME}-{3 * FRAME}", FRAME, 3 * FRAME),
        ("bytes=-5", len(SOUND) - 5, len(SOUND) - 1),
        (f"bytes=7-{len(SOUND) * 9}", 7, len(SOUND) - 1),
    ],
)
def test_any_part_is_given_byte_by_byte(zahra, heard, asked, first, last):
    status, body, headers = asks(zahra, zahra.address(heard), asked)
    assert (status, body) == (206, SOUND[first : last + 1])
    assert headers["Content-Range"] == f"bytes {first}-{last}/{len(SOUND)}"
    assert int(headers["Content-Length"]) == len(body)


def test_a_part_that_is_not_there_is_refused(zahra, heard):
    status, body, headers = asks(zahra, zahra.address(heard), f"bytes={len(SOUND)}-")
    assert status == 416
    assert headers["Content-Range"] == f"bytes */{len(SOUND)}"
    assert b"RIFF" not in body


@pytest.mark.parametrize(
    "path", ["../var/secrets.env", "%2e%2e%2fhotline.db", "1/../../x", "..%2f..%2fetc%2fpasswd/audio"]
)
def test_no_address_leads_anywhere_else(zahra, heard, path):
    assert asks(zahra, f"/recordings/{path}")[0] == 404


def test_the_row_leads_nowhere_else_either(app, zahra, heard, line):
    (line.desk.config.data.dir / "secret").write_bytes(b"RIFF of somebody else")
    with app.extensions["ivr"].database.transaction() as session:
        session.get(Recording, heard).path = "../secret"
    assert asks(zahra, zahra.address(heard))[0] == 404


def test_a_line_is_written_before_the_first_byte(app, zahra, heard):
    with zahra.client.get(zahra.address(heard), buffered=False) as answer:
        assert listenings(app) == 1, "and nothing was read yet"
        assert answer.data == SOUND


def test_what_was_shredded_is_gone_although_its_file_lies_there(app, zahra, heard, line, database, clock):
    with database.transaction() as session:
        place = session.get(Recording, heard).path
        keeping.remove(session, place, clock())
    assert (line.desk.config.recordings_dir / place).exists()
    assert asks(zahra, zahra.address(heard))[0] == 404
    with database.reading() as session:
        assert session.get(FileKey, place).wrapped == ""


def test_what_was_altered_on_the_disk_is_not_given_out(app, zahra, heard, line, database):
    with database.reading() as session:
        path = line.desk.config.recordings_dir / session.get(Recording, heard).path
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)
    assert asks(zahra, zahra.address(heard))[0] == 404
    assert listenings(app) == 0

"""Voices are brought in a few together, and whatever happens to one of them, the others are kept."""

# ruff: noqa: F401, F811  # fixtures are imported, and then asked for by their names

import threading
import time

import pytest

from db.models import FileKey, Recording
from ivr import jobs as work
from ivr.services import keeping
from tests.worker import office, provider, sound, voice_path


def place(office, one):
    return voice_path(office.desk, "RE" + one * 32)


@pytest.fixture
def voices(line, office, provider, database):
    """Four voices of four calls, none of them fetched yet; gives their rows' ids."""
    for one in "1234":
        provider.answers[place(office, one)] = (200, {}, sound(second=one.encode() * 16000))
        line.dials().presses("4").presses("1").speaks("RE" + one * 32).presses("1")
    with database.reading() as session:
        return [one.id for one in session.query(Recording).order_by(Recording.id)]


def states(database):
    with database.reading() as session:
        return [one.state for one in session.query(Recording).order_by(Recording.id)]


def heard(office, database, voice):
    with database.reading() as session:
        row = session.get(Recording, voice)
        with keeping.opened(session, office.desk, row.path) as file:
            return file.read()


def test_each_of_some_has_a_place_and_a_key_of_its_own(office, voices, database):
    assert work.fetch_into(office, *voices) == 4
    assert [heard(office, database, voice) for voice in voices] == [
        sound(second=n * 16000) for n in (b"1", b"2", b"3", b"4")
    ]
    with database.reading() as session:
        assert len({one.path for one in session.query(Recording)}) == 4
        assert len({one.wrapped for one in session.query(FileKey)}) == 4
    assert work.fetch_into(office, *voices) == 0


def test_one_that_is_not_there_yet_keeps_no_other_back(office, voices, provider, database):
    provider.answers[place(office, "2")] = (404, {}, b"")
    work.fetch_into(office, *voices)
    assert states(database) == ["stored", "pending", "stored", "stored"]
    with database.reading() as session:
        assert "404" in session.get(Recording, voices[1]).last_error


def test_what_came_is_kept_when_the_next_one_breaks_off(office, voices, provider, database, monkeypatch):
    """As when rq's alarm ends a job whose time is over."""

    class Alarm(Exception):
        """Time is over."""

    def ring(sound_of):
        if len(provider.asked) == 3:
            raise Alarm
        return inspect(sound_of)

    inspect = work.fetching.inspect
    monkeypatch.setattr(work.fetching, "inspect", ring)
    with pytest.raises(Alarm):
        work.fetch_into(office, *voices)
    assert states(database) == ["stored", "stored", "pending", "pending"]
    assert not list(office.desk.config.recordings_dir.glob(".*.part"))


def test_those_that_are_not_begun_in_time_are_let_go(office, voices, database, clock):
    assert work.fetch_into(office, *voices, until=time.monotonic() - 1) == 4
    assert states(database) == ["stored", "pending", "pending", "pending"]
    with database.reading() as session:
        assert [one.tries for one in session.query(Recording).order_by(Recording.id)] == [1, 0, 0, 0]
    assert work.fetch_into(office, *voices) == 3, "nobody waits for a lease that nobody uses"
    assert states(database) == ["stored"] * 4


def test_two_who_fetch_the_same_at_once_fetch_each_once(office, voices, provider, database):
    both = threading.Barrier(2)

    def works():
        both.wait()
        work.fetch_into(office, *voices)

    threads = [threading.Thread(target=works) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert states(database) == ["stored"] * 4
    assert len(provider.asked) == 4


class TestHeld:
    """On PostgreSQL alone: SQLite has one writer, so nobody holds a row beside it."""

    @pytest.fixture
    def database_url(self, postgres):
        yield (url := postgres.create("held", "template_house"))
        postgres.drop(url)

    def test_one_that_a_turn_holds_is_kept_after_the_others(self, office, voices, provider, database):
        """A turn may hold a voice that the next in its hands waits for: whoever holds several waits for none."""
        seen, let_go = [], threading.Event()

        def holds():
            with database.transaction() as session:
                session.query(Recording).filter_by(id=voices[1]).with_for_update().one()
                held.set()
                while not seen:
                    found = states(database)
                    if found == ["stored", "pending", "stored", "stored"]:
                        seen.append(found)
                    if let_go.wait(0.02):
                        return

        held, turn = threading.Event(), threading.Thread(target=holds)

        def speaks_while_held(request):
            turn.start()
            held.wait(5)
            request.send_response(200)
            request.end_headers()
            request.wfile.write(sound())

        provider.answers[place(office, "4")] = speaks_while_held
        try:
            work.fetch_into(office, *voices)
        finally:
            let_go.set()
            turn.join()
        assert seen, "the others were kept while it was held"
        assert states(database) == ["stored"] * 4

"""The console never keeps callers waiting: so many of its requests are at the database, and none waits for ever."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ivr.web.places import Places, number_of
from tests.web.staff import Staff, hires

PAGES, THREADS = 40, 32  # so many threads are left of 96 when all live pages are open
IN_TIME_SECONDS = 5
_numbers = itertools.count(1)


@pytest.fixture(params=["stopped", "frozen"])
def happens(request, postgres):
    return {"stopped": postgres.away, "frozen": postgres.frozen}[request.param]


@pytest.fixture
def patience_seconds():
    return 3.0


@pytest.fixture
def away_url(postgres):
    return postgres.create(f"places_{next(_numbers)}", "template_house")


class TestAway:
    """With a database that goes away."""

    @pytest.fixture
    def database_url(self, away_url):
        return away_url

    def test_a_caller_is_answered_while_pages_hang(self, app, line, desk, happens):
        zahra = hires(app).logs_in()
        cookie = zahra.client.get_cookie("ivr_session").value
        paths = itertools.islice(itertools.cycle(("/tickets", "/callbacks", "/live/marks", "/healthz")), PAGES)

        def opens(path):
            reader = Staff(app)
            reader.client.set_cookie("ivr_session", cookie)
            return reader.opens(path)

        with happens(), ThreadPoolExecutor(THREADS) as threads:
            asked = [threads.submit(opens, path) for path in paths]
            began = time.monotonic()
            call = threads.submit(line.dials).result()
            took = time.monotonic() - began
            answers = [one.result() for one in asked]
        assert call.words == " ".join(clip.words for clip in desk.speech.clips("apology", {}) if clip.words)
        assert took < IN_TIME_SECONDS
        told = {(one.status, one.headers["Retry-After"], one.visited[0] == "/live/marks") for one in answers}
        assert told == {(503, "5", False), (503, "5", True)}
        assert all('lang="fa"' in one.page for one in answers)
        assert zahra.opens("/tickets").status == 200
        assert [opens("/callbacks").status for _ in range(PAGES)] == [200] * PAGES
        assert line.dials("+989121110000").words == line.dials("+989121110001").words != call.words


@pytest.mark.parametrize(("threads", "places"), [(96, 12), (32, 8), (8, 2), (1, 1)])
def test_there_are_always_fewer_places_than_threads(threads, places):
    assert number_of(threads, 12) == places


def test_who_finds_no_place_waits_and_who_finds_no_room_to_wait_does_not():
    places = Places(1)
    assert places.take(0)
    with ThreadPoolExecutor(1) as other:
        waits = other.submit(places.take, 60)
        while places._coming.acquire(blocking=False):  # until the other waits
            places._coming.release()
        assert not places.take(60)
        places.leave()
        assert waits.result()
    assert not places.take(0.01)


def test_every_place_is_given_back(app, desk):
    """A page, one that is not there, a form without its token, and a login that fails: each leaves."""
    zahra = hires(app).logs_in()
    for _ in range(desk.config.console.at_once):
        assert zahra.opens("/tickets").status == 200
        assert zahra.opens("/tickets/0000000000").status == 404
        assert zahra.client.post("/tickets/1/note").status_code == 400
        assert Staff(app).opens("/tickets").visited[-1] == "/login"
    assert zahra.opens("/tickets").status == 200

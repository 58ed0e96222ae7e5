"""An operator's day with tickets."""

import hashlib
import html
import re

import pytest

from db.models import Call, Recording
from db.queries import tickets as rows
from ivr.services import keeping, life
from ivr.web.labels import labels
from tests.web.staff import hires
from tests.web.test_voice import RE1, report

MOBILE, LANDLINE = "+989121234567", "+982532123456"


@pytest.fixture
def zahra(app):
    return hires(app).logs_in()


@pytest.fixture
def ticket(line):
    """A citizen has reported bad asphalt in district 3."""
    report(line).presses("1").hangs_up()
    return line.rows("tickets")[0]


def stored(line, sid, sound):
    """The voice has been fetched."""
    with line.app.extensions["ivr"].database.transaction() as session:
        row = session.query(Recording).filter_by(sid=sid).one()
        row.state, row.path, row.seconds = "stored", f"2026/11/{sid}.wav", 7.4
        keeping.put(session, line.desk, row.path, sound)
        row.sha256 = hashlib.sha256(sound).hexdigest()
        return row.id


def history(line, code):
    with line.app.extensions["ivr"].database.reading() as session:
        found = rows.by_code(session, code)
        return [(event.author, event.kind, event.old, event.new, event.text) for event in found.history]


def codes(page):
    return re.findall(r'class="row-link" href="/tickets/(\d{10})"', page)


def test_an_empty_desk_says_what_to_do(zahra):
    zahra.opens("/")
    assert zahra.visited[-1] == "/tickets"
    assert 'class="empty"' in zahra.page
    assert 'href="/phone"' in zahra.page


def test_an_operator_narrows_the_list(zahra, line):
    report(line, subject="3", district="3", recording=f"RE{1:032x}").presses("1").hangs_up()
    report(line, subject="1", district="6", recording=f"RE{2:032x}", number=LANDLINE).presses("1").hangs_up()
    asphalt, cleaning = (row["code"] for row in line.rows("tickets"))
    assert codes(zahra.opens("/tickets").page) == [cleaning, asphalt]
    for query, found in (
        ({"district": "3"}, [asphalt]),
        ({"category": "clean"}, [cleaning]),
        ({"category": "clean.road"}, []),
        ({"state": "new", "district": "6"}, [cleaning]),
        ({"state": "answered"}, []),
        ({"category": "nothing", "before": "x"}, []),
    ):
        assert codes(zahra.opens("/tickets", query_string=query).page) == found, query
    assert 'href="/tickets"' in zahra.page


def test_a_level_two_ticket_is_found_under_level_one(zahra, ticket):
    zahra.opens(f"/tickets/{ticket['code']}")
    zahra.submits("/tickets/1/category", category="road.patch")
    assert codes(zahra.opens("/tickets", query_string={"category": "road"}).page) == [ticket["code"]]
    assert codes(zahra.opens("/tickets", query_string={"category": "road.patch"}).page) == [ticket["code"]]


@pytest.mark.parametrize(
    "writing",
    [
        "09121234567",
        "0912 123 4567",
        "+98 912 1234567",
        "00989121234567",
        "\u06f0\u06f9\u06f1\u06f2-\u06f1\u06f2\u06f3 \u06f4\u06f5\u06f6\u06f7",
    ],
)
def test_a_number_is_found_in_any_writing(zahra, line, ticket, writing):
    report(line, recording=f"RE{9:032x}", number=LANDLINE).presses("1").hangs_up()
    assert codes(zahra.opens("/tickets", query_string={"q": writing}).page) == [ticket["code"]]


def test_a_local_landline_is_found_by_its_eight_digits(zahra, line, ticket):
    report(line, recording=f"RE{9:032x}", number=LANDLINE).presses("1").hangs_up()
    other = line.rows("tickets")[1]["code"]
    assert codes(zahra.opens("/tickets", query_string={"q": "32123456"}).page) == [other]


def test_a_code_leads_straight_to_its_ticket(zahra, ticket):
    code = ticket["code"]
    for writing in (code, f"{code[:3]} {code[3:6]} {code[6:]}", code.translate({48 + n: 0x6F0 + n for n in range(10)})):
        assert zahra.opens("/tickets", query_string={"q": writing}).visited[-1] == f"/tickets/{code}"


def test_words_are_looked_for_in_all_that_was_written(zahra, ticket):
    zahra.opens(f"/tickets/{ticket['code']}").submits("/tickets/1/note", text="the valve by the old mosque leaks")
    assert codes(zahra.opens("/tickets", query_string={"q": "mosque VALVE"}).page) == [ticket["code"]]
    assert codes(zahra.opens("/tickets", query_string={"q": "mosque bridge"}).page) == []
    assert codes(zahra.opens("/tickets", query_string={"q": "100%_"}).page) == []


def test_words_are_found_in_any_writing(zahra, ticket):
    """What was written with Arabic letters, Persian digits and a joint is found without them, and the other way."""
    written = "\u0643\u0648\u0686\u0647\u200c\u0647\u0627\u064a \u06f1\u06f2"
    zahra.opens(f"/tickets/{ticket['code']}").submits("/tickets/1/note", text=written)
    for asked in (
        written,
        "\u06a9\u0648\u0686\u0647 12",
        "\u0647\u0627\u06cc",
        "\u06a9\u0648\u0686\u0647\u200c\u0647\u0627\u06cc",
        "\u0661\u0662",
    ):
        assert codes(zahra.opens("/tickets", query_string={"q": asked}).page) == [ticket["code"]], asked
    assert codes(zahra.opens("/tickets", query_string={"q": "\u06a9\u0648\u0686\u0647 13"}).page) == []


def test_words_and_another_filter_narrow_together(zahra, line):
    for n in (1, 2, 3):
        report(line, recording=f"RE{n:032x}", number=f"+98912000{n:04}").presses("1").hangs_up()
    found = [row["code"] for row in line.rows("tickets")]
    for n, code in enumerate(found, 1):
        zahra.opens(f"/tickets/{code}").submits(f"/tickets/{n}/note", text="a broken lamp")
    zahra.opens(f"/tickets/{found[1]}").submits("/tickets/2/district", district="2")
    assert codes(zahra.opens("/tickets", query_string={"q": "lamp"}).page) == found[::-1]
    assert codes(zahra.opens("/tickets", query_string={"q": "lamp", "district": "2"}).page) == [found[1]]
    assert codes(zahra.opens("/tickets", query_string={"q": "lamp", "before": "3"}).page) == [found[1], found[0]]


def test_older_tickets_are_on_further_pages(zahra, line):
    for n in range(32):
        report(line, recording=f"RE{n + 1:032x}", number=f"+98912000{n:04}").presses("1").hangs_up()
    every = [row["code"] for row in line.rows("tickets")][::-1]
    assert codes(zahra.opens("/tickets", query_string={"state": "new"}).page) == every[:30]
    onward = html.unescape(re.search(r'rel="next" href="([^"]+)"', zahra.page)[1])
    assert codes(zahra.opens(onward).page) == every[30:]


def test_waiting_is_coloured_by_what_was_promised(app, ticket, clock):
    zahra = hires(app)
    ages = []
    for days in (0, 9, 9):  # asphalt is promised within ten working days
        clock.move(days=days)
        zahra.logs_in().opens("/tickets")
        ages.append(re.search(r'<tr class="age-(\w+)"', zahra.page)[1])
    assert ages == ["fresh", "soon", "late"]


def test_an_operator_hears_a_recording_piece_by_piece(zahra, line, ticket):
    sound = bytes(range(256)) * 64
    voice = stored(line, RE1, sound)
    page = zahra.opens(f"/tickets/{ticket['code']}").page
    address = re.search(rf'src="(/recordings/{voice}/audio[^"]+)"', page)[1]
    with zahra.client.get(address) as whole:
        assert (whole.status_code, whole.data) == (200, sound)
        assert whole.headers["Cache-Control"] == "no-store"
    with zahra.client.get(address, headers={"Range": "bytes=1000-1999"}) as piece:
        assert (piece.status_code, piece.data) == (206, sound[1000:2000])
        assert piece.headers["Content-Range"] == f"bytes 1000-1999/{len(sound)}"
    assert line.app.test_client().get(address).status_code == 403


@pytest.mark.parametrize("state", ["pending", "absent", "failed"])
def test_a_voice_that_is_not_here_is_shown_as_such(zahra, line, ticket, state):
    with line.app.extensions["ivr"].database.transaction() as session:
        session.query(Recording).one().state = state
    zahra.opens(f"/tickets/{ticket['code']}")
    assert zahra.reads(labels()["recording_state"][state])
    assert "<audio" not in zahra.page
    assert zahra.opens("/recordings/1/audio").status == 404


def test_an_operator_works_a_ticket_and_the_history_tells_it(zahra, line, ticket):
    code = ticket["code"]
    zahra.opens(f"/tickets/{code}")
    zahra.submits("/tickets/1/note", text="<b>opposite the school</b>")
    zahra.submits("/tickets/1/category", category="road.patch")
    zahra.submits("/tickets/1/district", district="8")
    zahra.submits("/tickets/1/state", state="in_progress", text="")
    zahra.submits("/tickets/1/state", state="not_feasible", text="a private street")
    assert zahra.visited[-1] == f"/tickets/{code}"
    assert "&lt;b&gt;opposite" in zahra.page
    assert history(line, code)[1:] == [
        ("zahra", "note", "", "", "<b>opposite the school</b>"),
        ("zahra", "category", "road", "road.patch", ""),
        ("zahra", "district", "3", "8", ""),
        ("zahra", "state", "new", "in_progress", ""),
        ("zahra", "state", "in_progress", "not_feasible", "a private street"),
    ]
    (row,) = line.rows("tickets")
    assert (row["state"], row["district"], row["category"]) == ("not_feasible", "8", "road.patch")


@pytest.mark.parametrize(
    ("what", "typed", "reason"),
    [
        ("note", {"text": "  "}, "empty_text"),
        ("category", {"category": "nonsense"}, "unknown_category"),
        ("district", {"district": "99"}, "unknown_district"),
        ("state", {"state": "confirmed", "text": "because"}, "move_not_allowed"),
        ("state", {"state": "not_feasible", "text": " "}, "empty_text"),
    ],
)
def test_what_is_refused_changes_nothing_and_says_why(zahra, line, ticket, what, typed, reason):
    before = history(line, ticket["code"])
    zahra.opens(f"/tickets/{ticket['code']}")
    zahra.submits(f"/tickets/1/{what}", **typed)
    assert zahra.status == 422
    assert zahra.reads(labels()["error"][reason])
    assert history(line, ticket["code"]) == before


def test_a_refused_text_is_still_there_to_be_mended(zahra, ticket):
    zahra.opens(f"/tickets/{ticket['code']}")
    zahra.submits("/tickets/1/state", state="confirmed", text="a long explanation")
    assert zahra.reads("a long explanation")


def test_the_second_of_two_who_edit_a_ticket_is_told_what_changed(app, zahra, line, ticket, clock):
    code = ticket["code"]
    clock.move(minutes=5)
    ali = hires(app, "ali").logs_in().opens(f"/tickets/{code}")
    zahra.opens(f"/tickets/{code}").submits("/tickets/1/note", text="spoke with the unit")
    before = history(line, code)
    ali.submits("/tickets/1/state", state="out_of_scope", text="this is for the power company")
    assert ali.status == 409
    assert ali.reads("spoke with the unit")
    assert ali.reads("this is for the power company")
    assert history(line, code) == before
    assert line.rows("tickets")[0]["state"] == "new"


def test_a_forged_form_is_refused(zahra, line, ticket):
    before = history(line, ticket["code"])
    assert zahra.client.post("/tickets/1/note", data={"version": 1, "text": "forged"}).status_code == 400
    assert history(line, ticket["code"]) == before


def test_a_form_without_a_version_is_refused(zahra, ticket):
    zahra.opens(f"/tickets/{ticket['code']}")
    assert zahra.submits("/tickets/1/note", version="", text="which one did I see?").status == 400


def test_the_callers_earlier_tickets_and_calls_are_at_hand(zahra, line, ticket):
    report(line, recording=f"RE{2:032x}").presses("1").hangs_up()
    newer = line.rows("tickets")[1]["code"]
    zahra.opens(f"/tickets/{newer}")
    assert f'href="/tickets/{ticket["code"]}"' in zahra.page
    assert f'href="/tickets/{newer}"' not in zahra.page


def test_a_ticket_says_that_its_caller_waits_for_a_call(zahra, line):
    report(line).presses("1").presses("1").hangs_up()
    zahra.opens(f"/tickets/{line.rows('tickets')[0]['code']}")
    assert zahra.reads(labels()["callback_state"]["queued"])


@pytest.mark.parametrize(("path", "code"), [("/tickets/0000000000", 404), ("/nowhere", 404), ("/logout", 405)])
def test_errors_say_in_persian_what_to_do(zahra, path, code):
    zahra.opens(path)
    assert zahra.status == code
    assert zahra.reads(labels()["page"][str(code)])


def test_a_ticket_that_never_was_cannot_be_changed(zahra, ticket):
    zahra.opens(f"/tickets/{ticket['code']}")
    zahra.page = zahra.page.replace("/tickets/1/", "/tickets/99/")
    assert zahra.submits("/tickets/99/note", text="for whom?").status == 404


def test_everything_the_desk_can_say_has_words():
    words = labels()
    assert set(life.MOVES) <= set(words["state"])
    assert {state for moves in life.MOVES.values() for state in moves} <= set(words["move"])
    assert all(text.strip() for group in words.values() for text in group.values())


def test_a_ticket_without_a_call_or_number_has_a_page(app, zahra, line, ticket):
    with app.extensions["ivr"].database.transaction() as session:
        found = rows.by_code(session, ticket["code"])
        found.caller = None
        found.call_id = None
        found.category = "no.longer.listed"
        session.query(Call).update({"caller": None})
    assert zahra.opens(f"/tickets/{ticket['code']}").status == 200
    assert zahra.reads("no.longer.listed")

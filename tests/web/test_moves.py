"""A ticket's way through the city: referred, answered, passed on, joined, and who may do what with it."""

import gc
import io
import re

import pytest
from PIL import Image

from db.models import Ticket
from db.queries import calls
from db.queries import tickets as rows
from ivr.services import access, users
from ivr.web.labels import labels
from tests.web.staff import PASSWORD, Staff, hires

DISTRICT_3, PARKS = "district.3", "unit.parks"


def works_for(app, name, scope):
    shell = app.extensions["ivr"]
    with shell.database.transaction() as session:
        users.add(session, name, scope.split(".")[0], PASSWORD, shell.now(), scope=scope)
    return Staff(app, name).logs_in()


@pytest.fixture
def zahra(app):
    return hires(app).logs_in()


@pytest.fixture
def reza(app):
    """Of district 3."""
    return works_for(app, "reza", DISTRICT_3)


@pytest.fixture
def mina(app):
    """Of the parks."""
    return works_for(app, "mina", PARKS)


@pytest.fixture
def ticket(line):
    """Dirt in district 3."""
    caller = line.dials().presses("1").presses("1").presses("3").speaks("RE" + "1" * 32).presses("1")
    caller.hangs_up()
    return line.rows("tickets")[0]


def shown(database, code):
    with database.reading() as session:
        found = rows.by_code(session, code)
        _ = [(event.kind, event.old, event.new, event.author, event.text) for event in found.history]
        session.expunge_all()
        return found


def story(database, code):
    return [(event.kind, event.new, event.author) for event in shown(database, code).history]


def refers(zahra, code, holder=DISTRICT_3, text=""):
    return zahra.opens(f"/tickets/{code}").submits("/tickets/1/refer", holder=holder, text=text)


def photo(width=64, height=48):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "a telephone that tells on its owner"
    Image.new("RGB", (width, height), "olive").save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_district_answers_what_was_referred_to_it(zahra, reza, ticket, database):
    code = ticket["code"]
    assert reza.opens(f"/tickets/{code}").status == 404, "not theirs yet"
    refers(zahra, code)
    assert f"/tickets/{code}" in reza.opens("/tickets").page
    reza.opens(f"/tickets/{code}").submits("/tickets/1/answer", kind="done", text="swept this morning")
    found = shown(database, code)
    assert (found.state, found.answer_kind, found.answer, found.answers) == (
        "answered",
        "done",
        "swept this morning",
        1,
    )
    assert found.first_answered_at == found.answered_at
    assert story(database, code) == [
        ("opened", "", "citizen"),
        ("state", "referred", "zahra"),
        ("referral", DISTRICT_3, "zahra"),
        ("state", "answered", "reza"),
        ("answer", "done", "reza"),
    ]


def test_a_unit_sees_only_what_is_its_own(zahra, reza, mina, ticket, line):
    refers(zahra, ticket["code"])
    code = ticket["code"]
    assert mina.opens(f"/tickets/{code}").status == 404
    for asked in ({"q": code}, {"q": "09121234567"}, {"holder": DISTRICT_3}, {}):
        assert f"/tickets/{code}" not in mina.opens("/tickets", query_string=asked).page
    reza.opens(f"/tickets/{code}")
    assert "912" not in re.sub(r"\d{10}", "", reza.page), "a unit is not told a citizen's number"
    token = re.search(r'name="csrf_token" value="([^"]+)"', mina.opens("/password").page)[1]
    for action in ("note", "refer", "answer", "hand-over", "ask-place", "state"):
        form = {"csrf_token": token, "version": "2", "text": "mine!", "holder": PARKS, "kind": "done"}
        assert mina.client.post(f"/tickets/1/{action}", data=form).status_code == 404, action
    for action in ("category", "district", "place", "join", "part"):
        assert mina.client.post(f"/tickets/1/{action}", data={"csrf_token": token, "version": "2"}).status_code == 403
    assert mina.client.get("/recordings/1/audio").status_code == 404


def test_passing_on_owes_a_reason_and_takes_it_out_of_sight(zahra, reza, mina, ticket, database):
    code = ticket["code"]
    refers(zahra, code)
    reza.opens(f"/tickets/{code}").submits("/tickets/1/refer", holder=PARKS, text="  ")
    assert reza.reads(labels()["error"]["empty_text"])
    reza.opens(f"/tickets/{code}").submits("/tickets/1/refer", holder=PARKS, text="a park, not a street")
    assert reza.opens(f"/tickets/{code}").status == 404
    assert mina.opens(f"/tickets/{code}").reads("a park, not a street")
    assert shown(database, code).holder == PARKS


def test_a_photo_comes_with_an_answer_and_tells_on_nobody(zahra, reza, mina, ticket, database, desk):
    code = ticket["code"]
    refers(zahra, code)
    sent = (io.BytesIO(photo(3000, 2000)), "after.jpg")
    reza.opens(f"/tickets/{code}").submits("/tickets/1/answer", kind="done", text="see the photo", photo=sent)
    with reza.client.get("/photos/1.jpg") as answer:
        assert answer.status_code == 200
        picture = Image.open(io.BytesIO(answer.data))
    with zahra.client.get("/photos/1.jpg") as answer:
        assert answer.status_code == 200
    assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (1600, 1067), {})
    assert mina.client.get("/photos/1.jpg").status_code == 404


@pytest.mark.parametrize("content", [b"MZ not a picture", b"", photo()[:200], b"<svg onload=alert(1)>"])
def test_what_is_no_photo_is_refused_and_the_answer_stays_typed(zahra, reza, ticket, database, content):
    code = ticket["code"]
    refers(zahra, code)
    sent = (io.BytesIO(content), "after.jpg")
    reza.opens(f"/tickets/{code}").submits("/tickets/1/answer", kind="done", text="swept", photo=sent)
    if not content:
        assert shown(database, code).state == "answered", "no picture is no mistake"
        return
    assert reza.status == 422
    assert reza.reads(labels()["error"]["not_a_photo"])
    assert reza.reads("swept")
    assert shown(database, code).state == "referred"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the parser drops what it refused
def test_only_the_answers_form_may_be_large(zahra, reza, ticket, desk):
    code = ticket["code"]
    refers(zahra, code)
    big = (io.BytesIO(b"x" * 9_000_000), "big.jpg")
    assert reza.opens(f"/tickets/{code}").submits("/tickets/1/answer", kind="done", text="t", photo=big).status == 413
    assert zahra.opens(f"/tickets/{code}").submits("/tickets/1/note", text="x" * 70_000).status == 413
    gc.collect()


def test_asking_for_an_address_stops_the_clock_and_queues_a_call(zahra, reza, ticket, database, line, clock):
    code = ticket["code"]
    refers(zahra, code)
    before = shown(database, code).due_at
    reza.opens(f"/tickets/{code}").submits("/tickets/1/ask-place", text="which alley?")
    assert [(row["type"], row["ticket_code"]) for row in line.rows("callbacks")] == [("clarify", code)]
    assert shown(database, code).clock_left > 0
    assert f"/tickets/{code}" in zahra.opens("/tickets", query_string={"view": "place"}).page
    clock.move(days=7)
    zahra.logs_in().opens(f"/tickets/{code}").submits("/tickets/1/place", address="the third alley")
    found = shown(database, code)
    assert (found.waits_for_place, found.clock_left, found.address) == (False, None, "the third alley")
    assert found.due_at > before, "the days of waiting are not the unit's"


def test_other_bodies_are_counted_apart(zahra, ticket, database):
    zahra.opens(f"/tickets/{ticket['code']}").submits("/tickets/1/hand-over", body="unit.power", text="a power line")
    found = shown(database, ticket["code"])
    assert (found.state, found.holder) == ("out_of_scope", "unit.power")
    assert found.closed_at


@pytest.mark.parametrize(
    ("action", "form", "reason"),
    [
        ("refer", {"holder": "unit.power", "text": "x"}, "unknown_holder"),
        ("refer", {"holder": "district.9", "text": "x"}, "unknown_holder"),
        ("refer", {"holder": "", "text": "x"}, "unknown_holder"),
        ("answer", {"kind": "done", "text": " "}, "empty_text"),
        ("answer", {"kind": "sworn", "text": "x"}, "unknown_answer_kind"),
        ("hand-over", {"body": "unit.parks", "text": "x"}, "unknown_body"),
        ("state", {"state": "confirmed", "text": "x"}, "move_not_allowed"),
        ("state", {"state": "answered", "text": "x"}, "move_not_allowed"),
        ("place", {"address": " "}, "empty_text"),
    ],
)
def test_what_will_not_do_changes_nothing(zahra, ticket, database, action, form, reason):
    zahra.opens(f"/tickets/{ticket['code']}").submits(f"/tickets/1/{action}", **form)
    assert zahra.status == 422
    assert zahra.reads(labels()["error"][reason])
    assert shown(database, ticket["code"]).state == "new"
    assert len(story(database, ticket["code"])) == 1


def again(line, number="+989121234567", district="3"):
    caller = line.dials(number).presses("1").presses("1").presses(district).speaks("RE" + "2" * 32).presses("1")
    caller.hangs_up()
    return line.rows("tickets")[-1]["code"]


@pytest.mark.parametrize(("number", "district", "offered"), [
    ("+989121234567", "5", True), ("+989121234568", "3", True), ("+989121234568", "5", False),
])  # fmt: skip
def test_reports_that_may_be_the_same_are_offered_for_joining(zahra, line, ticket, number, district, offered):
    code = again(line, number, district)
    zahra.opens(f"/tickets/{code}")
    assert ("/tickets/2/join" in zahra.page) is offered


def test_old_reports_are_not_offered(zahra, line, ticket, clock):
    clock.move(days=8)
    code = again(line)
    assert "/tickets/2/join" not in zahra.logs_in().opens(f"/tickets/{code}").page


def test_a_joined_report_is_linked_and_never_deleted_and_comes_out_again(zahra, line, ticket, database):
    code = again(line, "+989121234568")
    zahra.opens(f"/tickets/{code}").submits("/tickets/2/join", code=ticket["code"])
    assert shown(database, code).state == "duplicate"
    assert ("joined", code, "zahra") in story(database, ticket["code"])
    assert zahra.opens(f"/tickets/{ticket['code']}").reads(labels()["event"]["joined"])
    zahra.opens(f"/tickets/{code}").submits("/tickets/2/state", state="in_progress", text="another place")
    assert shown(database, code).state == "in_progress"


def test_whoever_follows_up_a_joined_report_hears_how_the_main_one_stands(zahra, line, ticket, database):
    code = again(line, "+989121234568")
    zahra.opens(f"/tickets/{code}").submits("/tickets/2/join", code=ticket["code"])
    refers(zahra, ticket["code"])
    caller = line.dials("+989121234568").presses("2").presses(code)
    with database.reading() as session:
        assert calls.find(session, caller.sid).state["facts"]["ticket_status"] == "referred"


def test_a_ticket_cannot_be_joined_to_itself_or_to_a_closed_one(zahra, line, ticket, database):
    code = again(line)
    page = f"/tickets/{code}"
    zahra.opens(page).submits("/tickets/2/join", code=ticket["code"])
    assert shown(database, code).duplicate_of == 1
    zahra.opens(f"/tickets/{ticket['code']}")
    token = re.search(r'name="csrf_token" value="([^"]+)"', zahra.page)[1]
    version = shown(database, ticket["code"]).version
    for target in (ticket["code"], code, "0000000000"):
        form = {"csrf_token": token, "version": version, "code": target}
        assert zahra.client.post("/tickets/1/join", data=form).status_code == 422
    assert shown(database, ticket["code"]).state == "new"


ROLES = {"operator": "", "supervisor": "", "district": DISTRICT_3, "unit": PARKS}
SUPERVISED = {"calls", "call_views", "call_export", "audit", "reviews"}
DESK_ONLY = {"callbacks", "intake", "presence", "own_reviews", *SUPERVISED}


@pytest.mark.parametrize("role", ROLES)
def test_every_route_lets_in_whom_it_should_and_nobody_else(app, role, ticket):
    """Deny by default: what is the desk's is closed to districts and units, and a ticket of others does not exist."""
    shell = app.extensions["ivr"]
    with shell.database.transaction() as session:
        users.add(session, "someone", role, PASSWORD, shell.now(), scope=ROLES[role])
    someone = Staff(app, "someone").logs_in()
    token = re.search(r'name="csrf_token" value="([^"]+)"', someone.opens("/password").page)[1]
    for rule in app.url_map.iter_rules():
        room = rule.endpoint.split(".")[0]
        if room in {"static", "audio", "health", "login", "voice", "phone", "phone_exchange", "live"}:
            continue
        url = rule.rule.replace("<code>", ticket["code"]).replace("<int:photo_id>", "1")
        url = re.sub(r"<[^>]+>", "1", url)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            data = {"csrf_token": token} if method == "POST" else None
            with someone.client.open(url, method=method, data=data, headers={"Accept": "text/html"}) as answer:
                if role in ("district", "unit"):
                    expected = {403} if room in DESK_ONLY else {200, 302, 400, 403, 404}
                    assert answer.status_code in expected, f"{role}: {method} {url}: {answer.status_code}"
                    assert ticket["code"] not in answer.get_data(as_text=True), f"{method} {url} tells of a ticket"
                elif role == "operator" and room in SUPERVISED:
                    assert answer.status_code == 403, f"{role}: {method} {url}: {answer.status_code}"
                else:
                    assert answer.status_code not in {401, 403}, f"{role}: {method} {url}: {answer.status_code}"


def test_whoever_has_no_scope_sees_nothing(database, ticket):
    with database.reading() as session:
        found = session.get(Ticket, 1)
        lost = users.User(name="lost", role="unit", scope="")
        assert not access.may_see(lost, found)

"""Every route by every kind of person: a room that nobody named is closed, and so is another district's ticket."""

import re

import pytest

from ivr.app import build
from ivr.web.shell import Shell
from tests.web.staff import PASSWORD, Staff, hires
from tests.web.test_console import stored
from tests.web.test_moves import DISTRICT_3, refers, shown, works_for
from tests.web.test_rooms import ADMINISTRATORS_ONLY, DESK_ONLY, NOBODYS, SUPERVISORS_ONLY
from tests.web.test_voice import RE1, report

EVERYBODYS = {"tickets", "moves", "photos", "recordings", "live"}
PUBLIC = {"audio", "health", "login"}
TELEPHONES = {"voice", "phone_exchange"}
AWAY = {"X-Forwarded-For": "203.0.113.9"}  # not at this machine, where the browser phone is open to all


def doors(app, rooms):
    """List every method of every route of these rooms."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in rooms:
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield method, rule.rule


def token_of(person):
    return re.search(r'name="csrf_token" value="([^"]+)"', person.opens("/password").page)[1]


def test_every_room_is_named(app):
    """Check 20: a new blueprint fails here until somebody says whose it is."""
    kinds = (EVERYBODYS, PUBLIC, TELEPHONES, DESK_ONLY, SUPERVISORS_ONLY, ADMINISTRATORS_ONLY, NOBODYS, {"phone"})
    assert set(app.blueprints) == set().union(*kinds)


@pytest.fixture
def zahra(app):
    return hires(app).logs_in()


@pytest.fixture
def held(app, line, database, desk, zahra):
    """A ticket that district 3 holds, with a voice that is here; gives its code."""
    report(line).presses("1").hangs_up()
    code = line.rows("tickets")[0]["code"]
    stored(line, RE1, desk.speech.clips("goodbye", {})[0].path.read_bytes())
    refers(zahra, code)
    return code


@pytest.mark.parametrize("scope", ["district.4", "district.2", "unit.parks"])
def test_what_another_holds_does_not_exist_whatever_is_asked(app, database, held, scope):
    """Check 20."""
    other = works_for(app, "other", scope)
    token, tried = token_of(other), 0
    before = shown(database, held)
    for method, rule in doors(app, EVERYBODYS):
        if "<" not in rule:
            continue
        url = re.sub(r"<[^>]+>", "1", rule.replace("<code>", held))
        form = {"csrf_token": token, "version": str(before.version), "text": "mine", "kind": "done", "holder": scope}
        with other.client.open(url, method=method, data=form if method == "POST" else None) as answer:
            assert answer.status_code in {403, 404}, f"{method} {url}: {answer.status_code}"
        tried += 1
    assert tried >= 10
    after = shown(database, held)
    assert (after.version, after.holder, len(after.history)) == (before.version, before.holder, len(before.history))
    for asked in ("/tickets", f"/tickets?q={held}", "/tickets?state=referred"):
        assert f"/tickets/{held}" not in other.opens(asked).page


def test_whoever_holds_it_sees_and_hears_it(app, held):
    reza = works_for(app, "reza", DISTRICT_3)
    assert reza.opens(f"/tickets/{held}").status == 200
    with reza.client.get(reza.address(1)) as heard:
        assert heard.status_code == 200
    assert held in reza.opens("/tickets").page


@pytest.mark.parametrize(("scope", "status"), [(DISTRICT_3, 403), ("unit.parks", 403), ("", 401)])
def test_telephones_of_the_desk_are_closed_to_others(app, scope, status):
    """Check 20: the browser phone from elsewhere, and its exchange, which knows only its own token."""
    person = works_for(app, "somebody", scope) if scope else Staff(app)
    token = token_of(person) if scope else ""
    for method, rule in doors(app, {"phone"}):
        url = re.sub(r"<[^>]+>", "1", rule)
        form = {"csrf_token": token} if method != "GET" else None
        with person.client.open(url, method=method, data=form, headers=AWAY) as answer:
            assert answer.status_code == status or (not scope and answer.status_code == 400), f"{method} {url}"
    for method, rule in doors(app, {"phone_exchange"}):
        url = re.sub(r"<[^>]+>", "PH137", rule)
        for headers in ({}, {"Authorization": "Basic UEgxMzc6d3Jvbmc="}):
            assert person.client.open(url, method=method, headers=headers).status_code == 401, f"{method} {url}"


def test_no_form_is_taken_without_its_token(app):
    """Check 21: every route that changes something, for the one who may do most."""
    admin = hires(app, "admin", "administrator").logs_in()
    rooms, tried = set(app.blueprints) - TELEPHONES, 0
    for method, rule in doors(app, rooms):
        if method == "GET":
            continue
        url = re.sub(r"<[^>]+>", "1", rule)
        for data in ({}, {"csrf_token": "of nobody"}):
            assert admin.client.open(url, method=method, data=data).status_code == 400, f"{method} {url}"
        tried += 1
    assert tried >= 40
    assert admin.opens("/day/people").status == 200, "nothing happened: not even logging out"


def test_cookies_are_for_this_house_alone(desk, database, clock):
    """Check 21."""
    server = desk.config.server.model_copy(update={"public_url": "https://137.example.ir"})
    object.__setattr__(desk.config, "server", server)  # settings are frozen; this test has its own installation
    app = build(Shell(desk, database, clock))
    hires(app)
    client = app.test_client()
    page = client.get("/login", base_url="https://137.example.ir")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))[1]
    said = {"name": "zahra", "password": PASSWORD, "csrf_token": token}
    entered = client.post(
        "/login", data=said, base_url="https://137.example.ir", headers={"Referer": "https://137.example.ir/login"}
    )
    assert entered.status_code == 302
    cookies = {line.split("=")[0]: line for answer in (page, entered) for line in answer.headers.getlist("Set-Cookie")}
    assert "ivr_session" in cookies
    assert "session" in cookies
    for line in cookies.values():
        if "Max-Age=0" not in line:
            assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in line.split(";")}, line


def test_a_session_is_another_after_each_login_and_the_former_is_over(app):
    """Check 21."""
    zahra = hires(app).logs_in()
    former = zahra.client.get_cookie("ivr_session").value
    zahra.opens("/password")
    token = token_of(zahra)
    zahra.client.post("/login", data={"name": "zahra", "password": PASSWORD, "csrf_token": token})
    assert zahra.client.get_cookie("ivr_session").value != former
    thief = Staff(app)
    thief.client.set_cookie("ivr_session", former)
    assert thief.opens("/tickets").visited[-1] == "/login"
    assert token_of(zahra) != token, "the forms' token is another, too"

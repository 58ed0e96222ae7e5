"""The pages of the day: who may open them, and what their forms do without any script."""

import io
import re

import pytest

from db.queries import day as rows
from ivr.services import users
from tests.web.staff import PASSWORD, Forms, Staff, hires

SUPERVISORS = ["/day", "/day/announcements", "/day/managers", "/day/callers"]
ADMINISTRATORS = ["/day/people", "/day/catalogue"]


def comes(app, name, role, scope=""):
    """Hire somebody and let them log in."""
    shell = app.extensions["ivr"]
    if scope:
        with shell.database.transaction() as session:
            users.add(session, name, role, PASSWORD, shell.now(), scope=scope)
        staff = Staff(app, name)
    else:
        staff = hires(app, name, role)
    return staff.logs_in()


@pytest.fixture
def zahra(app):
    return comes(app, "zahra", "supervisor")


@pytest.fixture
def admin(app):
    return comes(app, "admin", "administrator")


@pytest.mark.parametrize(
    ("role", "scope", "allowed"),
    [
        ("operator", "", []),
        ("district", "district.3", []),
        ("unit", "unit.parks", []),
        ("supervisor", "", SUPERVISORS),
        ("administrator", "", [*SUPERVISORS, *ADMINISTRATORS]),
    ],
)
def test_every_page_answers_403_to_other_roles(app, role, scope, allowed):
    someone = comes(app, "someone", role, scope)
    for path in [*SUPERVISORS, *ADMINISTRATORS]:
        assert someone.opens(path).status == (200 if path in allowed else 403), path
    someone.opens("/password")
    token = Forms(someone.page).found["/logout"]["csrf_token"]
    for rule in app.url_map.iter_rules():
        forbidden = rule.rule.startswith(tuple(ADMINISTRATORS)) or not allowed
        if (
            rule.rule.startswith("/day")
            and "POST" in rule.methods
            and forbidden
            and allowed[-1:] != ADMINISTRATORS[-1:]
        ):
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            assert someone.client.post(path, data={"csrf_token": token}).status_code == 403, path


def test_an_administrator_does_what_a_supervisor_does(admin, line):
    admin.opens("/callbacks")
    assert admin.status == 200
    admin.opens("/day").submits("/day/situations", kind="snow")
    assert admin.status == 200


def test_one_answer_for_all_is_given_from_the_page(zahra, line):
    zahra.opens("/day").submits("/day/situations", kind="rain")
    for n, number in enumerate(["+989121234561", "+989121234562"]):
        line.dials(number).presses("1").presses("4").speaks(f"RE{n:032x}").presses("1").hangs_up()
    zahra.opens("/day")
    assert zahra.submits("/day/situations/1/answer", kind="done", text="").status == 422
    assert zahra.submits("/day/situations/1/answer", kind="perhaps", text="dry").status == 422
    assert zahra.submits("/day/situations/1/answer", kind="done", text="dry").status == 200
    states = sorted(row["state"] for row in line.rows("tickets"))
    assert states == ["answered", "duplicate", "duplicate"]


def test_a_time_is_typed_in_jalali_and_a_wrong_one_is_told(zahra, line, desk, clock):
    zahra.opens("/day")
    wrong = zahra.submits("/day/situations", kind="rain", starts_at="tomorrow", ends_at="")
    assert wrong.status == 422
    zahra.submits("/day/situations", kind="rain", starts_at="1405/09/03 12:00", ends_at="1405/09/03 13:00")
    assert zahra.status == 200
    banner = desk.catalogue.prompts["banner_rain"][:20]
    assert banner not in line.dials().words
    clock.move(hours=2)
    assert banner in line.dials().words
    clock.move(hours=1)
    assert banner not in line.dials().words


def test_an_announcement_is_uploaded(zahra, line, desk):
    sound = desk.speech.clips("info_waste", {})[0].path.read_bytes()
    zahra.opens("/day/announcements")
    typed = {"title": "bins", "place": "menu", "rank": "1", "way": "browser"}
    times = {"starts_at": "1405/09/03 09:00", "ends_at": "1405/09/04 09:00"}
    refused = zahra.submits("/day/announcements", **typed, **times, voice=(io.BytesIO(b"text"), "a.wav"))
    assert refused.status == 422
    zahra.submits("/day/announcements", **typed, **times, voice=(io.BytesIO(sound), "a.wav"))
    assert zahra.status == 200
    assert line.dials().document.find("Gather/Play[2]").text.rsplit("/", 1)[1].removesuffix(".wav") in zahra.page


def test_managers_and_callers_are_kept_by_forms(zahra, line, database):
    zahra.opens("/day/managers").submits(
        "/day/managers", title="answers", host="the mayor", telephone="sip:101", slots="3",
        starts_at="1405/09/03 09:00", ends_at="1405/09/03 12:00",
    )  # fmt: skip
    zahra.opens("/day/managers/1").submits("/day/managers/1/minutes", minutes="was asked about the park")
    assert "was asked about the park" in zahra.page
    assert zahra.submits("/day/managers/1/invite", code="0000000000").status == 422
    assert zahra.opens("/day/managers/2").status == 404
    zahra.opens("/day/callers").submits("/day/callers", number="09121234567", reason="insult", days="7")
    assert zahra.status == 200
    assert zahra.submits("/day/callers", number="09121234567", reason="insult", days="7").status == 422
    with database.reading() as session:
        kinds = [
            deed.action for deed in rows.deeds(session, ("session_planned", "session_minutes", "caller_limited"), 9)
        ]
    assert kinds == ["caller_limited", "session_minutes", "session_planned"]


def test_words_and_lists_are_changed_by_forms(admin, line, desk):
    at = "/day/catalogue/lists"
    for kind in ("prompts", "categories", "districts", "units"):
        assert admin.opens(f"{at}/{kind}").status == 200
    admin.opens(f"{at}/prompts/greeting").submits(f"{at}/prompts/greeting", words="good morning {code:code}")
    admin.opens("/day/catalogue")
    assert admin.reads("{code:code}")
    assert admin.submits("/day/catalogue/draft/publish", note="").status == 422
    admin.opens(f"{at}/prompts/greeting").submits(f"{at}/prompts/greeting", words="good morning")
    hours = {"name": "roads", "priority": "urgent", "unit": "civil", "sla_hours": "\u06f5"}
    admin.opens(f"{at}/categories/road").submits(f"{at}/categories/road", **hours)
    admin.opens(f"{at}/categories/road").submits(f"{at}/categories/road", **{**hours, "sla_hours": "never"})
    assert admin.status == 422
    admin.opens(f"{at}/categories").submits(f"{at}/categories", code="road.bridge", name="bridges", parent="road")
    assert admin.visited[-1] == f"{at}/categories/road.bridge"
    assert admin.opens(f"{at}/units").submits(f"{at}/units", code="parks", name="again").status == 422
    admin.opens("/day/catalogue").submits("/day/catalogue/draft/publish", note="friendlier")
    assert admin.status == 200
    assert line.dials().words.startswith("good morning")
    assert admin.opens("/tickets").reads("bridges")
    admin.opens("/day/catalogue").submits("/day/catalogue/versions/0/back")
    assert line.dials().words.startswith(desk.files.prompts["greeting"][:20])


def test_lists_that_do_not_exist_are_not_found(admin):
    for path in ("flows", "flows/hotline_137", "prompts/no_such", "categories/no"):
        assert admin.opens(f"/day/catalogue/lists/{path}").status == 404

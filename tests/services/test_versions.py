"""Words and lists changed in the console: drafted, checked, heard by the next call in every process, taken back."""

import pytest

from db.queries import versions as rows
from ivr.app import build
from ivr.services import versions
from ivr.services.day import DayError
from ivr.services.desk import Desk
from ivr.telephony.accounts import accounts
from ivr.web.shell import Shell
from tests.caller import Line
from tests.services.test_situations import ZAHRA


@pytest.fixture
def change(database, desk, clock):
    """Change an entry in the draft."""

    def make(kind, code, **values):
        with database.transaction() as session:
            versions.change(session, desk, clock(), "admin", kind, code, values or None)

    return make


@pytest.fixture
def publish(database, desk, clock):
    def put_on_air(note=""):
        with database.transaction() as session:
            return versions.publish(session, desk, clock(), "admin", note)

    return put_on_air


@pytest.fixture
def elsewhere_line(config, voice, database, clock):
    """A line into another process of the same installation."""
    other = Desk(config, *voice, accounts(config))
    return Line(build(Shell(other, database, clock)), other)


def test_a_draft_is_heard_by_nobody(line, change):
    change("prompts", "greeting", words="good morning")
    assert "good morning" not in line.dials().words


def test_new_words_are_heard_by_the_next_call_in_every_process(line, elsewhere_line, change, publish, desk):
    elsewhere_line.dials()
    change("prompts", "greeting", words="good morning")
    assert publish("friendlier") == 1
    for anywhere in (elsewhere_line, line):
        words = anywhere.dials().words
        assert words.startswith("good morning")
        assert desk.files.prompts["greeting"][:20] not in words


def test_a_categorys_hours_priority_and_unit_count_from_the_next_ticket_on(line, change, publish, clock):
    change("categories", "road", priority="urgent", sla_hours="5", unit="civil")
    publish()
    line.dials().presses("1").presses("3").presses("3").speaks(f"RE{1:032x}").presses("1").hangs_up()
    (ticket,) = line.rows("tickets")
    assert (ticket["priority"], ticket["unit"]) == ("urgent", "civil")
    assert ticket["due_at"].startswith("2026-11-24T11:30")


def test_new_entries_are_known_everywhere(desk, change, publish, database):
    change("units", "metro", name="the metro")
    change(
        "categories", "traffic.metro", name="stations", parent="traffic", unit="metro", priority="normal", sla_hours=7
    )
    change("districts", "9", name="the ninth", landmarks=["the lake"])
    publish()
    with database.reading() as session:
        versions.refresh(session, desk)
    assert desk.catalogue.category("traffic.metro").unit == "metro"
    assert desk.catalogue.terms["district.9"] == "the ninth"
    assert [clip.words for clip in desk.speech.clips("ticket_status", {
        "ticket_category": "traffic.metro", "ticket_district": "9", "ticket_date": "2026-11-24", "ticket_status": "new",
    }) if clip.words][1] == "stations"  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "code", "values"),
    [
        ("categories", "road", {"sla_hours": "0"}),
        ("categories", "road", {"sla_hours": "soon"}),
        ("categories", "road", {"priority": "at once"}),
        ("categories", "road", {"name": " "}),
        (
            "categories",
            "road.x",
            {"name": "x", "parent": "green", "unit": "civil", "priority": "normal", "sla_hours": 1},
        ),
        ("categories", "Road", {"name": "x", "unit": "civil", "priority": "normal", "sla_hours": 1}),
        ("categories", "no.thing", {"name": "x", "parent": "no", "unit": "civil", "priority": "civil", "sla_hours": 1}),
        ("districts", "x", {"name": "x"}),
        ("prompts", "no_such_prompt", {"words": "x"}),
        ("flows", "hotline_137", {"start": "x"}),
    ],
)
def test_what_has_not_the_right_shape_does_not_come_into_the_draft(change, database, kind, code, values):
    with pytest.raises(DayError, match="entry"):
        change(kind, code, **values)
    with database.reading() as session:
        assert rows.draft(session) is None


@pytest.mark.parametrize(
    ("kind", "code", "values"),
    [
        ("categories", "road", {"unit": "no_such_unit"}),
        ("prompts", "greeting", {"words": " "}),
        ("prompts", "greeting", {"words": "hello {code:code}"}),
        ("prompts", "ticket_code", {"words": "hello {code:no_kind}"}),
        ("prompts", "greeting", {"words": "a {brace"}),
    ],
)
def test_what_a_caller_would_run_into_does_not_go_on_air(line, change, publish, kind, code, values):
    change(kind, code, **values)
    with pytest.raises(DayError, match="catalogue_wrong"):
        publish()
    assert line.dials().verbs == ["Gather", "Redirect"]


def test_an_earlier_version_comes_back_as_a_new_one(line, change, publish, database, desk, clock):
    for words in ("first words", "second words"):
        change("prompts", "greeting", words=words)
        publish()
    assert line.dials().words.startswith("second words")
    with database.transaction() as session:
        assert versions.roll_back(session, desk, clock(), "admin", 1) == 3
    assert line.dials().words.startswith("first words")
    with database.transaction() as session:
        versions.roll_back(session, desk, clock(), "admin", 0)
    assert line.dials().words.startswith(desk.files.prompts["greeting"][:20])
    with database.transaction() as session, pytest.raises(DayError, match="unknown_version"):
        versions.roll_back(session, desk, clock(), "admin", 9)


def test_an_entry_goes_back_to_the_files(line, change, publish, desk):
    change("prompts", "greeting", words="good morning")
    publish()
    change("prompts", "greeting")
    publish()
    assert line.dials().words.startswith(desk.files.prompts["greeting"][:20])


def test_nothing_is_published_twice_or_out_of_nothing(change, publish, database):
    with pytest.raises(DayError, match="no_draft"):
        publish()
    change("units", "parks", name="gardens")
    with database.transaction() as session:
        versions.drop(session)
    with pytest.raises(DayError, match="no_draft"):
        publish()


def test_a_call_in_the_middle_goes_on_with_the_new_words(line, change, publish):
    caller = line.dials()
    change("prompts", "ask_subject", words="what is it about")
    publish()
    assert caller.presses("1").words == "what is it about"


def test_who_published_is_known(change, publish, database):
    change("units", "parks", name="gardens")
    publish("renamed")
    with database.reading() as session:
        (version,) = rows.latest(session, 5)
        assert (version.author, version.note, version.edits["units"]) == (
            "admin",
            "renamed",
            {"parks": {"name": "gardens"}},
        )


def test_a_rolled_back_version_leaves_the_draft_alone(change, publish, database, desk, clock):
    change("units", "parks", name="gardens")
    publish()
    change("units", "parks", name="gardens and parks")
    with database.transaction() as session:
        versions.roll_back(session, desk, clock(), ZAHRA.name, 0)
    with database.reading() as session:
        assert versions.edits_of(session)["units"]["parks"]["name"] == "gardens and parks"

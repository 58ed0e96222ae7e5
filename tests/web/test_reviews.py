"""Talks are drawn by chance, graded once, and read by whoever had them."""

import re

import pytest
from sqlalchemy import select

from db.models import Call, Recording, Remark, Review, User
from ivr.services import reviews
from ivr.web.labels import labels
from tests.web.staff import hires

GOOD = {"greeting": 80, "courtesy": 100, "questions": 60, "accuracy": 80, "closing": 40}


@pytest.fixture
def talks(app, clock):
    """Sara has had four talks; of one there is no voice."""
    sara = hires(app, "sara")
    now = clock()
    with app.extensions["ivr"].database.transaction() as session:
        who = session.scalars(select(User)).one().id
        for n in range(1, 5):
            times = {"started_at": now, "last_turn_at": now, "ended_at": now}
            known = {"account_sid": "AC", "direction": "outbound", "flow": "callback", "handled_by": who}
            session.add(Call(id=n, sid=f"CA{n}", **known, **times))
            session.flush()
            state = "stored" if n < 4 else "failed"
            session.add(
                Recording(id=n, sid=f"RE{n}", account_sid="AC", call_id=n, state=state, created_at=now, next_try_at=now)
            )
    clock.move(days=1)
    return sara


@pytest.fixture
def samira(app, talks):
    return hires(app, "samira", "supervisor").logs_in()


def grades(samira, call, marks=None, **typed):
    fields = {f"mark.{name}": mark for name, mark in (marks or GOOD).items()}
    return samira.opens(f"/calls/{call}").submits(f"/reviews/calls/{call}", **fields, **typed)


def test_marks_are_weighed(desk):
    form = next(one for one in desk.catalogue.reviews if one.code == "talk")
    assert reviews.score(form, GOOD) == round((15 * 80 + 25 * 100 + 25 * 60 + 25 * 80 + 10 * 40) / 100)
    assert reviews.score(form, dict.fromkeys(GOOD, 100)) == 100
    for wrong in ({}, {**GOOD, "courtesy": 101}, {**GOOD, "other": 1}):
        with pytest.raises(reviews.ReviewError):
            reviews.score(form, wrong)


def test_a_talk_is_graded_with_words_at_their_moment(app, samira, talks):
    remark = {"at.0": "1:07", "voice.0": "1", "remark.0": "asks for the street at last"}
    grades(samira, 1, text="calm and clear", **remark)
    assert samira.reads(labels()["done"]["review"])
    with app.extensions["ivr"].database.reading() as session:
        review = session.scalars(select(Review)).one()
        assert (review.score, review.passed, review.text) == (76, True, "calm and clear")
        assert [mark["mark"] for mark in review.marks] == list(GOOD.values())
        assert session.scalars(select(Remark)).one().second == 67
    talks.logs_in().opens("/my-reviews")
    assert talks.reads("asks for the street at last")
    assert talks.reads("calm and clear")


def test_a_vital_criterion_fails_the_whole(app, samira):
    grades(samira, 1, {**dict.fromkeys(GOOD, 100), "courtesy": 40})
    with app.extensions["ivr"].database.reading() as session:
        review = session.scalars(select(Review)).one()
        assert (review.score, review.passed) == (85, False)


def test_one_grade_by_each_reviewer(app, samira):
    grades(samira, 1)
    assert "/reviews/calls/1" not in samira.opens("/calls/1").page
    token = re.search(r'name="csrf_token" value="([^"]+)"', samira.page)[1]
    again = {f"mark.{name}": 100 for name in GOOD}
    assert samira.client.post("/reviews/calls/1", data={"csrf_token": token, **again}).status_code == 422
    grades(hires(app, "omid", "supervisor").logs_in(), 1, dict.fromkeys(GOOD, 50))
    with app.extensions["ivr"].database.reading() as session:
        assert [review.score for review in session.scalars(select(Review).order_by(Review.id))] == [76, 50]


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"mark.greeting": "101"}, "marks_missing"),
        ({"mark.greeting": ""}, "marks_missing"),
        ({"remark.0": "when?", "at.0": "soon"}, "bad_moment"),
        ({"remark.0": "of whom?", "at.0": "5", "voice.0": "3"}, "unknown_recording"),
    ],
)
def test_a_grade_that_is_refused_leaves_nothing(app, samira, typed, reason):
    marks = {f"mark.{name}": mark for name, mark in GOOD.items()}
    samira.opens("/calls/1").submits("/reviews/calls/1", **{**marks, **typed})
    assert samira.status == 422
    assert samira.reads(labels()["error"][reason])
    assert 'value="100"' in samira.page
    with app.extensions["ivr"].database.reading() as session:
        assert session.scalars(select(Review)).all() == []
        assert session.scalars(select(Remark)).all() == []


def test_talks_are_drawn_that_nobody_graded(samira):
    grades(samira, 2)
    samira.opens("/reviews", query_string={"operator": 1, "days": 7, "n": 5})
    assert set(re.findall(r'row-link" href="/calls/(\d+)"', samira.page)) == {"1", "3"}
    samira.opens("/reviews", query_string={"operator": 1, "days": 7, "n": 1})
    assert len(re.findall(r'row-link" href="/calls/\d+"', samira.page)) == 1
    assert samira.reads("76".translate({ord(d): 0x06F0 + int(d) for d in "0123456789"}))


def test_nobody_grades_their_own_talk(app, samira):
    with app.extensions["ivr"].database.transaction() as session:
        session.get(Call, 1).handled_by = session.scalars(select(User).where(User.name == "samira")).one().id
    assert grades(samira, 1).status == 422
    assert samira.reads(labels()["error"]["own_talk"])

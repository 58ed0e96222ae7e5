"""Users and their sessions, as an administrator arranges them."""

import re

import pytest

from db.models import User
from ivr.services import users
from tests.web.staff import PASSWORD, Staff, hires


@pytest.fixture
def admin(app):
    return hires(app, "admin", "administrator").logs_in()


def number_of(app, name):
    with app.extensions["ivr"].database.reading() as session:
        return session.query(User).filter_by(name=name).one().id


def one_time(page):
    return re.search(r"<code[^>]*>([^<]+)</code>", page).group(1)


def adds(admin, **typed):
    given = {"name": "sara", "full_name": "Sara", "role": "operator", "scope": "", "telephone": "", **typed}
    return admin.opens("/day/people").submits("/day/people", **given)


def test_a_user_is_added_and_logs_in_with_the_password_shown_once(app, admin):
    password = one_time(adds(admin, telephone="sip:101").page)
    assert password not in admin.opens("/day/people").page
    sara = Staff(app, "sara").logs_in(password)
    assert sara.visited[-1] == "/password"
    with app.extensions["ivr"].database.reading() as session:
        assert session.get(User, number_of(app, "sara")).telephone == "sip:101"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "S"},
        {"name": "admin"},
        {"role": "king"},
        {"role": "district"},
        {"role": "district", "scope": "unit.parks"},
        {"telephone": "+14155550100"},
        {"telephone": "client:"},
    ],
)
def test_what_cannot_be_is_refused(app, admin, wrong):
    assert adds(admin, **wrong).status == 422
    with app.extensions["ivr"].database.reading() as session:
        assert session.query(User).count() == 1


def test_another_role_ends_the_sessions_and_another_telephone_does_not(app, admin):
    sara = hires(app, "sara").logs_in()
    number = number_of(app, "sara")
    form = {"full_name": "", "role": "operator", "scope": "", "telephone": "0912 345 6789"}
    admin.opens("/day/people").submits(f"/day/people/{number}", **form)
    assert sara.opens("/tickets").status == 200
    assert sara.visited[-1] == "/tickets"
    form |= {"role": "district", "scope": "district.3"}
    admin.opens("/day/people").submits(f"/day/people/{number}", **form)
    assert sara.opens("/tickets").visited[-1] == "/login"
    with app.extensions["ivr"].database.reading() as session:
        user = session.get(User, number)
        assert (user.role, user.scope, user.telephone) == ("district", "district.3", "+989123456789")


def test_a_disabled_user_is_out_at_once_and_cannot_come_back(app, admin):
    sara = hires(app, "sara").logs_in()
    number = number_of(app, "sara")
    admin.opens("/day/people").submits(f"/day/people/{number}/disable")
    assert sara.opens("/tickets").visited[-1] == "/login"
    assert sara.submits("/login", name="sara", password=PASSWORD).status == 401
    admin.opens("/day/people").submits(f"/day/people/{number}/enable")
    assert sara.submits("/login", name="sara", password=PASSWORD).status == 200


def test_a_forgotten_password_is_replaced(app, admin):
    sara = hires(app, "sara").logs_in()
    password = one_time(admin.opens("/day/people").submits(f"/day/people/{number_of(app, 'sara')}/password").page)
    assert sara.opens("/tickets").visited[-1] == "/login"
    assert sara.submits("/login", name="sara", password=PASSWORD).status == 401
    assert sara.submits("/login", name="sara", password=password).visited[-1] == "/password"


def test_sessions_are_ended_one_by_one_or_all(app, admin):
    sara = hires(app, "sara").logs_in()
    admin.opens("/day/people").submits("/day/people/sessions/2/end")
    assert sara.opens("/tickets").visited[-1] == "/login"
    sara.submits("/login", name="sara", password=PASSWORD)
    admin.opens("/day/people").submits(f"/day/people/{number_of(app, 'sara')}/sessions/end")
    assert sara.opens("/tickets").visited[-1] == "/login"


def test_the_last_administrator_stays(app, admin):
    number = number_of(app, "admin")
    form = {"full_name": "", "role": "supervisor", "scope": "", "telephone": ""}
    assert admin.opens("/day/people").submits(f"/day/people/{number}", **form).status == 422
    assert admin.opens("/day/people").submits(f"/day/people/{number}/disable").status == 422
    hires(app, "second", "administrator")
    admin.opens("/day/people").submits(f"/day/people/{number}/disable")
    assert admin.opens("/day").visited[-1] == "/login"


def test_the_first_user_of_an_installation_is_an_administrator(database, clock):
    with database.transaction() as session:
        name, _ = users.ensure_first(session, clock())
        assert session.query(User).one().role == "administrator"
        assert name == "supervisor"

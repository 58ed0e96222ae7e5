"""A second proof for supervisors and administrators: a code of the telephone after the password."""

import re
from urllib.parse import unquote

import pyotp
import pytest
from sqlalchemy import select

from db.models import Audit, User
from ivr.persian import persian_digits
from tests.web.staff import PASSWORD, Staff, hires
from tests.web.test_people import number_of


class Telephone:
    """An application that shows codes of a key."""

    def __init__(self, key, clock):
        self.totp, self.clock = pyotp.TOTP(key), clock

    def code(self, steps=0):
        return self.totp.at(int(self.clock().timestamp()) + 30 * steps)


def sets_up(person, clock):
    """Set up the second proof as a person does; give the telephone."""
    person.opens("/second-proof").submits("/second-proof/prepare", password=PASSWORD)
    telephone = Telephone(re.search(r'<code class="key"[^>]*>([A-Z2-7]+)</code>', person.page)[1], clock)
    person.submits("/second-proof/confirm", code=telephone.code())
    assert person.status == 200
    clock.move(seconds=30)
    return telephone


@pytest.fixture
def samira(app):
    return hires(app, "samira", "supervisor").logs_in()


@pytest.fixture
def telephone(samira, clock):
    return sets_up(samira, clock)


def deeds(app):
    with app.extensions["ivr"].database.reading() as session:
        return [line.action for line in session.scalars(select(Audit).order_by(Audit.id))]


def user(app, name="samira"):
    with app.extensions["ivr"].database.reading() as session:
        return session.scalars(select(User).where(User.name == name)).one()


def require(desk):
    console = desk.config.console.model_copy(update={"second_proof": "required"})
    object.__setattr__(desk.config, "console", console)  # settings are frozen; this test has its own installation


def test_the_code_is_asked_after_the_password_and_before_everything_else(app, samira, telephone):
    somebody = Staff(app, "samira")
    somebody.opens("/calls")
    somebody.submits("/login", name="samira", password=PASSWORD)
    assert (somebody.visited[-1], somebody.status) == ("/login/code", 200)
    half = somebody.client.get_cookie("ivr_session").value
    for path in ("/calls", "/tickets", "/password", "/second-proof", "/day/people"):
        assert Staff.opens(somebody, path).visited[-1] == "/login", path
    somebody.opens("/login/code?next=/calls").submits("/login/code", code=telephone.code())
    assert somebody.visited[-1] == "/calls"
    whole = somebody.client.get_cookie("ivr_session").value
    thief = Staff(app)
    thief.client.set_cookie("ivr_session", half)
    assert thief.opens("/tickets").visited[-1] == "/login"
    assert half != whole


def test_no_code_is_taken_twice_and_none_that_is_older(app, samira, telephone, clock):
    assert samira.submits("/logout").status == 200
    clock.move(seconds=30)
    earlier, now = telephone.code(-1), telephone.code()
    samira.logs_in().submits("/login/code", code=now)
    assert samira.visited[-1] == "/tickets"
    samira.submits("/logout")
    for used in (now, earlier):
        assert samira.logs_in().submits("/login/code", code=used).status == 401
    clock.move(seconds=30)
    assert samira.submits("/login/code", code=telephone.code()).visited[-1] == "/tickets"


@pytest.mark.parametrize("steps", [-3, -2, 2, 3, 1000])
def test_a_code_of_another_time_is_none(app, samira, telephone, clock, steps):
    clock.move(minutes=5)
    samira.submits("/logout")
    assert samira.logs_in().submits("/login/code", code=telephone.code(steps)).status == 401


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "\u0661\u0662", "\u00e9" * 6, "000000\x00", "-00001"]
)
def test_what_is_no_code_is_none(app, samira, telephone, code):
    samira.submits("/logout")
    assert samira.logs_in().submits("/login/code", code=code).status == 401


def test_a_code_may_be_typed_in_persian_and_with_a_space(app, samira, telephone):
    samira.submits("/logout")
    code = persian_digits(telephone.code())
    assert samira.logs_in().submits("/login/code", code=f"{code[:3]} {code[3:]}").visited[-1] == "/tickets"


def test_wrong_codes_lock_the_name_though_the_password_is_right_and_longer_each_time(app, samira, telephone, clock):
    samira.submits("/logout")
    for minutes in (10, 20, 40):
        for n in range(5):
            if n % 2 == 0:
                samira.logs_in()
            assert samira.submits("/login/code", code="000000").status == 401
        assert samira.logs_in().status == 401
        clock.move(minutes=minutes - 1)
        assert samira.logs_in().status == 401, f"locked for {minutes} minutes"
        clock.move(minutes=2)
    assert samira.logs_in().submits("/login/code", code=telephone.code()).visited[-1] == "/tickets"
    samira.submits("/logout")
    assert user(app).lockouts == 0


def test_wrong_passwords_lock_longer_each_time_and_never_beyond_a_day(app, clock):
    zahra = hires(app)
    for minutes in (10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440):
        for _ in range(5):
            zahra.logs_in("a wrong password")
        clock.move(minutes=minutes - 1)
        assert zahra.logs_in().status == 401
        clock.move(minutes=2)
    assert zahra.logs_in().status == 200


def test_half_a_login_is_over_after_five_minutes(app, samira, telephone, clock):
    samira.submits("/logout")
    samira.logs_in()
    clock.move(minutes=6)
    samira.submits("/login/code", code=telephone.code())
    assert samira.status == 401
    assert samira.opens("/login/code").visited[-1] == "/login"


def test_setting_up_needs_the_password_and_a_first_code_and_ends_other_sessions(app, samira, clock):
    elsewhere = Staff(app, "samira").logs_in()
    assert samira.opens("/second-proof").submits("/second-proof/prepare", password="wrong").status == 422
    samira.submits("/second-proof/prepare", password=PASSWORD)
    assert samira.submits("/second-proof/confirm", code="000000").status == 422
    assert user(app).proof_since is None
    assert elsewhere.opens("/tickets").visited[-1] == "/tickets"
    sets_up(samira, clock)
    assert samira.opens("/tickets").visited[-1] == "/tickets"
    assert elsewhere.opens("/tickets").visited[-1] == "/login"


def test_the_picture_is_drawn_here_and_says_the_key(app, samira):
    samira.opens("/second-proof").submits("/second-proof/prepare", password=PASSWORD)
    assert "<path" in unquote(re.search(r'src="data:image/svg\+xml[^,]*,([^"]+)"', samira.page)[1])
    assert "img-src 'self' data:" in samira.headers["Content-Security-Policy"]
    assert samira.headers["Cache-Control"] == "no-store"


def test_the_key_is_shown_no_more_once_it_counts_and_lies_closed_in_the_database(app, samira, telephone):
    key = telephone.totp.secret
    assert key not in samira.opens("/second-proof").page
    assert user(app).proof_secret
    assert key not in user(app).proof_secret


def test_taking_it_off_needs_password_and_code(app, samira, telephone):
    samira.opens("/second-proof")
    assert samira.submits("/second-proof/remove", password="wrong", code=telephone.code()).status == 422
    assert samira.submits("/second-proof/remove", password=PASSWORD, code="000000").status == 422
    assert samira.submits("/second-proof/remove", password=PASSWORD, code=telephone.code()).status == 200
    samira.submits("/logout")
    assert samira.logs_in().visited[-1] == "/tickets"
    assert deeds(app) == ["login", "proof_set", "proof_failed", "proof_removed", "login"]


def test_an_administrator_helps_whoever_lost_the_telephone(app, samira, telephone):
    admin = hires(app, "admin", "administrator").logs_in()
    admin.opens("/day/people").submits(f"/day/people/{number_of(app, 'samira')}/proof/reset")
    assert samira.opens("/tickets").visited[-1] == "/login"
    assert samira.logs_in().visited[-1] == "/tickets"
    assert deeds(app)[-2:] == ["proof_reset", "login"]


def test_where_it_is_required_nothing_else_comes_first(app, desk):
    require(desk)
    for name, role in (("samira", "supervisor"), ("admin", "administrator")):
        person = hires(app, name, role).logs_in()
        for path in ("/tickets", "/calls", "/callbacks", "/day/people", "/phone?line=operator"):
            assert person.opens(path).visited[-1] in {"/second-proof", "/login"}, path
    assert hires(app).logs_in().visited[-1] == "/tickets", "operators are not asked"


def test_where_it_is_required_whoever_set_it_up_works_on(app, desk, clock):
    samira = hires(app, "samira", "supervisor")
    require(desk)
    sets_up(samira.logs_in(), clock)
    assert samira.opens("/calls").visited[-1] == "/calls"


def test_a_changed_key_of_the_server_lets_nobody_in_without_help(app, desk, samira, telephone):
    server = desk.config.server.model_copy(update={"secret_key": type(desk.config.server.secret_key)("another")})
    object.__setattr__(desk.config, "server", server)
    samira.submits("/logout")
    assert samira.logs_in().submits("/login/code", code=telephone.code()).status == 401


def test_a_failed_code_is_written_down(app, samira, telephone):
    samira.submits("/logout")
    samira.logs_in().submits("/login/code", code="000000")
    samira.submits("/login/code", code=telephone.code())
    assert deeds(app) == ["login", "proof_set", "proof_failed", "login"]

"""Who gets in."""

import pytest

from tests.web.staff import PASSWORD, Staff, hires


def test_a_stranger_is_sent_to_the_login_page_and_onward_from_there(app):
    zahra = hires(app)
    zahra.opens("/callbacks")
    assert zahra.visited[-1] == "/login"
    zahra.submits("/login", name="zahra", password=PASSWORD)
    assert (zahra.status, zahra.visited[-1]) == (200, "/callbacks")


@pytest.mark.parametrize(
    "onward", ["//evil.test/", "https://evil.test", "/\\evil.test", "/\t/evil.test", "javascript:x"]
)
def test_nobody_is_sent_elsewhere_after_login(app, onward):
    zahra = hires(app)
    zahra.opens("/login", query_string={"next": onward})
    zahra.submits("/login", name="zahra", password=PASSWORD)
    assert zahra.visited[-1] == "/tickets"


def test_logging_out_ends_the_session_on_our_side_too(app):
    zahra = hires(app).logs_in()
    kept = zahra.client.get_cookie("ivr_session").value
    zahra.submits("/logout")
    thief = Staff(app)
    thief.client.set_cookie("ivr_session", kept)
    assert thief.opens("/tickets").visited[-1] == "/login"
    assert zahra.opens("/tickets").visited[-1] == "/login"


def test_five_wrong_passwords_lock_the_name_for_ten_minutes(app, clock):
    zahra = hires(app)
    for _ in range(5):
        assert zahra.logs_in("a wrong password").status == 401
    assert zahra.logs_in().status == 401
    clock.move(minutes=11)
    assert zahra.logs_in().visited[-1] == "/tickets"


def test_a_one_time_password_must_be_changed_first(app):
    maryam = hires(app, "maryam", "supervisor", must_change=True).logs_in()
    assert maryam.visited[-1] == "/password"
    assert maryam.opens("/callbacks").visited[-1] == "/password"
    for old, new, again in (
        ("a wrong password", "my own password", "my own password"),
        (PASSWORD, "my own password", "another password"),
        (PASSWORD, "short", "short"),
        (PASSWORD, PASSWORD, PASSWORD),
    ):
        assert maryam.submits("/password", old=old, new=new, again=again).status == 422
    maryam.submits("/password", old=PASSWORD, new="my own password", again="my own password")
    assert (maryam.status, maryam.visited[-1]) == (200, "/tickets")
    assert hires(app, "ali").logs_in().status == 200
    assert Staff(app, "maryam").logs_in(PASSWORD).status == 401
    assert Staff(app, "maryam").logs_in("my own password").visited[-1] == "/tickets"


def test_changing_the_password_ends_the_other_sessions(app):
    at_the_desk, elsewhere = hires(app).logs_in(), Staff(app, "zahra").logs_in()
    at_the_desk.opens("/password")
    at_the_desk.submits("/password", old=PASSWORD, new="my own password", again="my own password")
    assert at_the_desk.opens("/tickets").visited[-1] == "/tickets"
    assert elsewhere.opens("/tickets").visited[-1] == "/login"


def test_a_form_without_its_token_is_refused(app):
    hires(app)
    answer = app.test_client().post("/login", data={"name": "zahra", "password": PASSWORD})
    assert answer.status_code == 400
    assert 'lang="fa"' in answer.get_data(as_text=True)


def test_pages_of_the_desk_are_kept_by_no_browser_and_framed_by_nobody(app):
    zahra = hires(app).logs_in()
    assert zahra.headers["Cache-Control"] == "no-store"
    assert zahra.headers["X-Content-Type-Options"] == "nosniff"
    assert zahra.headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in zahra.headers["Content-Security-Policy"]
    assert "unsafe" not in zahra.headers["Content-Security-Policy"]

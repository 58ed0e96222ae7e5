"""Whose browser is a line of the exchange's."""

from datetime import UTC, datetime

from ivr.services import users

NOW = datetime(2026, 11, 25, tzinfo=UTC)
PASSWORD = "a long password"


def test_whoever_is_out_has_no_line_and_their_extension_is_still_nobody_elses(database):
    with database.transaction() as session:
        for name, telephone in (("sara", ""), ("reza", ""), ("zahra", "sip:mina"), ("mina", "")):
            users.add(session, name, "operator", PASSWORD, NOW, telephone=telephone)
        session.flush()
        assert users.in_browsers(session) == ["reza", "sara"]
        for name in ("reza", "zahra"):
            users.people.user_named(session, name).disabled_at = NOW
        session.flush()
        assert users.in_browsers(session) == ["sara"]

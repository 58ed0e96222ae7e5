"""PostgreSQL ends a connection in the middle of a turn, as a restart or a proxy does: the caller notices nothing."""

import pytest
from sqlalchemy import event, text

from ivr.services.desk import open_spool

ALL = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()")
RE1 = "RE" + "1" * 32


@pytest.fixture
def database_url(postgres):
    yield (url := postgres.create("connection_lost", "template_house"))
    postgres.drop(url)


@pytest.fixture
def ends_all(database, postgres):
    """End every connection to this house, as the database's own administrator."""
    other = type(database)(postgres.url())

    def ends():
        with other.reading() as session:
            session.execute(ALL, {"name": database.engine.url.database})

    yield ends
    other.close()


def before(engine, ends):
    ends()


def at_the_commit(engine, ends):
    event.listen(engine, "commit", lambda _: ends(), once=True)


def after_the_commit(engine, ends):
    """Take it, and lose the answer."""
    do_commit = engine.dialect.do_commit

    def loses(connection):
        engine.dialect.do_commit = do_commit
        do_commit(connection)
        ends()
        connection.execute("SELECT 1")

    engine.dialect.do_commit = loses


@pytest.mark.parametrize("when", [before, at_the_commit, after_the_commit])
def test_a_turn_is_taken_once_over_the_next_connection(line, config, database, ends_all, when):
    caller = line.dials().presses("1").presses("3").presses("3")
    when(database.engine, ends_all)
    caller.speaks(RE1)
    caller.presses("1").presses("2").hangs_up()
    (ticket,) = line.rows("tickets")
    assert [row["sid"] for row in line.rows("recordings")] == [RE1]
    assert ticket["code"]
    assert not list(open_spool(config, "web").waiting())


def test_a_database_that_ends_every_connection_is_away(line, config, database, ends_all):
    caller = line.dials()
    event.listen(database.engine, "commit", lambda _: ends_all())
    caller.presses("1")
    assert caller.waits("Record") is not None
    assert len(list(open_spool(config, "web").waiting())) == 1

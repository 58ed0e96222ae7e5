"""Every column of words is known to be personal or not: a new one must say which before anything is kept in it."""

from sqlalchemy import JSON, BigInteger, String

from db.models import Base
from db.personal import APPEND_ONLY, NOT_PERSONAL, PERSONAL

COUNTS = {("user", "proof_step"), ("figure_day", "n")}


def could_hold_a_number():
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String | JSON | BigInteger) and (table.name, column.name) not in COUNTS:
                yield table.name, column.name


def named(columns):
    return {(table, column) for table, columns_of in columns.items() for column in columns_of}


def test_every_column_that_could_hold_a_number_is_named_once():
    assert named(PERSONAL) | named(NOT_PERSONAL) == set(could_hold_a_number())
    assert not named(PERSONAL) & named(NOT_PERSONAL)


def test_every_personal_table_has_one_key():
    assert all(len(Base.metadata.tables[name].primary_key) == 1 for name in PERSONAL)


def test_tables_that_only_grow_are_the_ones_the_database_guards(database):
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            query = "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'"
        else:
            query = "SELECT DISTINCT event_object_table FROM information_schema.triggers"
        assert {name for (name,) in connection.exec_driver_sql(query)} == set(APPEND_ONLY)

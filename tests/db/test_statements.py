"""What a turn costs the database, in statements: counted, because times depend on the machine."""

import pytest
from sqlalchemy import event


class Counted:
    """Counts the statements of one act."""

    def __init__(self, engine):
        self.said = []
        event.listen(engine, "before_cursor_execute", self._hears)

    def _hears(self, connection, cursor, statement, *_):
        if not statement.startswith("BEGIN"):
            self.said.append(" ".join(statement.split()))

    def of(self, act):
        self.said.clear()
        act()
        return len(self.said)


@pytest.fixture
def counted(database):
    return Counted(database.engine)


MOST = {"answered": 3, "a key": 2, "a voice": 3, "news of it": 2, "its ticket": 7, "a hang-up": 3}
ASUNDER = {"answered", "a key", "a voice", "its ticket"}  # SQLite keeps a turn and changes its call in two statements


def test_a_turn_has_few_statements(line, counted, database):
    caller = line.dials(answered=False)
    line.dials()  # what is looked up once is known by now
    took = {"answered": counted.of(caller.answer), "a key": counted.of(lambda: caller.presses("1"))}
    caller.presses("1").presses("3")
    took["a voice"] = counted.of(lambda: caller.speaks("RE" + "1" * 32))
    took["news of it"] = counted.of(lambda: caller.reports("RE" + "1" * 32))
    took["its ticket"] = counted.of(lambda: caller.presses("1"))
    took["a hang-up"] = counted.of(caller.hangs_up)
    more = ASUNDER if database.engine.dialect.name == "sqlite" else set()
    assert {name: many for name, many in took.items() if many > MOST[name] + (name in more)} == {}


def test_a_call_is_updated_once_a_turn(line, counted):
    caller = line.dials()
    counted.of(lambda: caller.presses("1"))
    assert sum("UPDATE call " in said for said in counted.said) == 1

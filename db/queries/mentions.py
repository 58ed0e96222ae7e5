"""Where a number is spelled out, in any column that may hold one: looked for a stretch of rows at a time."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ColumnElement, Table, Text, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session

from db.models import Base
from db.personal import APPEND_ONLY, PERSONAL
from db.queries.citizens import QUIETLY, permitted

STRETCH = 5000  # rows that one statement looks at
BETWEEN = " -./()\u200c"  # what people write between digits
DIGITS = {chr(first + n): str(n) for first in (0x06F0, 0x0660) for n in range(10)}


@dataclass(frozen=True)
class Mention:
    """A row in which the number stands, and the columns it stands in, as they are."""

    table: str
    key: Any
    found: dict[str, Any]


Rewrite = Callable[[str], str]


def stretches(session: Session) -> Iterator[tuple[str, Any, Any]]:
    """Cut all tables that may mention somebody into stretches of rows: from a key, to a key, both included."""
    for name in PERSONAL:
        table = Base.metadata.tables[name]
        (key,) = table.primary_key
        if key.type.python_type is not int:
            yield name, None, None
            continue
        first, last = session.execute(select(func.min(key), func.max(key))).one()
        for start in range(first or 0, (last or -1) + 1, STRETCH):
            yield name, start, start + STRETCH - 1


def of(
    session: Session, stretch: tuple[str, Any, Any], endings: tuple[str, ...], says: Callable[[str], bool]
) -> list[Mention]:
    """Find the rows of a stretch that hold one of these rows of digits, and that `says` agrees to."""
    name, first, last = stretch
    table = Base.metadata.tables[name]
    (key,) = table.primary_key
    columns = [table.c[column] for column in PERSONAL[name]]
    near = or_(*(_digits(column).contains(ending) for column in columns for ending in endings))
    query = select(key.label("key"), *columns).where(near)
    if first is not None:
        query = query.where(key.between(first, last))
    found = []
    for row in session.execute(query).mappings():
        said = {one.name: row[one.name] for one in columns if row[one.name] and says(_written(row[one.name]))}
        if said:
            found.append(Mention(name, row["key"], said))
    return found


def rewrite(session: Session, mention: Mention, instead: Rewrite) -> None:
    """Write something else in the number's place; a line of history is blanked there, for it may not be rewritten."""
    table = Base.metadata.tables[mention.table]
    (key,) = table.primary_key
    if mention.table in APPEND_ONLY:
        with permitted(session, "blank"):
            _update(session, table, key == mention.key, dict.fromkeys(mention.found, ""))
        return
    if key.name in mention.found:
        session.execute(delete(table).where(key == mention.key), execution_options=QUIETLY)
        return
    values = {name: _rewritten(value, instead) for name, value in mention.found.items()}
    _update(session, table, key == mention.key, values)


def _update(session: Session, table: Table, where: ColumnElement[bool], values: dict[str, Any]) -> None:
    session.execute(update(table).where(where).values(values), execution_options=QUIETLY)


def _rewritten(value: Any, instead: Rewrite) -> Any:
    return instead(value) if isinstance(value, str) else json.loads(instead(_written(value)))


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _digits(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Read a column with nothing between its digits, and these in ASCII."""
    words: ColumnElement[str] = cast(column, Text) if isinstance(column.type, JSON) else column
    for one in BETWEEN:
        words = func.replace(words, one, "")
    for written, digit in DIGITS.items():
        words = func.replace(words, written, digit)
    return words

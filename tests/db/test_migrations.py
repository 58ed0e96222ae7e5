"""Migrations: numbered, one head, and the schema that the models describe."""

import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from db import migrate
from db.models import Base

MIGRATIONS = Path(migrate.__file__).parent / "migrations"


def test_they_are_numbered_and_have_one_head():
    names = sorted(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z_]+", name) for name in names)
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_they_build_what_the_models_describe(tmp_path):
    url = f"sqlite:///{tmp_path / 'house.db'}"
    migrate.upgrade(url)
    migrate.upgrade(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        difference = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata
        )
    engine.dispose()
    assert difference == []

"""What a restore leaves, looked at without the hotline."""

from sqlalchemy import create_engine, select

from db import dumping
from db.models import Base
from ivr.config import Backup


def with_keys(config, path):
    return config.model_copy(update={"backup": Backup(keys_file=str(path))})


def rows_of(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return found


def nothing_is_in(config):
    assert not config.data.dir.exists() or [one for one in config.data.dir.rglob("*") if one.is_file()] == []
    return dumping.is_empty(config.database_url)

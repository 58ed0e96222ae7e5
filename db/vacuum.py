"""What a database keeps of rows that are gone."""

from sqlalchemy import NullPool, create_engine, make_url

PATIENCE_SECONDS = 30


def rewrite(url: str) -> bool:
    """Write SQLite's file anew, without what rows left in it; say whether that was done. Raises SQLAlchemyError.

    PostgreSQL sees to its own files.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return False
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": PATIENCE_SECONDS})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM")
        busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return not busy

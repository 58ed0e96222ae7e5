"""The cellar: tables, queries, transactions. Knows SQLAlchemy and nothing of ivr."""

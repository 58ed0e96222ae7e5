"""Calls of the years before, put into the database at once: a turn must not take longer because of them."""

import time

from sqlalchemy import create_engine, text

from bench.figures import FILL, NOW

TURNS = 5
MORE = [
    f"""INSERT INTO turn (call_id, n, node, event, keys, reply, heard, at)
    SELECT c.id, n, 'main', 'pressed', '1', repeat('<Play>https://137.example.ir/audio/0123456789abcdef.wav</Play>', 8),
        'main_menu', c.started_at + n * interval '9 seconds' FROM call c, generate_series(0, {TURNS - 1}) n""",
    """INSERT INTO recording (sid, account_sid, call_id, ticket_id, kind, state, replaced, reported_seconds, seconds,
        sha256, path, tries, next_try_at, last_error, created_at, stored_at)
    SELECT 'RE' || id, 'AC', call_id, id, 'issue', 'stored', false, 4, 4, repeat('0', 64), id || '.wav', 1, opened_at, '',
        opened_at, opened_at FROM ticket""",
    """INSERT INTO ticket_event (ticket_id, at, author, kind, old, new, text)
    SELECT id, opened_at, 'hotline', 'opened', '', state, '' FROM ticket""",
    """INSERT INTO call_text (call_id, words) SELECT call_id, 'road lamp rain ' || (id % 5000) FROM ticket""",
    """INSERT INTO ticket_text (ticket_id, words) SELECT id, 'road lamp rain ' || (id % 5000) FROM ticket""",
    """INSERT INTO audit (at, actor, action, target, detail, address)
    SELECT opened_at, 'op' || id % 12, 'listened', code, '', '' FROM ticket""",
    """INSERT INTO code_failure (caller, at) SELECT coalesce(caller, ''), started_at FROM call WHERE id % 10 = 0""",
    """INSERT INTO login (token_hash, user_id, created_at, expires_at)
    SELECT 'h' || id, 101 + id % 12, started_at, started_at + interval '10 hours' FROM call WHERE id % 50 = 0""",
]
# In two steps: of two conditions PostgreSQL may look at either first, and not every table has an "id".
SEQUENCES = """WITH counted AS MATERIALIZED (
        SELECT pg_get_serial_sequence(quote_ident(table_name), 'id') AS sequence
        FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id'
    )
    SELECT setval(sequence, CAST(:calls AS bigint)) FROM counted WHERE sequence IS NOT NULL"""


def with_calls(url, calls):
    """Fill an empty PostgreSQL with so many calls, and say how long each kind of row took."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in (*FILL[:-1], SEQUENCES, *MORE, "VACUUM ANALYZE"):
            began, named = time.monotonic(), {"now": NOW, "calls": calls}
            values = {name: value for name, value in named.items() if f":{name}" in statement}
            connection.execute(text(statement), values)
            print(f"  {' '.join(statement.split()[:3]):30} {time.monotonic() - began:6.1f} s", flush=True)
    engine.dispose()

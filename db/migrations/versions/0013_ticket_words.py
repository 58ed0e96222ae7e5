"""ticket words: what is written on a ticket, wherever, as it is looked for"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

KEPT = 100_000
JOINED = {"postgresql": "string_agg(text, ' ')", "sqlite": "group_concat(text, ' ')"}

# What was written so far.
FILLED = """INSERT INTO ticket_text (ticket_id, words)
    SELECT id, substr(replace(words, '\u200c', ' '), 1, {kept}) FROM (
        SELECT id, answer || ' ' || address || ' ' || description || ' ' || coalesce((
            SELECT {joined} FROM ticket_event WHERE ticket_event.ticket_id = ticket.id AND text <> ''), '') AS words
        FROM ticket) written
    WHERE trim(words) <> '' ORDER BY id"""


def upgrade() -> None:
    op.create_table(
        "ticket_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_text_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_text")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_ticket_text_ticket_id")),
    )
    dialect = op.get_bind().dialect.name
    op.execute(FILLED.format(kept=KEPT, joined=JOINED[dialect]))
    if dialect == "postgresql":
        op.execute("CREATE INDEX ix_ticket_text_words ON ticket_text USING gin (to_tsvector('simple', words))")

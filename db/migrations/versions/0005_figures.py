"""figures"""

import sqlalchemy as sa
from alembic import op

from db.models.base import Moment

revision = "0005"
down_revision = "0004"

INDEXES = [
    ("call", "ix_call_caller_started_at", ["caller", "started_at"]),
    ("call", "ix_call_ended_at", ["ended_at"]),
    ("ticket", "ix_ticket_changed_at", ["changed_at"]),
    ("callback", "ix_callback_requested_at", ["requested_at"]),
    ("attempt", "ix_attempt_created_at", ["created_at"]),
]


def upgrade() -> None:
    op.create_table(
        "figure_day",
        sa.Column("subject", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("measure", sa.String(length=24), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "day", "key", "measure", name=op.f("pk_figure_day")),
    )
    op.create_index("ix_figure_day_day", "figure_day", ["day"])
    op.create_table(
        "figure_span",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("district", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=48), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("halves", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_span")),
    )
    op.create_index("ix_figure_span_what_day", "figure_span", ["what", "day"])
    op.create_index("ix_figure_span_day", "figure_span", ["day"])
    op.create_table(
        "figure_state",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("renewed_at", Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_figure_state")),
    )
    op.create_index(op.f("ix_figure_state_stale"), "figure_state", ["stale"])
    op.create_table(
        "figure_look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_look")),
    )
    op.create_table(
        "marked_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_marked_day")),
    )
    for table, name, columns in INDEXES:
        op.create_index(name, table, columns)

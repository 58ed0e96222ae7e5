"""archived turns: which month's archive holds a call's turns, and where that archive lies"""

import sqlalchemy as sa
from alembic import op

import db.models.base

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "turn_archive",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("nameless", sa.Boolean(), nullable=False),
        sa.Column("made_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_turn_archive")),
    )
    op.add_column("call", sa.Column("archived", sa.String(length=7), nullable=True))

"""sealed files"""

import sqlalchemy as sa
from alembic import op

from db.models.base import Moment

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "file_key",
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("master", sa.String(length=16), nullable=False),
        sa.Column("wrapped", sa.String(length=160), nullable=False),
        sa.Column("due_at", Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_file_key")),
    )
    op.create_index(op.f("ix_file_key_master"), "file_key", ["master"])
    op.create_index(op.f("ix_file_key_due_at"), "file_key", ["due_at"])

"""second proof"""

import sqlalchemy as sa
from alembic import op

from db.models.base import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proof_secret", sa.String(length=255), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("proof_since", Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("proof_step", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("lockouts", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proven", sa.Boolean(), nullable=False, server_default=sa.true()))

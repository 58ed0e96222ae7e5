"""the number of a call's last turn, on the call itself"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("call", sa.Column("last_turn", sa.Integer()))

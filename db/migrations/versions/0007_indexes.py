"""indexes that the sweep and the pages look into"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("ix_attempt_state_created_at", "attempt", ["state", "created_at"])
    op.create_index("ix_attempt_ended_at", "attempt", ["ended_at"])
    op.create_index("ix_attempt_wrapped_at", "attempt", ["wrapped_at"])
    waits = sa.text("waits_for_place")
    op.create_index("ix_ticket_waits_for_place", "ticket", ["id"], sqlite_where=waits, postgresql_where=waits)

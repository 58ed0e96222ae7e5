"""running the day"""

import sqlalchemy as sa
from alembic import op

import db.models.base

revision = "0004"
down_revision = "0003"

# An installation that has supervisors and no administrator would have nobody to make one: the first becomes it.
FIRST_ADMINISTRATOR = """UPDATE "user" SET role = 'administrator'
WHERE id = (SELECT MIN(id) FROM "user" WHERE role = 'supervisor')"""


def upgrade() -> None:
    op.create_table(
        "caller_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("starts_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("ends_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("lifted_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller_limit")),
    )
    with op.batch_alter_table("caller_limit", schema=None) as batch_op:
        batch_op.create_index("ix_caller_limit_number_ends_at", ["number", "ends_at"], unique=False)

    op.create_table(
        "catalogue_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("edits", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_version")),
        sa.UniqueConstraint("number", name=op.f("uq_catalogue_version_number")),
    )
    op.create_table(
        "manager_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("host", sa.String(length=80), nullable=False),
        sa.Column("telephone", sa.String(length=64), nullable=False),
        sa.Column("starts_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("ends_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("created_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("cancelled_at", db.models.base.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manager_session")),
    )
    with op.batch_alter_table("manager_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manager_session_ends_at"), ["ends_at"], unique=False)

    op.create_table(
        "situation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("starts_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("ends_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("ended_by", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_situation_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_situation")),
    )
    with op.batch_alter_table("situation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_situation_ends_at"), ["ends_at"], unique=False)

    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("clip", sa.String(length=32), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("starts_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("ends_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("created_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("withdrawn_at", db.models.base.Moment(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=64), nullable=False),
        sa.Column("callback_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["callback_id"], ["callback.id"], name=op.f("fk_announcement_callback_id_callback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_announcement_callback_id"), ["callback_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_announcement_ends_at"), ["ends_at"], unique=False)

    op.create_table(
        "session_guest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("callback_id", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("at", db.models.base.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_session_guest_call_id_call")),
        sa.ForeignKeyConstraint(["callback_id"], ["callback.id"], name=op.f("fk_session_guest_callback_id_callback")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["manager_session.id"], name=op.f("fk_session_guest_session_id_manager_session")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_session_guest_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_guest")),
    )
    with op.batch_alter_table("session_guest", schema=None) as batch_op:
        batch_op.create_index("uq_session_guest_session_id_call_id", ["session_id", "call_id"], unique=True)
        batch_op.create_index("uq_session_guest_session_id_ticket_id", ["session_id", "ticket_id"], unique=True)

    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("disabled_at", db.models.base.Moment(timezone=True), nullable=True))

    op.execute(FIRST_ADMINISTRATOR)

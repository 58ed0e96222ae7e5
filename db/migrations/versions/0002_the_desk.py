"""the desk"""

import sqlalchemy as sa
from alembic import op

import db.models.base

revision = "0002"
down_revision = "0001"

# A line of history, once written, stays as it is, whoever is at the database.
APPEND_ONLY = {
    "sqlite": [
        f"""CREATE TRIGGER ticket_event_no_{verb.lower()} BEFORE {verb} ON ticket_event
        BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"""
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        """CREATE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$""",
        """CREATE TRIGGER ticket_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_event
        FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()""",
    ],
}


def upgrade() -> None:
    op.create_table(
        "presence",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("since", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("seen_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("changed_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_presence_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_presence")),
    )
    with op.batch_alter_table("presence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_presence_changed_at"), ["changed_at"], unique=False)

    op.create_table(
        "photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("at", db.models.base.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_photo_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
    )
    with op.batch_alter_table("photo", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_ticket_id"), ["ticket_id"], unique=False)

    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answered_by", sa.String(length=24), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("wrapped_at", db.models.base.Moment(timezone=True), nullable=True))
        batch_op.alter_column("user_id", existing_type=sa.INTEGER(), nullable=True)

    with op.batch_alter_table("callback", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rank_at", db.models.base.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("window", sa.String(length=12), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("machine", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("answer_no", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("outcome", sa.String(length=12), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("changed_at", db.models.base.Moment(timezone=True), nullable=True))
        batch_op.drop_column("fence")
    op.execute("UPDATE callback SET rank_at = requested_at, changed_at = requested_at")
    with op.batch_alter_table("callback", schema=None) as batch_op:
        batch_op.alter_column("rank_at", existing_type=db.models.base.Moment(timezone=True), nullable=False)
        batch_op.alter_column("changed_at", existing_type=db.models.base.Moment(timezone=True), nullable=False)
        batch_op.create_index(batch_op.f("ix_callback_changed_at"), ["changed_at"], unique=False)
        batch_op.create_index("ix_callback_state_rank_at", ["state", "rank_at"], unique=False)

    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(length=10), nullable=False, server_default="voice"))
        batch_op.add_column(sa.Column("address", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("description", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("holder", sa.String(length=24), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("duplicate_of", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("clock_left", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("waits_for_place", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("answer", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("answer_kind", sa.String(length=16), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("answers", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("first_answered_at", db.models.base.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("answered_at", db.models.base.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("rejections", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("feedback_due_at", db.models.base.Moment(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_ticket_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_ticket_duplicate_of"), ["duplicate_of"], unique=False)
        batch_op.create_index("ix_ticket_holder_state", ["holder", "state"], unique=False)
        batch_op.create_index(
            "ix_ticket_feedback_due",
            ["feedback_due_at"],
            unique=False,
            sqlite_where=sa.text("feedback_due_at IS NOT NULL"),
            postgresql_where=sa.text("feedback_due_at IS NOT NULL"),
        )
        batch_op.create_foreign_key(batch_op.f("fk_ticket_duplicate_of_ticket"), "ticket", ["duplicate_of"], ["id"])

    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("full_name", sa.String(length=80), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("scope", sa.String(length=24), nullable=False, server_default=""))

    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)

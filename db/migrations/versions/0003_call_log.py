"""the call log"""

import sqlalchemy as sa
from alembic import op

import db.models.base

revision = "0003"
down_revision = "0002"

APPEND_ONLY = ("call_event", "audit", "review", "remark")
LOGGED_BY = ("number", "handled_by", "disposition", "category", "district", "language", "flow")

# What is known of the calls so far.
FILLED = (
    "UPDATE call SET number = caller WHERE direction = 'inbound'",
    """UPDATE call SET
        handled_by = (SELECT user_id FROM attempt WHERE attempt.id = call.attempt_id),
        number = (SELECT number FROM callback JOIN attempt ON attempt.callback_id = callback.id
                  WHERE attempt.id = call.attempt_id)
        WHERE attempt_id IS NOT NULL""",
    """UPDATE call SET
        district = (SELECT district FROM ticket WHERE ticket.call_id = call.id ORDER BY id LIMIT 1),
        category = (SELECT category FROM ticket WHERE ticket.call_id = call.id ORDER BY id LIMIT 1)
        WHERE EXISTS (SELECT 1 FROM ticket WHERE ticket.call_id = call.id)""",
    """INSERT INTO call_text (call_id, words)
        SELECT ticket.call_id, replace(ticket_event.text, '\u200c', ' ') FROM ticket_event JOIN ticket ON ticket.id = ticket_event.ticket_id
        WHERE ticket.call_id IS NOT NULL AND ticket_event.text <> ''""",
)


def upgrade() -> None:
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("language", sa.String(length=8), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("district", sa.String(length=8), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("category", sa.String(length=40), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("handled_by", sa.Integer(), nullable=True))
        batch_op.drop_index("ix_call_started_at")
        batch_op.create_index("ix_call_log", ["started_at", "id"], unique=False)
        for of in LOGGED_BY:
            batch_op.create_index(f"ix_call_{of}_log", [of, "started_at", "id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_call_handled_by_user"), "user", ["handled_by"], ["id"])
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.add_column(sa.Column("heard", sa.Text(), nullable=False, server_default=""))
    _log_tables()
    _review_tables()
    for statement in FILLED:
        op.execute(statement)
    _refuse_changes()


def _log_tables() -> None:
    op.create_table(
        "call_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("old", sa.String(length=64), nullable=False),
        sa.Column("new", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_event_call_id_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_event")),
    )
    op.create_index(op.f("ix_call_event_call_id"), "call_event", ["call_id"], unique=False)
    op.create_table(
        "call_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_text_call_id_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_text")),
    )
    op.create_index(op.f("ix_call_text_call_id"), "call_text", ["call_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_call_text_words ON call_text USING gin (to_tsvector('simple', words))")
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_saved_view_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("user_id", "name", name="uq_saved_view_user_id_name"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    for of in ("actor", "action", "target"):
        op.create_index(f"ix_audit_{of}_log", "audit", [of, "id"], unique=False)
    op.create_index("ix_audit_log", "audit", ["at", "id"], unique=False)


def _review_tables() -> None:
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.Integer(), nullable=True),
        sa.Column("at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("form_name", sa.String(length=120), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["about"], ["user.id"], name=op.f("fk_review_about_user")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_review_call_id_call")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["user.id"], name=op.f("fk_review_reviewer_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("call_id", "reviewer_id", name="uq_review_call_id_reviewer_id"),
    )
    op.create_index("ix_review_about_log", "review", ["about", "id"], unique=False)
    op.create_table(
        "remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=True),
        sa.Column("second", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_remark_recording_id_recording")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_remark_review_id_review")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark")),
    )
    op.create_index(op.f("ix_remark_review_id"), "remark", ["review_id"], unique=False)


def _refuse_changes() -> None:
    """Let these tables only grow, whoever is at the database."""
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()"""
            )
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"""CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}
                BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"""
            )

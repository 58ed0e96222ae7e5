"""forgetting: what a provider is to delete, and leave to blank what history says of a citizen"""

import sqlalchemy as sa
from alembic import op

import db.models.base

revision = "0010"
down_revision = "0009"

# Of each table that only grows: what an erasure may blank, and what stays as it is.
PERSONAL = {
    "ticket_event": ("text",),
    "call_event": ("text",),
    "review": ("text",),
    "remark": ("text",),
    "audit": ("target", "detail"),
}
FIXED = {
    "ticket_event": ("id", "ticket_id", "at", "author", "kind", "old", "new"),
    "call_event": ("id", "call_id", "at", "author", "kind", "old", "new"),
    "review": (
        "id", "call_id", "reviewer_id", "about", "at", "form", "form_name", "marks", "score", "threshold", "passed",
    ),
    "remark": ("id", "review_id", "recording_id", "second"),
    "audit": ("id", "at", "actor", "action", "address"),
}  # fmt: skip
LEFT_TO_DO = (
    ("call", "started_at", "substr(caller_raw, 1, 1) <> '~'"),
    ("ticket", "closed_at", "substr(caller, 1, 1) <> '~'"),
    ("callback", "closed_at", "substr(number, 1, 1) <> '~'"),
    ("recording", "created_at", "state NOT IN ('expired', 'absent')"),
)
ALIAS_LETTERS = 18
REFUSED = "history is append-only"

FUNCTION = """CREATE FUNCTION history_is_blanked_at_most() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF TG_TABLE_NAME <> 'audit' AND EXISTS (SELECT 1 FROM permit WHERE what = 'expire') THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'history is append-only';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM permit WHERE what = 'blank')
        OR to_jsonb(NEW) - TG_ARGV IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV THEN
        RAISE EXCEPTION 'history is append-only';
    END IF;
    FOREACH told IN ARRAY TG_ARGV LOOP
        IF to_jsonb(NEW) ->> told IS DISTINCT FROM to_jsonb(OLD) ->> told
            AND to_jsonb(NEW) ->> told !~ '^(~[a-p]{18})?$' THEN
            RAISE EXCEPTION 'history is append-only';
        END IF;
    END LOOP;
    RETURN NEW;
END $$"""


def upgrade() -> None:
    op.create_table(
        "removal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_sid", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=128), nullable=False),
        sa.Column("created_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", db.models.base.Moment(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal")),
        sa.UniqueConstraint("account_sid", "sid", name="uq_removal_account_sid_sid"),
    )
    op.create_index(op.f("ix_removal_next_try_at"), "removal", ["next_try_at"])
    op.create_table(
        "permit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ends"], ["audit.id"], name=op.f("fk_permit_ends_audit"), deferrable=True, initially="DEFERRED"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit")),
    )
    for table, column, where in LEFT_TO_DO:
        name = f"ix_{table}_{'kept' if table == 'recording' else 'named'}"
        op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _guard_on_postgresql() -> None:
    op.execute(FUNCTION)
    for table, personal in PERSONAL.items():
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(
            f"""CREATE TRIGGER {table}_append_only BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()"""
        )
        names = ", ".join(f"'{name}'" for name in personal)
        op.execute(
            f"""CREATE TRIGGER {table}_blanked_at_most BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION history_is_blanked_at_most({names})"""
        )


def _guard_on_sqlite() -> None:
    for table, personal in PERSONAL.items():
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{verb}")
        alias = f"'~{'[a-p]' * ALIAS_LETTERS}'"
        same = [f'OLD."{name}" IS NEW."{name}"' for name in FIXED[table]]
        blank = [
            f'(OLD."{name}" IS NEW."{name}" OR NEW."{name}" = \'\' OR NEW."{name}" GLOB {alias})' for name in personal
        ]
        allowed = " AND ".join(["EXISTS (SELECT 1 FROM permit WHERE what = 'blank')", *same, *blank])
        _refuse(table, "update", f"NOT ({allowed})")
        expired = "EXISTS (SELECT 1 FROM permit WHERE what = 'expire')"
        _refuse(table, "delete", "1" if table == "audit" else f"NOT {expired}")


def _refuse(table: str, verb: str, when: str) -> None:
    op.execute(
        f"""CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} WHEN {when}
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"""
    )

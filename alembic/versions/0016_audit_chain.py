"""The audit log becomes append-only and a chain of hashes, and people stand in it by pseudonyms.

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CHAIN = """
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last audit_head%ROWTYPE;
    new_hash bytea;
BEGIN
    SELECT * INTO STRICT last FROM audit_head FOR UPDATE;
    new_hash := sha256(last.hash || int8send(last.number + 1) || NEW.digest);
    UPDATE audit_events SET number = last.number + 1, hash = new_hash WHERE id = NEW.id;
    UPDATE audit_head SET number = last.number + 1, hash = new_hash;
    RETURN NULL;
END $$
"""
# At the commit and not before: the head is locked for the moment of the commit only, whatever else a transaction does and locks.
# Rows that bring their number come from a backup.
CHAINED = """
CREATE CONSTRAINT TRIGGER audit_events_chain AFTER INSERT ON audit_events
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.number IS NULL) EXECUTE FUNCTION audit_chain()
"""
GUARD = """
CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('footnote.audit_retention', true) = 'on' AND TG_OP IN ('DELETE', 'UPDATE') THEN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME <> 'audit_head' THEN RETURN OLD; END IF;
        IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_head' THEN RETURN NEW; END IF;
    END IF;
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_head' AND pg_trigger_depth() > 1 THEN RETURN NEW; END IF;
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_events' THEN
        IF to_jsonb(OLD) ->> 'number' IS NULL
            AND to_jsonb(OLD) - ARRAY['number', 'hash'] = to_jsonb(NEW) - ARRAY['number', 'hash']
        THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
PERSON = """
CREATE FUNCTION audit_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_people (user_id) VALUES (NEW.id);
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.drop_table("audit_events")
    _tables()
    _indexes()
    for function in (CHAIN, GUARD, PERSON):
        op.execute(function)
    op.execute(CHAINED)
    for table in ("audit_events", "audit_head", "audit_anchors"):
        op.execute(
            f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_guard()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_guard()"
        )
    op.execute("CREATE TRIGGER users_audit_person AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION audit_person()")
    op.execute("INSERT INTO audit_people (user_id) SELECT id FROM users")
    op.execute("INSERT INTO audit_head (number, hash) VALUES (0, decode(repeat('00', 32), 'hex'))")


def _tables() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("target_kind", sa.String(), nullable=True),
        sa.Column("target_id", sa.String(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("source_hash", sa.LargeBinary(), nullable=True),
        sa.Column("note_hash", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_events_number")),
    )
    op.create_table(
        "audit_people",
        sa.Column("pseudonym", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        _cascade("audit_people", "user_id", "users"),
        sa.PrimaryKeyConstraint("pseudonym", name=op.f("pk_audit_people")),
        sa.UniqueConstraint("user_id", name=op.f("uq_audit_people_user_id")),
    )
    op.create_table(
        "audit_erasable",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        _cascade("audit_erasable", "event_id", "audit_events"),
        _cascade("audit_erasable", "actor_id", "users"),
        _cascade("audit_erasable", "subject_id", "users"),
        sa.PrimaryKeyConstraint("event_id", "part", name=op.f("pk_audit_erasable")),
    )
    op.create_table(
        "audit_head",
        sa.Column("is_only", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("is_only", name=op.f("ck_audit_head_is_only")),
        sa.PrimaryKeyConstraint("is_only", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_anchors",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_anchors")),
    )


def _indexes() -> None:
    for column in ("action", "actor", "target_id"):
        op.create_index(f"ix_audit_events_{column}_number", "audit_events", [column, "number"])
    op.create_index("ix_audit_events_at", "audit_events", ["at"])
    op.create_index("ix_audit_events_unchained", "audit_events", ["id"], postgresql_where=sa.text("number IS NULL"))
    for column in ("actor_id", "subject_id"):
        op.create_index(op.f(f"ix_audit_erasable_{column}"), "audit_erasable", [column])


def downgrade() -> None:
    op.execute("DROP TRIGGER users_audit_person ON users")
    for table in ("audit_erasable", "audit_people", "audit_anchors", "audit_events", "audit_head"):
        op.drop_table(table)
    for function in ("audit_chain", "audit_guard", "audit_person"):
        op.execute(f"DROP FUNCTION {function}()")
    op.create_table(
        "audit_events",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("target_kind", sa.String(), nullable=True),
        sa.Column("target_id", sa.String(), nullable=True),
        sa.Column("details", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_events")),
    )


def _cascade(table: str, column: str, referred: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{referred}")
    return sa.ForeignKeyConstraint([column], [f"{referred}.id"], name=name, ondelete="CASCADE")

"""Whose turn it is in the queue of files, kept up as jobs change.

Revision: 0028, after 0027. A release that does not know these tables goes on: triggers note what it changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# A change is only noted, with the transaction's number, so that nobody waits for anybody: two transactions never write the same row. Whose
# row is being deleted with all that refers to it gets no new one.
CHANGED = """
CREATE FUNCTION job_turn_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_turn_changes (user_id, changed_in)
    SELECT id, pg_current_xact_id()::text::bigint FROM users WHERE id IN (OLD.user_id, NEW.user_id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
"""
TRIGGERS = {
    "job_turns_new": "AFTER INSERT ON ingestion_jobs FOR EACH ROW WHEN (NEW.user_id IS NOT NULL)",
    "job_turns_changed": """AFTER UPDATE OF state, user_id, not_before, started_at ON ingestion_jobs FOR EACH ROW
        WHEN ((OLD.state, OLD.user_id, OLD.not_before, OLD.started_at)
            IS DISTINCT FROM (NEW.state, NEW.user_id, NEW.not_before, NEW.started_at))""",
    "job_turns_gone": "AFTER DELETE ON ingestion_jobs FOR EACH ROW WHEN (OLD.user_id IS NOT NULL)",
}
ALL = """
INSERT INTO job_turn_changes (user_id, changed_in)
SELECT DISTINCT user_id, 0 FROM ingestion_jobs WHERE state IN ('queued', 'started') AND user_id IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "job_turns",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        _person("job_turns"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_job_turns")),
    )
    order = ["running", sa.text("served_at NULLS FIRST"), "user_id", "due_at"]
    op.create_index("ix_job_turns_order", "job_turns", order)
    op.create_table(
        "job_turn_changes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("changed_in", sa.BigInteger(), nullable=False),
        _person("job_turn_changes"),
        sa.PrimaryKeyConstraint("user_id", "changed_in", name=op.f("pk_job_turn_changes")),
    )
    op.execute(CHANGED)
    for name, when in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION job_turn_changed()")
    op.execute(ALL)


def downgrade() -> None:
    for name in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON ingestion_jobs")
    op.execute("DROP FUNCTION job_turn_changed()")
    op.drop_table("job_turn_changes")
    op.drop_table("job_turns")


def _person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id_users"), ondelete="CASCADE"
    )

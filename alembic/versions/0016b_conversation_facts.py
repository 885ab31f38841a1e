"""Sums over each conversation, by which admins list them, and the openings of conversations by admins.

Revision: 0016b, after 0016. Conversations that exist are counted here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0016b"
down_revision = "0016"
branch_labels = None
depends_on = None

COUNTS = ("runs", "refused", "failed", "fallback", "cached", "unsupported", "up", "down")
BEGIN = """
CREATE FUNCTION conversation_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO conversation_facts (thread_id, user_id, last_run_at) VALUES (NEW.id, NEW.user_id, NEW.created_at);
    RETURN NULL;
END $$
"""
# Sums are added to, not computed again: two runs of one conversation may end at the same moment.
RUN = """
CREATE FUNCTION conversation_run() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_over boolean := NEW.state NOT IN ('queued', 'running');
    model text := coalesce(NEW.model, NEW.mode);
BEGIN
    UPDATE conversation_facts SET
        runs = runs + (TG_OP = 'INSERT')::int,
        last_run_at = greatest(last_run_at, NEW.created_at),
        refused = refused + (NEW.state = 'refused')::int,
        failed = failed + (NEW.state = 'error')::int,
        fallback = fallback + (is_over AND NEW.fallback_used)::int,
        cached = cached + (is_over AND NEW.cached IS NOT NULL)::int,
        unsupported = unsupported + (is_over AND NEW.unsupported_sentences > 0)::int,
        cost_usd = cost_usd + CASE WHEN is_over THEN NEW.cost_usd ELSE 0 END,
        models = CASE WHEN model IS NULL OR model = ANY (models) THEN models ELSE models || model END,
        library_ids = CASE WHEN TG_OP = 'UPDATE' THEN library_ids ELSE ARRAY(
            SELECT DISTINCT unnest(library_ids || ARRAY(SELECT jsonb_array_elements_text(NEW.scope -> 'library_ids')))
        ) END
    WHERE thread_id = NEW.thread_id;
    RETURN NULL;
END $$
"""
RUN_ENDS = """
CREATE TRIGGER answer_runs_facts_end AFTER UPDATE OF state ON answer_runs FOR EACH ROW
WHEN (NEW.thread_id IS NOT NULL AND OLD.state IN ('queued', 'running') AND NEW.state NOT IN ('queued', 'running'))
EXECUTE FUNCTION conversation_run()
"""
RATED = """
CREATE FUNCTION conversation_rated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversation_facts SET
        up = (SELECT count(*) FROM feedbacks WHERE thread_id = coalesce(NEW.thread_id, OLD.thread_id) AND value = 1),
        down = (SELECT count(*) FROM feedbacks WHERE thread_id = coalesce(NEW.thread_id, OLD.thread_id) AND value = 0)
    WHERE thread_id = coalesce(NEW.thread_id, OLD.thread_id);
    RETURN NULL;
END $$
"""
COUNT_ALL = """
INSERT INTO conversation_facts
SELECT t.id, t.user_id, coalesce(r.last_run_at, t.created_at), coalesce(r.runs, 0), coalesce(r.refused, 0), coalesce(r.failed, 0),
    coalesce(r.fallback, 0), coalesce(r.cached, 0), coalesce(r.unsupported, 0), coalesce(f.up, 0), coalesce(f.down, 0),
    coalesce(r.cost_usd, 0), coalesce(r.models, '{}'), coalesce(l.library_ids, '{}')
FROM threads t
LEFT JOIN (
    SELECT thread_id, max(created_at) AS last_run_at, count(*) AS runs,
        count(*) FILTER (WHERE state = 'refused') AS refused, count(*) FILTER (WHERE state = 'error') AS failed,
        count(*) FILTER (WHERE fallback_used) AS fallback, count(*) FILTER (WHERE cached IS NOT NULL) AS cached,
        count(*) FILTER (WHERE unsupported_sentences > 0) AS unsupported, sum(cost_usd) AS cost_usd,
        coalesce(array_agg(DISTINCT coalesce(model, mode)) FILTER (WHERE coalesce(model, mode) IS NOT NULL), '{}') AS models
    FROM answer_runs WHERE thread_id IS NOT NULL GROUP BY thread_id
) r ON r.thread_id = t.id
LEFT JOIN (
    SELECT thread_id, array_agg(DISTINCT library_id) AS library_ids
    FROM answer_runs, jsonb_array_elements_text(scope -> 'library_ids') AS library_id WHERE thread_id IS NOT NULL GROUP BY thread_id
) l ON l.thread_id = t.id
LEFT JOIN (
    SELECT thread_id, count(*) FILTER (WHERE value = 1) AS up, count(*) FILTER (WHERE value = 0) AS down
    FROM feedbacks GROUP BY thread_id
) f ON f.thread_id = t.id
"""


def upgrade() -> None:
    op.create_table(
        "conversation_facts",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("last_run_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False) for name in COUNTS),
        sa.Column("cost_usd", sa.Numeric(14, 6), server_default=sa.text("0"), nullable=False),
        sa.Column("models", ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("library_ids", ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        _reference("conversation_facts", "thread_id", "threads"),
        _reference("conversation_facts", "user_id", "users"),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_conversation_facts")),
    )
    op.create_table(
        "conversation_openings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        _reference("conversation_openings", "thread_id", "threads"),
        _reference("conversation_openings", "opened_by", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_openings")),
    )
    op.execute(COUNT_ALL)
    recent = [sa.text("last_run_at DESC"), sa.text("thread_id DESC")]
    op.create_index("ix_conversation_facts_recent", "conversation_facts", recent)
    op.create_index(
        "ix_conversation_facts_library_ids", "conversation_facts", ["library_ids"], postgresql_using="gin"
    )
    op.create_index("ix_conversation_facts_person", "conversation_facts", ["user_id", *recent])
    op.create_index(
        "ix_conversation_openings_thread_id_opened_at",
        "conversation_openings",
        ["thread_id", sa.text("opened_at DESC")],
    )
    op.create_index(op.f("ix_conversation_openings_opened_by"), "conversation_openings", ["opened_by"])
    _triggers()


def _triggers() -> None:
    for function in (BEGIN, RUN, RATED):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER threads_facts AFTER INSERT ON threads FOR EACH ROW EXECUTE FUNCTION conversation_begins()"
    )
    op.execute(
        "CREATE TRIGGER answer_runs_facts_begin AFTER INSERT ON answer_runs FOR EACH ROW"
        " WHEN (NEW.thread_id IS NOT NULL) EXECUTE FUNCTION conversation_run()"
    )
    op.execute(RUN_ENDS)
    op.execute(
        "CREATE TRIGGER feedbacks_facts AFTER INSERT OR UPDATE OR DELETE ON feedbacks FOR EACH ROW"
        " EXECUTE FUNCTION conversation_rated()"
    )


def downgrade() -> None:
    for trigger, table in (
        ("threads_facts", "threads"),
        ("answer_runs_facts_begin", "answer_runs"),
        ("answer_runs_facts_end", "answer_runs"),
        ("feedbacks_facts", "feedbacks"),
    ):
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for function in ("conversation_begins", "conversation_run", "conversation_rated"):
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_table("conversation_openings")
    op.drop_table("conversation_facts")


def _reference(table: str, column: str, referred: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{referred}")
    return sa.ForeignKeyConstraint([column], [f"{referred}.id"], name=name, ondelete=ondelete)

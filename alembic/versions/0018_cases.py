"""Test cases, the runs over them and their results.

Revision: 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "test_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("earlier", JSONB(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("libraries", JSONB(), nullable=False),
        sa.Column("documents", JSONB(), nullable=False),
        sa.Column("expected", JSONB(), nullable=False),
        sa.Column("points", JSONB(), nullable=False),
        sa.Column("must_refuse", sa.Boolean(), nullable=False),
        sa.Column("tags", ARRAY(sa.Text()), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("asker_id", sa.Uuid(), nullable=True),
        sa.Column("review_item_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_state", sa.String(), nullable=True),
        sa.Column("last_run_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_test_cases_author_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["users.id"], name=op.f("fk_test_cases_asker_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["review_item_id"],
            ["review_items.id"],
            name=op.f("fk_test_cases_review_item_id_review_items"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_cases")),
    )
    op.create_index("ix_test_cases_created_at_id", "test_cases", [sa.text("created_at DESC"), sa.text("id DESC")])
    for column in ("author_id", "asker_id", "review_item_id"):
        op.create_index(op.f(f"ix_test_cases_{column}"), "test_cases", [column])
    _create_runs()
    _create_results()


def _create_runs() -> None:
    op.create_table(
        "case_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=True),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("index_version", sa.Integer(), nullable=True),
        sa.Column("embedding_model", sa.String(), nullable=True),
        sa.Column("language_model", sa.String(), nullable=True),
        sa.Column("prompt_version", sa.String(), nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(12, 6), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("heartbeat_at", MOMENT, nullable=True),
        sa.Column("is_stopping", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["started_by"], ["users.id"], name=op.f("fk_case_runs_started_by_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_runs")),
    )
    op.create_index("ix_case_runs_created_at_id", "case_runs", [sa.text("created_at DESC"), sa.text("id DESC")])
    op.create_index(op.f("ix_case_runs_started_by"), "case_runs", ["started_by"])
    op.create_index(
        "ix_case_runs_open",
        "case_runs",
        ["state", "created_at"],
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def _create_results() -> None:
    op.create_table(
        "case_results",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_refused", sa.Boolean(), nullable=False),
        sa.Column("failures", JSONB(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("citations", JSONB(), nullable=False),
        sa.Column("took_ms", sa.Float(), nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["case_runs.id"], name=op.f("fk_case_results_run_id_case_runs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["test_cases.id"], name=op.f("fk_case_results_case_id_test_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "case_id", name=op.f("pk_case_results")),
    )
    op.create_index(
        "ix_case_results_case_id_finished_at", "case_results", ["case_id", sa.text("finished_at DESC")]
    )


def downgrade() -> None:
    op.drop_table("case_results")
    op.drop_table("case_runs")
    op.drop_table("test_cases")

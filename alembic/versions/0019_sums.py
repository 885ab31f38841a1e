"""Sums for the dashboard, and the indexes that they and the jobs monitor are read by.

Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

COUNTS = (
    "people people_7_days people_30_days people_91_days questions done refused stopped errors fallbacks cached_exact cached_semantic"
    " searches searches_cached embeddings embeddings_cached unsupported thumbs_up thumbs_down jobs_finished jobs_failed jobs_stopped"
    " deepest_queue"
).split()
INDEXES = (
    ("ix_answer_runs_created_at_user_id", "answer_runs", ["created_at", "user_id"]),
    ("ix_answer_runs_finished_at", "answer_runs", ["finished_at"]),
    ("ix_ingestion_jobs_state_created_at_id", "ingestion_jobs", ["state", "created_at DESC", "id DESC"]),
    ("ix_ingestion_jobs_finished_at", "ingestion_jobs", ["finished_at"]),
    ("ix_feedbacks_created_at", "feedbacks", ["created_at"]),
)


def upgrade() -> None:
    op.create_table(
        "activity_sums",
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("first_token", ARRAY(sa.Integer()), nullable=False),
        sa.Column("total", ARRAY(sa.Integer()), nullable=False),
        sa.Column("summed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("grain", "starts_at", name=op.f("pk_activity_sums")),
    )
    op.create_table(
        "model_sums",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(14, 6), nullable=False),
        sa.PrimaryKeyConstraint("day", "model", name=op.f("pk_model_sums")),
    )
    op.create_table(
        "document_sums",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("cited", "thumbs_down", "unsupported", "contradicted")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_sums_document_id_documents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "day", name=op.f("pk_document_sums")),
    )
    op.create_index(
        "ix_document_sums_day_bad",
        "document_sums",
        ["day"],
        postgresql_where=sa.text("thumbs_down + unsupported + contradicted > 0"),
    )
    op.create_table(
        "question_ranks",
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("answer_run_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("asked", "people", "refused")),
        sa.Column("last_asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_run_id"],
            ["answer_runs.id"],
            name=op.f("fk_question_ranks_answer_run_id_answer_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("days", "kind", "answer_run_id", name=op.f("pk_question_ranks")),
    )
    op.create_index(op.f("ix_question_ranks_answer_run_id"), "question_ranks", ["answer_run_id"])
    op.create_table(
        "sum_marks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("took_s", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sum_marks")),
    )
    for name, table, columns in INDEXES:
        op.create_index(name, table, [sa.text(column) if " " in column else column for column in columns])


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    for table in ("sum_marks", "question_ranks", "document_sums", "model_sums", "activity_sums"):
        op.drop_table(table)

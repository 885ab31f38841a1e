"""Traces, costs and cache marks of answers; tiers; epochs of libraries; what people tell the admins.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("tier", sa.String(), nullable=False, server_default="standard"))
    op.alter_column("users", "tier", server_default=None)
    op.add_column("libraries", sa.Column("epoch", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("libraries", "epoch", server_default=None)
    for column in (
        sa.Column("fallback_used", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("cached", sa.String(), nullable=True),
        sa.Column("cost_usd", sa.Numeric(12, 6), nullable=False, server_default="0"),
        sa.Column("trace", postgresql.JSONB(), nullable=False, server_default="[]"),
    ):
        op.add_column("answer_runs", column)
        op.alter_column("answer_runs", column.name, server_default=None)
    op.create_table(
        "model_usage",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(14, 6), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_model_usage_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("day", "user_id", "model", name=op.f("pk_model_usage")),
    )
    op.create_index(op.f("ix_model_usage_user_id"), "model_usage", ["user_id"])
    op.create_table(
        "review_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("answer_run_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_review_items_user_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["answer_run_id"], ["answer_runs.id"], name=op.f("fk_review_items_answer_run_id_answer_runs"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["done_by"], ["users.id"], name=op.f("fk_review_items_done_by_users"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_items")),
        sa.UniqueConstraint("answer_run_id", name=op.f("uq_review_items_answer_run_id")),
    )
    op.create_index(op.f("ix_review_items_user_id"), "review_items", ["user_id"])
    op.create_index(op.f("ix_review_items_done_by"), "review_items", ["done_by"])
    op.create_index("ix_review_items_state_created_at", "review_items", ["state", "created_at"])


def downgrade() -> None:
    op.drop_table("review_items")
    op.drop_table("model_usage")
    for name in ("trace", "cost_usd", "cached", "fallback_used"):
        op.drop_column("answer_runs", name)
    op.drop_column("libraries", "epoch")
    op.drop_column("users", "tier")

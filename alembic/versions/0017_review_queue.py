"""The review queue: items from every source, with state, cause, history and groups; answers asked again.

Revision: 0017, after 0016c.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0017"
down_revision = "0016c"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
EMPTY = sa.text("''")


def upgrade() -> None:
    op.add_column("answer_runs", sa.Column("repeats_run_id", sa.Uuid(), nullable=True))
    _key("answer_runs", "repeats_run_id", "answer_runs", "CASCADE")
    op.create_index(
        "ix_answer_runs_repeats_run_id",
        "answer_runs",
        ["repeats_run_id"],
        postgresql_where=sa.text("repeats_run_id IS NOT NULL"),
    )
    op.create_index(
        "ix_answer_runs_to_review",
        "answer_runs",
        ["finished_at"],
        postgresql_where=sa.text("state IN ('refused', 'error') OR unsupported_sentences > 0"),
    )
    op.create_index(op.f("ix_feedbacks_updated_at"), "feedbacks", ["updated_at"])
    _widen_items()
    op.create_table(
        "review_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("changes", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_changes")),
    )
    _key("review_changes", "item_id", "review_items", "CASCADE")
    for column in ("actor_id", "assignee_id"):
        _key("review_changes", column, "users", "SET NULL")
    for column in ("item_id", "actor_id", "assignee_id"):
        op.create_index(op.f(f"ix_review_changes_{column}"), "review_changes", [column])
    op.create_table(
        "review_marks",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_review_marks")),
    )


def _widen_items() -> None:
    new = (
        sa.Column("automatic_run_id", sa.Uuid(), nullable=True),
        sa.Column("kinds", ARRAY(sa.Text()), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("admin_note", sa.String(), nullable=False, server_default=EMPTY),
        sa.Column("reply", sa.String(), nullable=False, server_default=EMPTY),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.Column("vector_model", sa.String(), nullable=True),
    )
    for column in new:
        op.add_column("review_items", column)
    op.execute(
        "UPDATE review_items SET group_id = id,"
        " kinds = ARRAY['told', CASE kind WHEN 'unsupported' THEN 'unsupported' ELSE 'refused' END],"
        " state = CASE state WHEN 'done' THEN 'fixed' ELSE 'new' END"
    )
    for name in ("kinds", "group_id"):
        op.alter_column("review_items", name, nullable=False)
    for name in ("admin_note", "reply", "version"):
        op.alter_column("review_items", name, server_default=None)
    op.drop_column("review_items", "kind")
    _key("review_items", "automatic_run_id", "answer_runs", "CASCADE")
    _key("review_items", "assignee_id", "users", "SET NULL")
    for name in ("automatic_run_id", "assignee_id"):
        op.create_index(op.f(f"ix_review_items_{name}"), "review_items", [name])
    op.create_index("ix_review_items_created_at_id", "review_items", ["created_at", "id"])
    op.create_index("ix_review_items_group_id_created_at", "review_items", ["group_id", "created_at"])
    op.create_index("ix_review_items_kinds", "review_items", ["kinds"], postgresql_using="gin")
    op.create_index(
        "ix_review_items_ungrouped", "review_items", ["created_at"], postgresql_where=sa.text("vector_model IS NULL")
    )


def downgrade() -> None:
    op.drop_table("review_marks")
    op.drop_table("review_changes")
    op.execute("DELETE FROM review_items WHERE NOT kinds @> ARRAY['told']")
    op.add_column("review_items", sa.Column("kind", sa.String(), nullable=True))
    op.execute(
        "UPDATE review_items SET"
        " kind = CASE WHEN kinds @> ARRAY['unsupported'] THEN 'unsupported' ELSE 'not_in_documents' END,"
        " state = CASE WHEN state IN ('fixed', 'wont_fix') THEN 'done' ELSE 'open' END"
    )
    op.alter_column("review_items", "kind", nullable=False)
    for name in ("created_at_id", "group_id_created_at", "kinds", "ungrouped"):
        op.drop_index(f"ix_review_items_{name}", "review_items")
    for name in (
        *("automatic_run_id", "kinds", "verdict", "cause", "assignee_id", "admin_note"),
        *("reply", "version", "group_id", "vector", "vector_model"),
    ):
        op.drop_column("review_items", name)
    op.drop_index(op.f("ix_feedbacks_updated_at"), "feedbacks")
    op.drop_index("ix_answer_runs_to_review", "answer_runs")
    op.drop_index("ix_answer_runs_repeats_run_id", "answer_runs")
    op.execute("DELETE FROM answer_runs WHERE repeats_run_id IS NOT NULL")  # else they would be the asker's own
    op.drop_column("answer_runs", "repeats_run_id")


def _key(table: str, column: str, referred: str, ondelete: str) -> None:
    name = op.f(f"fk_{table}_{column}_{referred}")
    op.create_foreign_key(name, table, referred, [column], ["id"], ondelete=ondelete)

"""Groups, the libraries that they have, and requests with an Idempotency-Key.

Revision: 0014, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("name", name=op.f("uq_groups_name")),
    )
    op.create_table(
        "group_members",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        _cascade("group_members", "group_id", "groups"),
        _cascade("group_members", "user_id", "users"),
        sa.PrimaryKeyConstraint("group_id", "user_id", "source", name=op.f("pk_group_members")),
    )
    op.create_index(op.f("ix_group_members_user_id"), "group_members", ["user_id"])
    op.create_table(
        "library_groups",
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        _cascade("library_groups", "library_id", "libraries"),
        _cascade("library_groups", "group_id", "groups"),
        sa.PrimaryKeyConstraint("library_id", "group_id", name=op.f("pk_library_groups")),
    )
    op.create_index(op.f("ix_library_groups_group_id"), "library_groups", ["group_id"])
    op.create_table(
        "keyed_requests",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("attempt", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        _cascade("keyed_requests", "user_id", "users"),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_keyed_requests")),
    )
    op.create_index("ix_keyed_requests_created_at", "keyed_requests", ["created_at"])


def downgrade() -> None:
    for table in ("keyed_requests", "library_groups", "group_members", "groups"):
        op.drop_table(table)


def _cascade(table: str, column: str, referred: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{referred}")
    return sa.ForeignKeyConstraint([column], [f"{referred}.id"], name=name, ondelete="CASCADE")

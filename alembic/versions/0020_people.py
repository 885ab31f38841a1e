"""People as admins manage them: addresses, one-time links, where sign-ins came from, and members that an admin let in.

Revision: 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MEMBERSHIPS = ("library_members", "library_groups")


def upgrade() -> None:
    op.add_column("users", sa.Column("email", sa.String(), nullable=True))
    op.add_column("users", sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE users SET last_sign_in_at ="
        " (SELECT max(created_at) FROM auth_sessions WHERE auth_sessions.user_id = users.id)"
    )
    op.add_column("auth_sessions", sa.Column("address", sa.String(), nullable=True))
    op.add_column("auth_sessions", sa.Column("device", sa.String(), nullable=True))
    op.add_column("auth_sessions", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    for table in MEMBERSHIPS:
        op.add_column(table, sa.Column("by_admin", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "password_links",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_password_links_created_by_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_password_links_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_password_links")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_password_links_secret_hash")),
    )
    op.create_index(op.f("ix_password_links_created_by"), "password_links", ["created_by"])
    op.create_index("ix_libraries_name_id", "libraries", ["name", "id"])
    op.create_index("ix_answer_runs_user_id_created_at", "answer_runs", ["user_id", "created_at"], if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_answer_runs_user_id_created_at", table_name="answer_runs")
    op.drop_index("ix_libraries_name_id", table_name="libraries")
    op.drop_table("password_links")
    for table in MEMBERSHIPS:
        op.drop_column(table, "by_admin")
    for column in ("last_used_at", "device", "address"):
        op.drop_column("auth_sessions", column)
    op.drop_column("users", "last_sign_in_at")
    op.drop_column("users", "email")

"""API keys, refresh tokens of sign-ins, and people whom others sign in.

Revision: 0011, after 0009.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEYS = "api_keys"
SIGN_INS = "auth_sessions"
IDENTITIES = "identities"


def upgrade() -> None:
    op.create_table(
        KEYS,
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("questions_per_minute", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index(op.f("ix_api_keys_user_id"), KEYS, ["user_id"])
    op.add_column(SIGN_INS, sa.Column("refreshable_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(SIGN_INS, sa.Column("refresh_count", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(SIGN_INS, sa.Column("id_token", sa.String(), nullable=True))
    op.create_table(
        IDENTITIES,
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("groups", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_identities_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identities")),
    )
    op.create_index(op.f("ix_identities_user_id"), IDENTITIES, ["user_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_identities_user_id"), table_name=IDENTITIES)
    op.drop_table(IDENTITIES)
    op.drop_column(SIGN_INS, "id_token")
    op.drop_column(SIGN_INS, "refresh_count")
    op.drop_column(SIGN_INS, "refreshable_until")
    op.drop_index(op.f("ix_api_keys_user_id"), table_name=KEYS)
    op.drop_table(KEYS)

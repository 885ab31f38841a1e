"""Sections that are staged while a file is read are told by a column, no longer by a negative version.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE, KEY = "document_sections", "pk_document_sections"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("is_staged", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column(TABLE, "is_staged", server_default=None)
    op.drop_constraint(op.f(KEY), TABLE, type_="primary")
    op.execute("UPDATE document_sections SET is_staged = true, version = -version WHERE version < 0")
    op.create_primary_key(op.f(KEY), TABLE, ["document_id", "version", "is_staged", "number"])


def downgrade() -> None:
    op.drop_constraint(op.f(KEY), TABLE, type_="primary")
    op.execute("UPDATE document_sections SET version = -version WHERE is_staged")
    op.create_primary_key(op.f(KEY), TABLE, ["document_id", "version", "number"])
    op.drop_column(TABLE, "is_staged")

"""Folders into which people put their conversations.

Revision: 0027, after 0026.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("threads", sa.Column("folder", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("threads", "folder")

"""Whose job is next, and who was served when, are found without looking at every job.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_ingestion_jobs_queued",
        "ingestion_jobs",
        ["user_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_ingestion_jobs_user_id_started_at", "ingestion_jobs", ["user_id", "started_at"], unique=False)
    op.drop_index("ix_ingestion_jobs_user_id", table_name="ingestion_jobs")


def downgrade() -> None:
    op.create_index("ix_ingestion_jobs_user_id", "ingestion_jobs", ["user_id"], unique=False)
    op.drop_index("ix_ingestion_jobs_user_id_started_at", table_name="ingestion_jobs")
    op.drop_index(
        "ix_ingestion_jobs_queued", table_name="ingestion_jobs", postgresql_where=sa.text("state = 'queued'")
    )

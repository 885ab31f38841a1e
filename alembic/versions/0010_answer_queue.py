"""Answer runs that are kept alive, queued, stopped from elsewhere and resumed.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE = "answer_runs"
OPEN = "ix_answer_runs_open"


def upgrade() -> None:
    # The defaults stay: a process of the version before, which still runs while others are new, stores rows without these columns.
    op.add_column(TABLE, sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(TABLE, sa.Column("is_stopping", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column(TABLE, sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(TABLE, sa.Column("last_event", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(TABLE, sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_index(OPEN, TABLE, ["state", "created_at"], postgresql_where=sa.text("state IN ('queued', 'running')"))


def downgrade() -> None:
    op.execute("UPDATE answer_runs SET state = 'stopped', finished_at = now() WHERE state = 'queued'")
    op.drop_index(OPEN, table_name=TABLE)
    for column in ("request", "last_event", "attempts", "is_stopping", "heartbeat_at"):
        op.drop_column(TABLE, column)

"""Documents are ordered by name as people order them.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Without accents and case, and 2 before 10: numbers get ten digits.
PLAIN = r"lower(regexp_replace(normalize(title, NFKD), '[\u0300-\u036f]', '', 'g'))"
PADDED = rf"regexp_replace({PLAIN}, '(\d+)', '0000000000\1', 'g')"
NAME_KEY = rf"regexp_replace({PADDED}, '0*(\d{{10}})', '\1', 'g')"


def upgrade() -> None:
    name_key = sa.Column("name_key", sa.Text(), sa.Computed(NAME_KEY, persisted=True), nullable=False)
    op.add_column("documents", name_key)


def downgrade() -> None:
    op.drop_column("documents", "name_key")

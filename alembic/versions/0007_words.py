"""Tables and columns bear the words of docs/architecture.md.

Revision: 0007, after 0006.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (("index_generations", "index_versions"),)
COLUMNS = (
    ("documents", "troubles", "warnings"),
    ("chunks", "place", "locator"),
    ("answer_sources", "place", "locator"),
    ("chunks", "generation", "index_version"),
    ("indexed_documents", "generation", "index_version"),
)
INDEXES = (
    ("uq_index_generations_live", "uq_index_versions_live"),
    ("uq_index_generations_building", "uq_index_versions_building"),
)
CONSTRAINTS = (
    ("index_versions", "pk_index_generations", "pk_index_versions"),
    ("indexed_documents", "fk_indexed_documents_generation_index_generations", "fk_indexed_documents_index_version_index_versions"),
)

NEAREST = """
UPDATE answer_runs SET nearest = (
    SELECT jsonb_agg(CASE WHEN one ? '{old}' THEN (one - '{old}') || jsonb_build_object('{new}', one -> '{old}') ELSE one END)
    FROM jsonb_array_elements(nearest) AS one
) WHERE jsonb_array_length(nearest) > 0
"""


def upgrade() -> None:
    for old, new in TABLES:
        op.rename_table(old, new)
    for table, old, new in COLUMNS:
        op.alter_column(table, old, new_column_name=new)
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")
    for table, old, new in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")
    op.execute(NEAREST.format(old="place", new="locator"))


def downgrade() -> None:
    op.execute(NEAREST.format(old="locator", new="place"))
    for table, old, new in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {new} TO {old}")
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {new} RENAME TO {old}")
    for table, old, new in COLUMNS:
        op.alter_column(table, new, new_column_name=old)
    for old, new in TABLES:
        op.rename_table(new, old)

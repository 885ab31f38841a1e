"""Versions of documents, generations of the index, places and troubles, and jobs that take turns and wait.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LIST = sa.text("'[]'::jsonb")


def _add(table: str, *columns: sa.Column) -> None:
    """Add columns; a default that only fills the rows which are there is dropped again."""
    for column in columns:
        op.add_column(table, column)
        if column.server_default is not None:
            op.alter_column(table, column.name, server_default=None)


def upgrade() -> None:
    _add(
        "documents",
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("troubles", postgresql.JSONB(), nullable=False, server_default=LIST),
        sa.Column("source", sa.String(), nullable=True),
    )
    op.create_index(
        "uq_documents_library_id_source_title",
        "documents",
        ["library_id", "source", "title"],
        unique=True,
        postgresql_where=sa.text("source IS NOT NULL"),
    )
    op.create_table(
        "document_versions",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("mime_type", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("blob_key", sa.String(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_document_versions_document_id_documents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["users.id"], name=op.f("fk_document_versions_uploaded_by_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("document_id", "number", name=op.f("pk_document_versions")),
    )
    op.create_index(op.f("ix_document_versions_uploaded_by"), "document_versions", ["uploaded_by"], unique=False)
    op.execute(
        "INSERT INTO document_versions "
        "SELECT id, 1, uploaded_by, mime_type, size_bytes, sha256, blob_key, page_count, created_at FROM documents"
    )
    _add("document_sections", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.drop_constraint("pk_document_sections", "document_sections", type_="primary")
    op.create_primary_key("pk_document_sections", "document_sections", ["document_id", "version", "number"])
    _generations()
    _add(
        "chunks",
        sa.Column("generation", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("place", sa.String(), nullable=True),
    )
    op.drop_constraint("pk_chunks", "chunks", type_="primary")
    op.create_primary_key("pk_chunks", "chunks", ["generation", "id"])
    op.drop_index("ix_chunks_document_id_index", table_name="chunks")
    op.create_index("ix_chunks_document_id_index", "chunks", ["document_id", "generation", "index"], unique=False)
    _add(
        "ingestion_jobs",
        sa.Column("eta_s", sa.Integer(), nullable=True),
        sa.Column("notice", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_foreign_key(
        op.f("fk_ingestion_jobs_user_id_users"), "ingestion_jobs", "users", ["user_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index(op.f("ix_ingestion_jobs_user_id"), "ingestion_jobs", ["user_id"], unique=False)
    op.execute(
        "UPDATE ingestion_jobs SET user_id = documents.uploaded_by "
        "FROM documents WHERE documents.id = ingestion_jobs.document_id"
    )
    _add(
        "answer_sources",
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("place", sa.String(), nullable=True),
    )


def _generations() -> None:
    op.create_table(
        "index_generations",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("dimension", sa.Integer(), nullable=True),
        sa.Column("embedding", postgresql.JSONB(), nullable=False),
        sa.Column("chunking", postgresql.JSONB(), nullable=False),
        sa.Column("documents_done", sa.Integer(), nullable=False),
        sa.Column("documents_total", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_index_generations")),
    )
    for state in ("live", "building"):
        op.create_index(
            f"uq_index_generations_{state}",
            "index_generations",
            ["state"],
            unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
        )
    # What is in the index now is its first generation; how it was made is written down when it is opened.
    op.execute(
        "INSERT INTO index_generations "
        "(number, state, embedding, chunking, documents_done, documents_total, created_at, live_at) "
        "VALUES (1, 'live', '{}', '{}', 0, 0, now(), now())"
    )
    op.create_table(
        "indexed_documents",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_indexed_documents_document_id_documents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["generation"],
            ["index_generations.number"],
            name=op.f("fk_indexed_documents_generation_index_generations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("generation", "document_id", name=op.f("pk_indexed_documents")),
    )
    op.create_index(op.f("ix_indexed_documents_document_id"), "indexed_documents", ["document_id"], unique=False)
    op.execute("INSERT INTO indexed_documents SELECT 1, id, 1 FROM documents WHERE state = 'ready'")


def downgrade() -> None:
    for table, names in (
        ("answer_sources", ("place", "version")),
        ("ingestion_jobs", ("not_before", "failures", "user_id", "version", "notice", "eta_s")),
    ):
        for name in names:
            op.drop_column(table, name)
    op.execute("DELETE FROM chunks WHERE generation <> (SELECT number FROM index_generations WHERE state = 'live')")
    op.drop_index("ix_chunks_document_id_index", table_name="chunks")
    op.drop_constraint("pk_chunks", "chunks", type_="primary")
    op.create_primary_key("pk_chunks", "chunks", ["id"])
    for name in ("place", "version", "generation"):
        op.drop_column("chunks", name)
    op.create_index("ix_chunks_document_id_index", "chunks", ["document_id", "index"], unique=False)
    op.execute(
        "DELETE FROM document_sections USING documents "
        "WHERE documents.id = document_sections.document_id AND documents.version <> document_sections.version"
    )
    op.drop_constraint("pk_document_sections", "document_sections", type_="primary")
    op.create_primary_key("pk_document_sections", "document_sections", ["document_id", "number"])
    op.drop_column("document_sections", "version")
    op.drop_table("indexed_documents")
    op.drop_table("index_generations")
    op.drop_table("document_versions")
    op.drop_index("uq_documents_library_id_source_title", table_name="documents")
    for name in ("source", "troubles", "version"):
        op.drop_column("documents", name)

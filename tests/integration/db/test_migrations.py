"""Migrations on a real PostgreSQL: up, down, many at once, and exactly what the models say."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from core.errors import StartupFailed
from db import migrate
from db.base import Base
from db.engine import engine_of
from db.migrate import Schema
from db.session import Database

ROOT = Path(migrate.__file__).parent.parent
TABLES = {
    "audit_events",
    "document_source_items",
    "document_sources",
    "conversation_shares",
    "account_exports",
    "deferred_deletions",
    "erasure_documents",
    "erasures",
    "legal_holds",
    "running_backups",
    "model_usage",
    "review_changes",
    "review_items",
    "review_marks",
    "test_cases",
    "case_runs",
    "case_results",
    "users",
    "password_links",
    "auth_sessions",
    "libraries",
    "library_members",
    "groups",
    "group_members",
    "library_groups",
    "keyed_requests",
    "documents",
    "document_sections",
    "chunks",
    "ingestion_jobs",
    "job_turns",
    "job_turn_changes",
    "answer_runs",
    "api_keys",
    "identities",
    "answer_sources",
    "document_guides",
    "document_versions",
    "index_versions",
    "indexed_documents",
    "threads",
    "steps",
    "elements",
    "feedbacks",
    "audit_anchors",
    "conversation_facts",
    "conversation_openings",
    "audit_erasable",
    "audit_head",
    "audit_people",
    "activity_sums",
    "model_sums",
    "document_sums",
    "question_ranks",
    "sum_marks",
}


async def _tables(url: str) -> set[str]:
    engine = engine_of(url)
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await engine.dispose()
    return set(names)


async def test_up_down_and_up_again(empty_database_url: str) -> None:
    assert not await migrate.is_current(empty_database_url)
    await migrate.upgrade(empty_database_url)
    assert await migrate.is_current(empty_database_url)
    assert await _tables(empty_database_url) >= TABLES
    await migrate.downgrade(empty_database_url)
    assert not await migrate.is_current(empty_database_url)
    assert await _tables(empty_database_url) == {"alembic_version"}
    await migrate.upgrade(empty_database_url)
    assert await migrate.is_current(empty_database_url)


async def test_many_processes_may_migrate_at_once(empty_database_url: str) -> None:
    await asyncio.gather(*(migrate.upgrade(empty_database_url) for _ in range(5)))
    assert await migrate.is_current(empty_database_url)


async def _execute(url: str, statement: str) -> None:
    engine = engine_of(url)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


async def test_a_newer_database_is_used_where_it_can_be(empty_database_url: str) -> None:
    """As a release sees it that does not know the last migration."""
    engine = engine_of(empty_database_url)
    assert await migrate.schema_of(engine) is Schema.OLDER
    with pytest.raises(StartupFailed, match="Run `footnote migrate` once"):
        await migrate.settle(empty_database_url, "check", engine)
    await migrate.settle(empty_database_url, "auto")
    await migrate.settle(empty_database_url, "check", engine)
    await _execute(empty_database_url, "UPDATE alembic_version SET version_num = '9001'")
    assert await migrate.schema_of(engine) is Schema.NEWER
    await migrate.settle(empty_database_url, "auto")
    await _execute(empty_database_url, "COMMENT ON TABLE alembic_version IS '9000'")
    assert await migrate.schema_of(engine) is Schema.FOREIGN
    with pytest.raises(StartupFailed, match="cannot work with it"):
        await migrate.settle(empty_database_url, "auto")
    await engine.dispose()


async def test_a_migration_does_not_wait_for_a_table_with_everybody_behind_it(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("LOCK_WAIT", "200ms"), ("PAUSE_S", 0.1), ("TRIES", 2)):
        monkeypatch.setattr(migrate, name, value)
    await migrate.upgrade(empty_database_url, "0026")
    engine = engine_of(empty_database_url)
    async with engine.begin() as reader:
        await reader.execute(text("SELECT count(*) FROM threads"))
        with pytest.raises(StartupFailed, match="a table is in use all the time"):
            await migrate.upgrade(empty_database_url)
    await engine.dispose()
    await migrate.upgrade(empty_database_url)
    assert await migrate.is_current(empty_database_url)


def test_the_oldest_release_that_works_is_one_of_ours() -> None:
    revisions = {path.name.partition("_")[0] for path in (ROOT / "alembic" / "versions").glob("*.py")}
    assert migrate.OLDEST in revisions


async def test_the_migrations_say_what_the_models_say(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    assert set(Base.metadata.tables) == TABLES
    assert await migrate.is_current(database.engine)


async def test_generated_columns_and_special_indexes_are_there(database: Database) -> None:
    async with database.reader() as session:
        generated = await session.scalars(
            text("SELECT table_name FROM information_schema.columns WHERE is_generated = 'ALWAYS' ORDER BY 1")
        )
        assert list(generated) == ["documents", "steps", "threads"]
        rows = await session.execute(text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"))
        indexes = {row.indexname: row.indexdef for row in rows}
    assert "USING gin (search)" in indexes["ix_threads_search"]
    assert "USING gin (search)" in indexes["ix_steps_search"]
    assert "(user_id, last_activity_at DESC, id DESC)" in indexes["ix_threads_user_id_last_activity_at_id"]
    assert "WHERE" in indexes["ix_ingestion_jobs_open"]
    assert "UNIQUE" in indexes["uq_ingestion_jobs_open_document_id"]


async def test_every_foreign_key_can_be_followed_backwards(database: Database) -> None:
    """Without an index on it, deleting one referenced row reads the whole referencing table."""

    def unindexed(connection: Connection) -> list[str]:
        inspector, missing = inspect(connection), []
        for table in TABLES:
            firsts = [index["column_names"][0] for index in inspector.get_indexes(table)]
            firsts += [unique["column_names"][0] for unique in inspector.get_unique_constraints(table)]
            firsts.append(inspector.get_pk_constraint(table)["constrained_columns"][0])
            for key in inspector.get_foreign_keys(table):
                if key["constrained_columns"][0] not in firsts:
                    missing.append(f"{table}.{key['constrained_columns'][0]}")
        return missing

    async with database.engine.connect() as connection:
        assert await connection.run_sync(unindexed) == []


def test_the_folder_does_not_hide_the_library() -> None:
    assert not (Path(migrate.__file__).parent.parent / "alembic" / "__init__.py").exists()

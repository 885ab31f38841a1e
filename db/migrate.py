"""Alembic, called from Python. When several processes start at once, an advisory lock lets one migrate while the others wait.

All steps of one call run in one transaction: a migration that fails leaves the database unchanged.
"""

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from alembic import command

SCRIPTS = Path(__file__).parent.parent / "alembic"
LOCK_KEY = 0x466F6F74  # "Foot": one lock per database, held until the transaction ends


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    # Config interpolates "%", which a path may contain.
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def _run(url: str, step: Any, revision: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
            await connection.run_sync(lambda sync: step(_config(sync), revision))
    finally:
        await engine.dispose()


async def upgrade(url: str, revision: str = "head") -> None:
    """Migrate the database at ``url`` up to ``revision``; does nothing when it is there already.

    Args:
        url: ``postgresql+asyncpg://…``.
    """
    await _run(url, command.upgrade, revision)


async def downgrade(url: str, revision: str = "base") -> None:
    """Migrate the database back to ``revision``; ``base`` drops every table."""
    await _run(url, command.downgrade, revision)


def _is_at_head(connection: Connection) -> bool:
    heads = ScriptDirectory.from_config(_config()).get_heads()
    return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)


async def is_current(database: str | AsyncEngine) -> bool:
    """True when every migration has run. Takes a URL or an engine."""
    engine = create_async_engine(database, poolclass=NullPool) if isinstance(database, str) else database
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_is_at_head)
    finally:
        if isinstance(database, str):
            await engine.dispose()

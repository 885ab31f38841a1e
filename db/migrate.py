"""Alembic, called from Python. When several processes start at once, an advisory lock lets one migrate while the others wait.

All steps of one call run in one transaction: a migration that fails leaves the database unchanged.
"""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import structlog
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import NullPool

from alembic import command
from core.errors import StartupFailed
from db.engine import engine_of

log = structlog.get_logger(__name__)

SCRIPTS = Path(__file__).parent.parent / "alembic"
OLDEST = "0024"  # the first revision whose release works with the present tables; it moves when something is dropped or renamed
LOCK_WAIT, PAUSE_S, TRIES, NOT_LOCKED = "3s", 2.0, 30, "55P03"
LOCKED = "The database could not be migrated: a table is in use all the time. End long transactions, and start again."
TOO_OLD = (
    "The database is of an older version. Run `footnote migrate` once, before the processes of this version start."
)
TOO_NEW = (
    "A newer version of Footnote has migrated the database, and this one cannot work with it. Start the newer version, or restore a backup "
    "from before."
)
LOCK_KEY = 0x466F6F74  # "Foot": one lock per database, held until the transaction ends


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    # Config interpolates "%", which a path may contain.
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def _run(url: str, step: Any, revision: str) -> None:
    engine = engine_of(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
            # A change of a table waits for whoever reads it, and everybody else waits behind the change.
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
            await connection.run_sync(lambda sync: step(_config(sync), revision))
    finally:
        await engine.dispose()


async def _patiently(url: str, step: Any, revision: str) -> None:
    for left in reversed(range(TRIES)):
        try:
            return await _run(url, step, revision)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != NOT_LOCKED:
                raise
            log.warning("migration.waits", tries_left=left)
            if not left:
                raise StartupFailed(LOCKED) from error
            await asyncio.sleep(PAUSE_S)


async def upgrade(url: str, revision: str = "head") -> None:
    """Migrate the database at ``url`` up to ``revision``; does nothing when it is there already.

    Args:
        url: ``postgresql+asyncpg://…``.

    Raises:
        StartupFailed: a table stays locked by others.
    """
    await _patiently(url, _upgrade, revision)


async def downgrade(url: str, revision: str = "base") -> None:
    """Migrate the database back to ``revision``; ``base`` drops every table. Raises StartupFailed as :func:`upgrade`."""
    await _patiently(url, command.downgrade, revision)


def _upgrade(config: Config, revision: str) -> None:
    command.upgrade(config, revision)
    if revision == "head":  # kept for releases that do not know the revisions of this one
        config.attributes["connection"].execute(text(f"COMMENT ON TABLE alembic_version IS '{OLDEST}'"))


class Schema(StrEnum):
    """What a database is to this release.

    Attributes:
        OLDER: migrations have to run first.
        NEWER: a newer release has migrated it, and this one can still work with it.
        FOREIGN: a newer release has migrated it, and this one cannot work with it.
    """

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    FOREIGN = "foreign"


def _schema(connection: Connection) -> Schema:
    scripts = ScriptDirectory.from_config(_config())
    known = {script.revision for script in scripts.walk_revisions()}
    present = set(MigrationContext.configure(connection).get_current_heads())
    if present == set(scripts.get_heads()):
        return Schema.CURRENT
    if present <= known:
        return Schema.OLDER
    oldest = connection.scalar(text("SELECT obj_description('alembic_version'::regclass)"))
    return Schema.NEWER if oldest in known else Schema.FOREIGN


async def schema_of(database: str | AsyncEngine) -> Schema:
    """What the database is to this release. Takes a URL or an engine."""
    engine = engine_of(database, poolclass=NullPool) if isinstance(database, str) else database
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_schema)
    finally:
        if isinstance(database, str):
            await engine.dispose()


async def is_current(database: str | AsyncEngine) -> bool:
    """True when every migration has run. Takes a URL or an engine."""
    return await schema_of(database) is Schema.CURRENT


async def settle(url: str, mode: Literal["auto", "check"], database: AsyncEngine | None = None) -> None:
    """Have the database as this release needs it: ``auto`` migrates one that is older, ``check`` does not.

    Args:
        database: an open engine of the same database, to look without a connection of its own.

    Raises:
        StartupFailed: it is older and is not migrated here, or newer than this release can work with.
    """
    schema = await schema_of(database or url)
    if schema is Schema.FOREIGN:
        raise StartupFailed(TOO_NEW)
    if schema is Schema.NEWER:
        log.warning("schema.newer")
    if schema is Schema.OLDER and mode == "check":
        raise StartupFailed(TOO_OLD)
    if schema is Schema.OLDER:
        await upgrade(url)

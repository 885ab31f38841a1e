"""Restores a backup into an empty place. Everything is read and checked before anything is written."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.pool import NullPool

from backup import tables
from backup.manifest import Manifest, blob_part, table_part
from backup.place import Place
from backup.save import PROOF
from backup.seal import Seal
from core.errors import Conflict, Invalid
from db import migrate
from db.engine import engine_of
from ingestion.blobs import BlobStore, pieces_of

log = structlog.get_logger(__name__)

WRONG_KEY = "The key is not the one that this backup was made with. Nothing was restored."
Told = Callable[[str], None]


async def restore(database_url: str, blobs: BlobStore, place: Place, passphrase: str | None, told: Told) -> Manifest:
    """Fill an empty database and an empty blob store from a backup; returns its manifest.

    Args:
        database_url: ``postgresql+asyncpg://…``; its tables are made here.
        told: called with a sentence after each stage.

    Raises:
        Invalid: no backup, a damaged one, one of a newer schema, or a wrong key. Nothing was written.
        Conflict: the database or the blob store is not empty. Nothing was changed.
    """
    manifest = await place.manifest()
    place.use(await _seal(manifest, passphrase))
    _require_known(manifest.revision)
    await _require_empty(database_url, blobs)
    for part in manifest.parts:
        await place.verify(part)
    told(
        f"The backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC is complete: {len(manifest.parts):,} parts, {manifest.size_bytes:,} bytes."
    )
    written: list[str] = []
    try:
        for key in manifest.blobs:
            written.append(key)
            await blobs.put(key, place.read(blob_part(key)))
        told(f"{len(manifest.blobs):,} files are restored.")
        await migrate.upgrade(database_url, manifest.revision)
        await _fill(database_url, manifest, place)
    except BaseException:
        await _take_back(database_url, blobs, written)
        raise
    told(f"{sum(table.rows for table in manifest.tables):,} rows are restored.")
    await migrate.upgrade(database_url)
    return manifest


async def _seal(manifest: Manifest, passphrase: str | None) -> Seal | None:
    if manifest.salt is None or manifest.proof is None:
        return None
    if passphrase is None:
        raise Invalid("This backup is encrypted: give its key with --key-file or FOOTNOTE_BACKUP_KEY.")
    seal = await asyncio.to_thread(Seal, passphrase, bytes.fromhex(manifest.salt))
    try:
        proof = b"".join([piece async for piece in seal.opened("proof", pieces_of(bytes.fromhex(manifest.proof)))])
    except (Invalid, ValueError) as error:
        raise Invalid(WRONG_KEY) from error
    if proof != PROOF:
        raise Invalid(WRONG_KEY)
    return seal


def _require_known(revision: str) -> None:
    try:
        ScriptDirectory(str(migrate.SCRIPTS)).get_revision(revision)
    except CommandError as error:
        raise Invalid(
            f"This backup is of a newer version of Footnote (schema {revision}). Install that version, and restore with it."
        ) from error


async def _require_empty(database_url: str, blobs: BlobStore) -> None:
    async for _ in blobs.stored(""):
        raise Conflict(
            "The blob store is not empty. A backup is restored into an empty place only; nothing was changed."
        )
    async with _connected(database_url) as connection:
        table = await tables.has_rows(connection, lambda: tables.columns_of(connection))
        if table is not None:
            raise Conflict(
                f"The database is not empty (table {table}). A backup is restored into an empty place only; nothing was changed."
            )


async def _fill(database_url: str, manifest: Manifest, place: Place) -> None:
    async with _connected(database_url) as connection:
        present = await tables.columns_of(connection)
        unknown = [
            table.name for table in manifest.tables if not set(table.columns) <= set(present.get(table.name, ()))
        ]
        if unknown:
            raise Invalid(f"The backup has columns that its schema does not have, in {', '.join(unknown)}.")
        async with connection.transaction():
            await tables.empty(connection, list(present))
            for table in manifest.tables:
                await tables.fill(connection, table.name, table.columns, place.read(table_part(table.name)))
                rows = await connection.fetchval(f'SELECT count(*) FROM "{table.name}"')
                if rows != table.rows:
                    raise Invalid(f"The backup is damaged: {table.name} has {rows:,} rows of {table.rows:,}.")
            await tables.arm(connection, list(present))


async def _take_back(database_url: str, blobs: BlobStore, written: list[str]) -> None:
    """Leave the place as empty as it was."""
    log.warning("restore.taken_back", files=len(written))
    for key in written:
        await blobs.delete(key)
    await migrate.downgrade(database_url)


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[tables.Connection]:
    """One connection of the driver."""
    engine = engine_of(database_url, poolclass=NullPool)
    try:
        async with engine.connect() as opened:
            raw = await opened.get_raw_connection()
            yield raw.driver_connection
    finally:
        await engine.dispose()

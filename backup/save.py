"""Makes a backup: the database in one snapshot, then the files that it names, while deletions of files wait.

Nothing else waits: people go on asking and uploading. What is stored after the snapshot is not in the backup.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from uuid import uuid4

import structlog

from backup import tables
from backup.manifest import Manifest, PartEntry, TableEntry, blob_part, table_part
from backup.place import Place
from backup.seal import Seal, new_salt
from core.errors import Conflict, NotFound
from db import deferred
from db.base import now
from db.session import Database
from ingestion.blobs import BlobStore, pieces_of

log = structlog.get_logger(__name__)

BEAT_EVERY_S = 10.0
KEYS_AT_ONCE = 1000
PROOF = b"footnote"
_KEYS = """
SELECT blob_key FROM documents UNION SELECT blob_key FROM document_versions ORDER BY 1
"""
Told = Callable[[str], None]


async def save(
    database: Database, blobs: BlobStore, place: Place, passphrase: str | None, settings: tuple[str, ...], told: Told
) -> Manifest:
    """Back up everything to an empty place; returns the manifest.

    Args:
        passphrase: encrypts every part; None: they are readable.
        settings: names of the settings that are set.
        told: called with a sentence after each stage.

    Raises:
        Conflict: the place is not empty, or a file vanished, so that there is no backup.
    """
    await place.require_free()
    salt = new_salt() if passphrase else None
    seal = await asyncio.to_thread(Seal, passphrase, salt) if passphrase and salt else None
    place.use(seal)
    async with _deletions_wait(database), _snapshot(database) as connection:
        revision = await connection.fetchval(f"SELECT version_num FROM {tables.VERSION_TABLE}")
        entries, parts = await _tables(connection, place)
        told(f"{sum(entry.rows for entry in entries):,} rows of {len(entries)} tables are saved.")
        keys = [row["blob_key"] for row in await connection.fetch(_KEYS)]
        parts += await _files(blobs, place, keys)
        told(f"{len(keys):,} files are saved.")
    manifest = Manifest(
        made_at=now(),
        product=version("footnote"),
        revision=revision,
        tables=tuple(entries),
        blobs=tuple(keys),
        parts=tuple(parts),
        settings=settings,
        salt=salt.hex() if salt else None,
        proof=await _proof(seal) if seal else None,
    )
    await place.write_manifest(manifest)
    return manifest


async def _tables(connection: tables.Connection, place: Place) -> tuple[list[TableEntry], list[PartEntry]]:
    entries, parts = [], []
    for name, columns in (await tables.columns_of(connection)).items():
        rows = await connection.fetchval(f'SELECT count(*) FROM "{name}"')
        parts.append(await place.write(table_part(name), tables.rows_of(connection, name, columns)))
        entries.append(TableEntry(name=name, columns=columns, rows=rows))
    return entries, parts


async def _files(blobs: BlobStore, place: Place, keys: list[str]) -> list[PartEntry]:
    parts = []
    for key in keys:
        try:
            parts.append(await place.write(blob_part(key), blobs.stream(key)))
        except NotFound as error:
            raise Conflict(
                f"The file {key} is not in the blob store, though a document names it, so there is no backup. Find out why first."
            ) from error
    return parts


async def _proof(seal: Seal) -> str:
    return b"".join([piece async for piece in seal.sealed("proof", pieces_of(PROOF))]).hex()


@asynccontextmanager
async def _snapshot(database: Database) -> AsyncIterator[tables.Connection]:
    """A connection that sees the database as it is now, whatever is written meanwhile."""
    async with database.engine.connect() as opened:
        raw = await opened.get_raw_connection()
        connection = raw.driver_connection
        assert connection is not None
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection


@asynccontextmanager
async def _deletions_wait(database: Database) -> AsyncIterator[None]:
    """While the block runs, no file is deleted from the blob store."""
    backup_id = uuid4()

    async def beat() -> None:
        async with database.transaction() as session:
            await deferred.beat(session, backup_id)

    async def keep() -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY_S)
            try:
                await beat()
            except Exception as error:  # the snapshot's own connection says when the database is gone
                log.warning("backup.not_beaten", error=repr(error))

    await beat()
    keeper = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        async with database.transaction() as session:
            await deferred.end_backup(session, backup_id)

"""Restores what an index lost (wiped, restored from an older copy, cut off by a power failure) from its rows."""

import structlog

from db import chunks as chunk_rows
from db import libraries
from db.session import Database
from ingestion.documents.rows import chunk_of
from rag.index.live import IndexVersion

log = structlog.get_logger(__name__)

TASK = 0x466F6F7501  # one process at a time
CHUNKS_PER_STEP = 256


async def rebuild_if_incomplete(database: Database, index_version: IndexVersion) -> int:
    """Index every chunk of an index version anew when its index holds fewer than there are rows; one process at a time does it.

    Returns:
        how many were indexed; 0 when nothing was missing or another process is at it.
    """
    async with database.reader() as session:
        wanted = await chunk_rows.count(session, index_version.number)
    present = await index_version.index.count()
    if present >= wanted:
        return 0
    async with database.advisory_lock(TASK) as is_alone:
        if not is_alone:
            return 0
        log.warning("index.incomplete", index_version=index_version.number, wanted=wanted, present=present)
        done = await _rebuild(database, index_version)
        async with database.transaction() as session:
            await libraries.touch_all(session)
    log.info("index.rebuilt", index_version=index_version.number, chunks=done)
    return done


async def _rebuild(database: Database, index_version: IndexVersion) -> int:
    done, last = 0, None
    while True:
        async with database.reader() as session:
            rows = await chunk_rows.batch(session, index_version.number, last, CHUNKS_PER_STEP)
        if not rows:
            return done
        chunks = [chunk_of(row, document) for row, document in rows]
        vectors = await index_version.embeddings.aembed_documents(
            [index_version.embedded_text(chunk) for chunk in chunks]
        )
        await index_version.index.upsert(chunks, vectors)
        done, last = done + len(chunks), chunks[-1].chunk_id

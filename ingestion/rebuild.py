"""The index from its rows: what an index lost (wiped, restored from an older copy, cut off by a power failure) is put back."""

import structlog
from redis.asyncio import Redis

from db import chunks as chunk_rows
from db.session import Database
from ingestion.rows import chunk_of
from rag.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex

log = structlog.get_logger(__name__)

LOCK, LOCK_S = "footnote:rebuild", 6 * 3600
CHUNKS_PER_STEP = 256


async def rebuild_if_incomplete(
    database: Database, redis: Redis, embeddings: FootnoteEmbeddings, index: ChunkIndex
) -> int:
    """Index every chunk anew when the index holds fewer than there are rows; one process at a time does it.

    Returns:
        how many were indexed; 0 when nothing was missing or another process is at it.
    """
    async with database.reader() as session:
        wanted = await chunk_rows.count(session)
    present = await index.count()
    if present >= wanted:
        return 0
    lock = redis.lock(LOCK, timeout=LOCK_S)
    if not await lock.acquire(blocking=False):
        return 0
    try:
        log.warning("index.incomplete", wanted=wanted, present=present)
        done = await _rebuild(database, embeddings, index)
    finally:
        await lock.release()
    log.info("index.rebuilt", chunks=done)
    return done


async def _rebuild(database: Database, embeddings: FootnoteEmbeddings, index: ChunkIndex) -> int:
    done, last = 0, None
    while True:
        async with database.reader() as session:
            rows = await chunk_rows.batch(session, last, CHUNKS_PER_STEP)
        if not rows:
            return done
        chunks = [chunk_of(row, document) for row, document in rows]
        vectors = await embeddings.aembed_documents([chunk.text for chunk in chunks])
        await index.upsert(chunks, vectors)
        done, last = done + len(chunks), chunks[-1].chunk_id

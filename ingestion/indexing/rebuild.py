"""The index from its rows: what an index lost (wiped, restored from an older copy, cut off by a power failure) is put back."""

import structlog

from db import chunks as chunk_rows
from db import libraries
from db.session import Database
from ingestion.documents.rows import chunk_of
from rag.index.live import Generation

log = structlog.get_logger(__name__)

TASK = 0x466F6F7501  # one process at a time
CHUNKS_PER_STEP = 256


async def rebuild_if_incomplete(database: Database, generation: Generation) -> int:
    """Index every chunk of a generation anew when its index holds fewer than there are rows; one process at a time does it.

    Returns:
        how many were indexed; 0 when nothing was missing or another process is at it.
    """
    async with database.reader() as session:
        wanted = await chunk_rows.count(session, generation.number)
    present = await generation.index.count()
    if present >= wanted:
        return 0
    async with database.alone(TASK) as is_alone:
        if not is_alone:
            return 0
        log.warning("index.incomplete", generation=generation.number, wanted=wanted, present=present)
        done = await _rebuild(database, generation)
        async with database.transaction() as session:
            await libraries.touch_all(session)
    log.info("index.rebuilt", generation=generation.number, chunks=done)
    return done


async def _rebuild(database: Database, generation: Generation) -> int:
    done, last = 0, None
    while True:
        async with database.reader() as session:
            rows = await chunk_rows.batch(session, generation.number, last, CHUNKS_PER_STEP)
        if not rows:
            return done
        chunks = [chunk_of(row, document) for row, document in rows]
        vectors = await generation.embeddings.aembed_documents([generation.embedded_text(chunk) for chunk in chunks])
        await generation.index.upsert(chunks, vectors)
        done, last = done + len(chunks), chunks[-1].chunk_id

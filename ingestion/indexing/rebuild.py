"""Restores chunks that an index lost (wiped, restored from an older copy, power failure) from their rows."""

from collections.abc import Callable

import structlog

from db import chunks as chunk_rows
from db import libraries
from db.session import Database
from ingestion.documents.rows import chunk_of
from rag.index.live import IndexVersion
from rag.types import Chunk

log = structlog.get_logger(__name__)

TASK = 0x466F6F7501  # one process at a time
CHUNKS_PER_STEP = 256


Progress = Callable[[int, int], object]


async def rebuild_if_incomplete(
    database: Database, index_version: IndexVersion, on_progress: Progress = lambda _done, _total: None
) -> int:
    """Index the missing chunks of an index version when its index has fewer than there are rows; in one process at a time.

    An interrupted one goes on where it was: chunks that the index has are not embedded again.

    Args:
        on_progress: called with the number of chunks that were looked at, and of all.

    Returns:
        The number of indexed chunks; 0 when none was missing or another process is rebuilding.
    """
    async with database.reader() as session:
        expected = await chunk_rows.count(session, index_version.number)
    present = await index_version.index.count()
    if present >= expected:
        return 0
    async with database.advisory_lock(TASK) as is_alone:
        if not is_alone:
            return 0
        log.warning("index.incomplete", index_version=index_version.number, wanted=expected, present=present)
        done = await _rebuild(database, index_version, expected, on_progress)
        async with database.transaction() as session:
            await libraries.touch_all(session)
    log.info("index.rebuilt", index_version=index_version.number, chunks=done)
    return done


async def _rebuild(database: Database, index_version: IndexVersion, total: int, on_progress: Progress) -> int:
    done, seen, last = 0, 0, None
    while True:
        on_progress(min(seen, total), total)
        async with database.reader() as session:
            rows = await chunk_rows.batch(session, index_version.number, last, CHUNKS_PER_STEP)
        if not rows:
            return done
        last, seen = rows[-1][0].id, seen + len(rows)
        chunks = await _missing(index_version, [chunk_of(row, document) for row, document in rows])
        if not chunks:
            continue
        vectors = await index_version.embeddings.aembed_documents(
            [index_version.embedded_text(chunk) for chunk in chunks]
        )
        await index_version.index.upsert(chunks, vectors)
        done += len(chunks)


async def _missing(index_version: IndexVersion, chunks: list[Chunk]) -> list[Chunk]:
    present = await index_version.index.vectors([chunk.chunk_id for chunk in chunks])
    return [chunk for chunk in chunks if chunk.chunk_id not in present]

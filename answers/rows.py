"""The rows behind the search index, from PostgreSQL: what may be shown of what it found, the text around, and chunks by their words."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial
from uuid import UUID

from answers.record import current_chunks
from core.access import SearchScope
from core.errors import UpstreamUnavailable
from db import chunks, corpus
from db.session import Database
from rag.retrieval.expand import Excerpt
from rag.retrieval.rows import Rows
from rag.retrieval.search_cache import SearchCacheOf
from rag.types import Chunk

WORDS_WITHIN_S = 3.0  # all chunks of a scope are looked at for words
RETRY_AFTER_S = 5.0
INDEX_AWAY = "The search index does not answer. Please try again in a moment."


def rows_of(
    database: Database,
    scope: SearchScope,
    search_cache: SearchCacheOf | None = None,
    searched: Callable[[int], object] = lambda _: None,
    *,
    is_for_person: bool = False,
) -> Callable[[int], Rows]:
    """Number of an index version → its rows within a scope.

    Args:
        searched: called with the number when something was found in its index.
        is_for_person: while the index does not answer, chunks are found by their words; what nobody waits for is done later instead.
    """

    def of(index_version: int) -> Rows:
        async def visible_chunks(chunk_ids: Collection[UUID]) -> dict[UUID, Chunk]:
            searched(index_version)
            return await current_chunks(database, scope, index_version, chunk_ids)

        return Rows(
            visible_chunks=visible_chunks,
            excerpts_around=partial(around, database, scope, index_version),
            search_cache=search_cache(index_version) if search_cache else None,
            chunks_with=partial(_chunks_with, database, index_version) if is_for_person else None,
        )

    return of


async def around(
    database: Database, scope: SearchScope, index_version: int, chunk_ids: Sequence[UUID], reach: int
) -> dict[UUID, Excerpt]:
    """The excerpt of its section around each chunk, ``reach`` chunks to each side; only for chunks that the scope allows."""
    async with database.autocommit() as session:
        excerpts = await chunks.around(session, scope, index_version, chunk_ids, reach)
    return {chunk_id: Excerpt(start=start, text=text) for chunk_id, (start, text) in excerpts.items()}


async def _chunks_with(
    database: Database, index_version: int, words: Sequence[str], scope: SearchScope, limit: int
) -> list[Chunk]:
    """Chunks of the scope that hold some of the words, see :func:`db.corpus.holding`.

    Raises:
        UpstreamUnavailable: it takes too long.
    """
    try:
        async with asyncio.timeout(WORDS_WITHIN_S), database.reader() as session:
            found = await corpus.holding(session, scope, index_version, words, limit)
    except TimeoutError as error:
        raise UpstreamUnavailable(INDEX_AWAY, retry_after_s=RETRY_AFTER_S) from error
    return [Chunk(**row) for row in found]

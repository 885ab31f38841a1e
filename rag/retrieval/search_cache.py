"""The port of the search cache. It stores ids and scores; PostgreSQL decides what may be shown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from rag.types import Chunk, Hit, ScoredChunk


class SearchCache(Protocol):
    """The cached searches of one index version within one scope; an entry expires as soon as the search could find something else."""

    async def get(self, question: str) -> list[Hit] | None:
        """The hits of a question, best first; None when they are not cached."""

    def put_later(self, question: str, hits: Sequence[Hit]) -> None:
        """Stores the hits of a question in the background."""


# Number of an index version → its search cache.
SearchCacheOf = Callable[[int], SearchCache]


def visible_hits(hits: Sequence[Hit], visible: Mapping[UUID, Chunk]) -> list[ScoredChunk]:
    """The hits that may be shown, with their chunks as they are now.

    Args:
        visible: the chunks that may be shown, by id.
    """
    return [
        ScoredChunk(chunk=visible[hit.chunk_id], score=hit.score, similarity=hit.similarity)
        for hit in hits
        if hit.chunk_id in visible
    ]


def is_mostly_hidden(hits: Sequence[Hit], visible: Mapping[UUID, Chunk]) -> bool:
    """True when most hits may not be shown (a document version coming or going) and could crowd out those that may."""
    return 2 * sum(hit.chunk_id in visible for hit in hits) < len(hits)

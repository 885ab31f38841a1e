"""The port of the search cache. It holds ids and scores; PostgreSQL decides what may be shown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from rag.types import Chunk, Hit, ScoredChunk


class SearchCache(Protocol):
    """Searches of one index version within one scope; each is forgotten as soon as it could find something else."""

    async def get(self, question: str) -> list[Hit] | None:
        """What the search for a question found, best first; None when it is not known."""

    def put_later(self, question: str, hits: Sequence[Hit]) -> None:
        """Remember what the search for a question found; nobody waits for it."""


# Recall for the index version of a number.
SearchCacheOf = Callable[[int], SearchCache]


def as_shown(hits: Sequence[Hit], present: Mapping[UUID, Chunk]) -> list[ScoredChunk]:
    """Those of the hits that may be shown, as their chunks are now."""
    return [
        ScoredChunk(chunk=present[hit.chunk_id], score=hit.score, similarity=hit.similarity)
        for hit in hits
        if hit.chunk_id in present
    ]


def is_crowded(hits: Sequence[Hit], present: Mapping[UUID, Chunk]) -> bool:
    """Whether most of the hits may not be shown (another version of a document on its way in or out), and could hide those that may."""
    return 2 * sum(hit.chunk_id in present for hit in hits) < len(hits)

"""The port of the search index.

How a SearchScope becomes the engine's filter (the same on every adapter):

| scope                                     | filter                                                        |
|-------------------------------------------|---------------------------------------------------------------|
| no libraries                              | none: nothing is found, the engine is not asked               |
| libraries, ``document_ids`` None          | library_id ∈ libraries                                        |
| libraries, ``document_ids`` given         | library_id ∈ libraries AND document_id ∈ document_ids         |
| libraries, ``document_ids`` empty         | none: nothing is found, the engine is not asked               |

The filter stands inside both the dense and the BM25 search, before fusion, so that what may not be seen takes
nobody's place.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Protocol
from uuid import UUID

import numpy as np

from core.access import SearchScope
from core.errors import StartupFailed
from rag.index.fusion import AUTO, Fusion, SideHit, facts, fused
from rag.types import Chunk, Hit, ScoredChunk

DENSE, SPARSE = "dense", "sparse"
ENCODER = "bm25-1"  # stored with the index: terms of another encoder would not be found
UPSERT_BATCH = 256


class ChunkIndex(Protocol):
    """Chunks by meaning and by words. Vectors have the dimension given to :meth:`open`."""

    async def open(self, dimension: int, *, model: str | None = None) -> None:
        """Create or load the collection; again is harmless.

        Args:
            dimension: length of the vectors.
            model: name of the embedding model, remembered with the collection.

        Raises:
            StartupFailed: it was made with another model or dimension, or another process owns it.
            UpstreamUnavailable: the server does not answer.
        """

    async def upsert(self, chunks: Sequence[Chunk], vectors: Sequence[Sequence[float]]) -> None:
        """Add or replace chunks by id. When it returns, the next search sees them and a killed process keeps them."""

    async def delete(self, chunk_ids: Sequence[UUID]) -> None:
        """Remove chunks; unknown ids are ignored."""

    async def delete_document(self, document_id: UUID) -> None:
        """Remove all chunks of a document."""

    async def keep_only(self, document_id: UUID, chunk_ids: Collection[UUID]) -> None:
        """Remove all other chunks of a document."""

    async def vectors(self, chunk_ids: Sequence[UUID]) -> dict[UUID, list[float]]:
        """The dense vectors of those of the chunks that are there."""

    async def chunks(self, chunk_ids: Collection[UUID]) -> dict[UUID, Chunk]:
        """Those of the chunks that are there, as they were stored."""

    async def search(
        self,
        text: str,
        vector: Sequence[float],
        scope: SearchScope,
        *,
        top_k: int,
        fusion: Fusion = AUTO,
        details: dict[str, Any] | None = None,
    ) -> list[Hit]:
        """The best chunks of the scope, best first: ``top_k`` by meaning and ``top_k`` by words, fused and cut.

        Only their ids: whoever answers people takes the chunks from the rows, which have the last word; others, from :meth:`chunks`.

        Args:
            fusion: how they are fused.
            details: gets what a trace says of it, see :func:`rag.index.fusion.facts`.
        """

    async def count(self, scope: SearchScope | None = None) -> int:
        """Chunks in the scope; None counts all."""

    async def take_name(self) -> bool:
        """Be what outside tools find under the plain name of the collection; again is harmless.

        Returns:
            False when something else bears that name which is to be dropped first.
        """

    async def optimise(self) -> bool:
        """Clear away what many changes left behind. For quiet hours: searches may have to wait. True when there was something."""

    async def close(self) -> None:
        """Write everything to disk and let go."""

    async def drop(self) -> None:
        """Remove everything of it; fine when it was never opened or is not there. It may be opened anew, or closed."""


def is_empty(scope: SearchScope) -> bool:
    """True when the scope allows nothing at all."""
    return not scope.library_ids or (scope.document_ids is not None and not scope.document_ids)


def allowed_values(scope: SearchScope) -> dict[str, list[str]]:
    """Payload field → allowed values; all of them must hold. Not for empty scopes."""
    values = {"library_id": sorted(map(str, scope.library_ids))}
    if scope.document_ids is not None:
        values["document_id"] = sorted(map(str, scope.document_ids))
    return values


def searched_text(chunk: Chunk) -> str:
    """What the words of a chunk are: its headings, then its text."""
    return "\n".join([*chunk.path, chunk.text])


def to_payload(chunk: Chunk) -> dict[str, Any]:
    """The chunk as the engine stores it."""
    return chunk.model_dump(mode="json")


async def with_chunks(index: ChunkIndex, hits: Sequence[Hit]) -> list[ScoredChunk]:
    """What a search found with its chunks as the index has them: for tools and evaluations."""
    chunks = await index.chunks([hit.chunk_id for hit in hits])
    return [
        ScoredChunk(chunk=chunks[hit.chunk_id], score=hit.score, similarity=hit.similarity)
        for hit in hits
        if hit.chunk_id in chunks
    ]


def to_hits(
    dense: Sequence[SideHit], words: Sequence[SideHit], fusion: Fusion, top_k: int, details: dict[str, Any] | None
) -> list[Hit]:
    """What both sides found, fused."""
    if details is not None:
        details |= facts(dense, words, fusion)
    return [Hit(UUID(hit.chunk_id), score, hit.similarity) for hit, score in fused(dense, words, fusion, top_k)]


def by_words(
    points: Sequence[Any], vector_of: Callable[[Any], Sequence[float]], asked: Sequence[float], dense: Sequence[SideHit]
) -> list[SideHit]:
    """What was found by words, with the similarity that meaning gives it too; computed only for what was not found by meaning.

    Args:
        points: of the engine.
        vector_of: the dense vector of one.
        asked: the question's.
    """
    known = {hit.chunk_id: hit.similarity for hit in dense}
    others = [point for point in points if str(point.id) not in known]
    known |= zip((str(one.id) for one in others), cosines([vector_of(one) for one in others], asked), strict=True)
    return [SideHit(str(point.id), point.score, known[str(point.id)]) for point in points]


def cosine(left: Sequence[float], right: Sequence[float]) -> float:
    """Cosine similarity, -1 to 1; 0 when a vector is null."""
    return cosines([left], right)[0]


def cosines(vectors: Sequence[Sequence[float]], asked: Sequence[float]) -> list[float]:
    """Cosine similarity of each to one, -1 to 1; 0 where a vector is null."""
    if not vectors:
        return []
    found, one = np.asarray(vectors, dtype=np.float64), np.asarray(asked, dtype=np.float64)
    norms = np.linalg.norm(found, axis=1) * np.linalg.norm(one)
    similar: list[float] = np.clip(found @ one / np.where(norms, norms, np.inf), -1.0, 1.0).tolist()
    return similar


def batches(chunks: Sequence[Chunk], vectors: Sequence[Sequence[float]]) -> Iterator[list[tuple[Chunk, list[float]]]]:
    """Pairs of chunk and vector, ``UPSERT_BATCH`` at a time. Raises ValueError when the lengths differ."""
    pairs = [(chunk, list(vector)) for chunk, vector in zip(chunks, vectors, strict=True)]
    for start in range(0, len(pairs), UPSERT_BATCH):
        yield pairs[start : start + UPSERT_BATCH]


def identity(dimension: int, model: str | None) -> dict[str, Any]:
    """What an index remembers of how it was made."""
    return {"dimension": dimension, "model": model, "encoder": ENCODER}


def require_same(stored: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Raise StartupFailed when an existing index was made otherwise; what either side does not name is not compared."""
    for field in ("dimension", "model", "encoder"):
        was, now = stored.get(field), wanted.get(field)
        if was is not None and now is not None and was != now:
            raise StartupFailed(
                f"The search index was made with {field} {was}, but the settings now give {now}: "
                "set the former embedding model again, or run `footnote reindex`."
            )

"""The port of the search index.

How a SearchScope becomes the engine's filter (the same on every adapter):

| scope                                     | filter                                                        |
|-------------------------------------------|---------------------------------------------------------------|
| no libraries                              | none: no results, the engine is not called                    |
| libraries, ``document_ids`` None          | library_id ∈ libraries                                        |
| libraries, ``document_ids`` given         | library_id ∈ libraries AND document_id ∈ document_ids         |
| libraries, ``document_ids`` empty         | none: no results, the engine is not called                    |

The filter is part of both the dense and the BM25 search, before fusion, so that invisible chunks never displace
visible ones.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Protocol
from uuid import UUID

from core.access import SearchScope
from core.errors import StartupFailed
from rag.embedding.language import are_different, language_of
from rag.embedding.similarity import cosines
from rag.index.fusion import AUTO, Fusion, SideHit, fused, trace_details
from rag.types import Chunk, Hit, ScoredChunk

DENSE, SPARSE = "dense", "sparse"
ENCODER = "bm25-1"  # stored with the index: terms of another encoder would not be found
UPSERT_BATCH = 256


class ChunkIndex(Protocol):
    """Stores chunks and searches them by meaning and by words. Vectors have the dimension given to :meth:`open`."""

    async def open(self, dimension: int, *, model: str | None = None) -> None:
        """Creates or loads the collection; calling it again is harmless.

        Args:
            dimension: length of the vectors.
            model: name of the embedding model, stored with the collection.

        Raises:
            StartupFailed: it was made with another model or dimension, or another process owns it.
            UpstreamUnavailable: the server does not answer.
        """

    async def ping(self) -> None:
        """Returns at once when a search would be answered now, even if the index is empty.

        Raises:
            UpstreamUnavailable: it is not open or missing, or its server does not answer. A frozen server is silent: use a timeout.
        """

    async def upsert(self, chunks: Sequence[Chunk], vectors: Sequence[Sequence[float]]) -> None:
        """Adds or replaces chunks by id. When it returns, the next search finds them and a killed process does not lose them."""

    async def delete(self, chunk_ids: Sequence[UUID]) -> None:
        """Removes chunks; unknown ids are ignored."""

    async def delete_document(self, document_id: UUID) -> None:
        """Removes all chunks of a document."""

    async def keep_only(self, document_id: UUID, chunk_ids: Collection[UUID]) -> None:
        """Removes all chunks of a document except these."""

    async def move_document(self, document_id: UUID, library_id: UUID) -> None:
        """Gives all chunks of a document another library. When it returns, the next search finds them there only."""

    async def vectors(self, chunk_ids: Sequence[UUID]) -> dict[UUID, list[float]]:
        """The dense vectors of the chunks that exist."""

    async def chunks(self, chunk_ids: Collection[UUID]) -> dict[UUID, Chunk]:
        """The chunks that exist, as they were stored."""

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

        Returns ids only: answers take the chunks from the table rows, which are authoritative; tools, from :meth:`chunks`.

        Args:
            fusion: how the two lists are fused.
            details: gets the details for the trace, see :func:`rag.index.fusion.trace_details`.
        """

    async def count(self, scope: SearchScope | None = None) -> int:
        """The number of chunks in the scope; None counts all."""

    async def take_name(self) -> bool:
        """Makes outside tools find this index under the plain name of the collection; calling it again is harmless.

        Returns:
            False when another collection has that name and must be dropped first.
        """

    async def optimise(self) -> bool:
        """Removes what many changes left behind; True when there was something. For quiet hours: searches may have to wait."""

    async def heal(self) -> bool:
        """After a call failed: sets damaged data aside and goes on empty; True when chunks were lost. Cheap when nothing is wrong."""

    async def close(self) -> None:
        """Writes everything to disk and releases the engine or the connections."""

    async def drop(self) -> None:
        """Removes all its data, also when it was never opened or does not exist. It may be opened again, or closed."""


def is_empty(scope: SearchScope) -> bool:
    """True when the scope allows nothing at all."""
    return not scope.library_ids or (scope.document_ids is not None and not scope.document_ids)


def allowed_values(scope: SearchScope) -> dict[str, list[str]]:
    """Payload field → allowed values; every field must match. Not for empty scopes."""
    values = {"library_id": sorted(map(str, scope.library_ids))}
    if scope.document_ids is not None:
        values["document_id"] = sorted(map(str, scope.document_ids))
    return values


def searched_text(chunk: Chunk) -> str:
    """The text of a chunk that is searched by words: its headings, then its text."""
    return "\n".join([*chunk.path, chunk.text])


def to_payload(chunk: Chunk) -> dict[str, Any]:
    """The chunk as the engine stores it."""
    return chunk.model_dump(mode="json")


async def with_chunks(index: ChunkIndex, hits: Sequence[Hit]) -> list[ScoredChunk]:
    """The hits of a search with their chunks as stored in the index: for tools and evaluations."""
    chunks = await index.chunks([hit.chunk_id for hit in hits])
    return [
        ScoredChunk(chunk=chunks[hit.chunk_id], score=hit.score, similarity=hit.similarity)
        for hit in hits
        if hit.chunk_id in chunks
    ]


def to_hits(
    dense: Sequence[SideHit], words: Sequence[SideHit], fusion: Fusion, top_k: int, details: dict[str, Any] | None
) -> list[Hit]:
    """The fused hits of both sides."""
    if details is not None:
        details |= trace_details(dense, words, fusion)
    return [Hit(UUID(hit.chunk_id), score, hit.similarity) for hit, score in fused(dense, words, fusion, top_k)]


def by_words(
    points: Sequence[Any],
    vector_of: Callable[[Any], Sequence[float]],
    question: str,
    question_vector: Sequence[float],
    dense: Sequence[SideHit],
) -> list[SideHit]:
    """The hits by words with their cosine similarity, which is computed only for those that the search by meaning did not find.

    Args:
        points: points of the engine with their texts, found by words.
        vector_of: returns the dense vector of a point.
        dense: the hits by meaning.
    """
    known = {hit.chunk_id: hit.similarity for hit in dense}
    others = [point for point in points if str(point.id) not in known]
    known |= zip(
        (str(one.id) for one in others), cosines([vector_of(one) for one in others], question_vector), strict=True
    )
    language = language_of(question)
    return [
        SideHit(
            str(point.id),
            point.score,
            known[str(point.id)],
            is_foreign=are_different(language, language_of(str((point.payload or {}).get("text", "")))),
        )
        for point in points
    ]


def batches(chunks: Sequence[Chunk], vectors: Sequence[Sequence[float]]) -> Iterator[list[tuple[Chunk, list[float]]]]:
    """Pairs of chunk and vector, ``UPSERT_BATCH`` at a time. Raises ValueError when the lengths differ."""
    pairs = [(chunk, list(vector)) for chunk, vector in zip(chunks, vectors, strict=True)]
    for start in range(0, len(pairs), UPSERT_BATCH):
        yield pairs[start : start + UPSERT_BATCH]


def identity(dimension: int, model: str | None) -> dict[str, Any]:
    """How an index was made, as stored with it."""
    return {"dimension": dimension, "model": model, "encoder": ENCODER}


def require_same(stored: dict[str, Any], expected: dict[str, Any]) -> None:
    """Raises StartupFailed when an existing index was made differently; values missing on either side are not compared."""
    for field in ("dimension", "model", "encoder"):
        was, now = stored.get(field), expected.get(field)
        if was is not None and now is not None and was != now:
            raise StartupFailed(
                f"The search index was made with {field} {was}, but the settings now give {now}: "
                "set the former embedding model again, or run `footnote reindex`."
            )

"""Question to evidence: embed, search, keep what can carry an answer.

A chunk is evidence when it is near enough in meaning (``min_similarity``) and shares words with the question; the nearer it is, the
fewer words it needs. The steps are in ``ENOUGH`` and were measured, see evals/refusals.py. Once there is evidence, chunks that are
near in meaning or in words alone come along (``ALSO``): the sentence that answers may stand in one that is mostly about other things.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.access import SearchScope
from core.settings import RetrievalSettings
from rag.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, searched_text
from rag.index.terms import term_ids
from rag.trace import Trace
from rag.types import Chunk, NearestDocument, ScoredChunk, Source

NEAREST = 3
# (least share of the question's words, similarity above min_similarity): any pair that holds is enough
ENOUGH = ((0.60, 0.00), (0.30, 0.15), (0.0, 0.30))
ALSO = ((0.50, -1.0), (0.0, 0.00))

# Chunks found, by id → those of them that may be shown, as they are now. The index may lag behind what was deleted or replaced.
Shown = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, Chunk]]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a search gave.

    Attributes:
        sources: numbered from 1, best first; empty when nothing found can carry an answer.
        nearest: the closest documents of the scope, found when there is no evidence.
        is_anything_there: False when the scope held no text at all.
    """

    sources: tuple[Source, ...]
    nearest: tuple[NearestDocument, ...]
    is_anything_there: bool


class Retriever:
    """Searches within a scope."""

    def __init__(self, embeddings: FootnoteEmbeddings, index: ChunkIndex, settings: RetrievalSettings) -> None:
        self._embeddings = embeddings
        self._index = index
        self._settings = settings

    async def find(
        self, query: str, scope: SearchScope, shown: Shown | None = None, trace: Trace | None = None
    ) -> Evidence:
        """The evidence for a stand-alone question within the scope.

        Args:
            shown: asked which of the chunks found may be shown.
            trace: gets a stage for each step.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        trace = trace or Trace()
        with trace.stage("embed"):
            vector = await self._embeddings.aembed_query(query)
        with trace.stage("search") as details:
            hits = await self._index.search(query, vector, scope, top_k=self._settings.top_k)
            details["found"] = len(hits)
        if shown is not None:
            present = await shown([hit.chunk.chunk_id for hit in hits])
            hits = [_as_it_is(hit, present) for hit in hits if hit.chunk.chunk_id in present]
        terms = term_ids(query)
        distinct = _distinct(hits)
        is_answerable = any(self._passes(hit, terms, ENOUGH) for hit in distinct)
        kept = [hit for hit in distinct if is_answerable and self._passes(hit, terms, ALSO)][: self._settings.top_n]
        sources = tuple(
            Source(number=number, chunk=hit.chunk, similarity=hit.similarity)
            for number, hit in enumerate(kept, start=1)
        )
        return Evidence(sources, () if sources else nearest_documents(hits), bool(hits))

    def _passes(self, hit: ScoredChunk, terms: frozenset[int], steps: Sequence[tuple[float, float]]) -> bool:
        margin = (hit.similarity or 0.0) - self._settings.min_similarity
        share = len(terms & term_ids(searched_text(hit.chunk))) / len(terms) if terms else 0.0
        return any(share >= least and margin >= nearer for least, nearer in steps)


def _as_it_is(hit: ScoredChunk, present: Mapping[UUID, Chunk]) -> ScoredChunk:
    return hit.model_copy(update={"chunk": present[hit.chunk.chunk_id]})


def nearest_documents(hits: Sequence[ScoredChunk]) -> tuple[NearestDocument, ...]:
    """The documents of the closest hits, closest first, each once."""
    closest = sorted(hits, key=lambda hit: hit.similarity or 0.0, reverse=True)
    first_of = {hit.chunk.document_id: hit for hit in reversed(closest)}
    ordered = [hit for hit in closest if first_of[hit.chunk.document_id] is hit]
    return tuple(
        NearestDocument(
            document_id=hit.chunk.document_id,
            title=hit.chunk.title,
            page=hit.chunk.page,
            place=hit.chunk.where,
            similarity=hit.similarity,
        )
        for hit in ordered[:NEAREST]
    )


def _distinct(hits: Sequence[ScoredChunk]) -> list[ScoredChunk]:
    """Without repetitions of the same text, as two copies of a file give."""
    return list({hit.chunk.content_hash: hit for hit in reversed(hits)}.values())[::-1]

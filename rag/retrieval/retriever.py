"""The retriever, stage by stage: embed, search, fuse, rerank, threshold, expand, dedupe, pack.

Each stage is in a module of its own, has its settings in ``RetrievalSettings`` and ``RerankSettings``, and its time in the trace.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.access import SearchScope
from core.settings import RetrievalSettings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, Fusion
from rag.retrieval.candidates import Candidate, fused
from rag.retrieval.dedupe import joined, without_copies, without_near_copies
from rag.retrieval.expand import Around, Expansion, expanded
from rag.retrieval.pack import packed
from rag.retrieval.rerank import Reranking
from rag.retrieval.search_cache import SearchCache, as_shown, is_crowded
from rag.retrieval.threshold import retrieved
from rag.trace import Trace
from rag.types import Chunk, Hit, NearestDocument, ScoredChunk, Source

NEAREST = 3
REACHES = (1, 4, 16)  # how much further a search goes when what it finds is mostly of versions that are not shown
SPARE = 2  # as many sources as are wanted, times this, are widened: some will turn out to be the same

# Chunks found, by id → those of them that may be shown, as they are now. The index may lag behind what was deleted or replaced.
Shown = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, Chunk]]]


@dataclass(frozen=True, slots=True)
class Rows:
    """What the tables know of the chunks in the index; without them, chunks are as the index has them and stay as narrow.

    Attributes:
        shown: which of them may be shown.
        around: what stands around them.
        search_cache: what searches found before.
    """

    shown: Shown | None = None
    around: Around | None = None
    search_cache: SearchCache | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
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
    """Searches within a scope.

    Args:
        reranking: None leaves the order of the search.
    """

    def __init__(
        self,
        embeddings: FootnoteEmbeddings,
        index: ChunkIndex,
        settings: RetrievalSettings,
        reranking: Reranking | None = None,
    ) -> None:
        self._embeddings = embeddings
        self._index = index
        self._settings = settings
        self._reranking = reranking
        self._coverage_of: dict[str, float] = {}  # asked for twice

    async def find(
        self,
        query: str,
        scope: SearchScope,
        rows: Rows | None = None,
        trace: Trace | None = None,
        *,
        further: Sequence[str] = (),
        expand: Expansion = "off",
    ) -> Retrieved:
        """The evidence for a stand-alone question within the scope.

        Args:
            further: questions searched for beside it.
            expand: how far sources are widened.
            trace: gets a stage for each step.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        rows, trace = rows or Rows(), trace or Trace()
        questions = [query, *further]
        found = await self._found(questions, scope, rows, trace)
        candidates = fused(found)
        if self._reranking is not None:
            with trace.stage("rerank") as details:
                candidates = await self._reranking.ordered(query, candidates, details)
        kept = self._relevant(questions, candidates, trace)
        sources = await self._sources(query, kept, rows, expand, trace) if kept else ()
        return Retrieved(sources, () if sources else nearest_documents(candidates), bool(candidates))

    async def _found(
        self, questions: Sequence[str], scope: SearchScope, rows: Rows, trace: Trace
    ) -> list[list[ScoredChunk]]:
        """The hits of each question that may be shown."""
        cached = await self._cached_hits(questions, rows, trace)
        new = [question for question in questions if question not in cached]
        vectors = await self._embedded(new, trace) if new else {}
        hits, shown = dict(cached), rows.shown or self._index.chunks
        for reach in REACHES:
            if vectors:
                hits |= await self._searched(vectors, scope, reach * self._settings.top_k, trace)
            with trace.stage("shown") as details:
                present = await shown({hit.chunk_id for found in hits.values() for hit in found})
                details["shown"] = len(present)
            vectors = {question: vector for question, vector in vectors.items() if is_crowded(hits[question], present)}
            if not vectors:
                break
        for question in new:
            if rows.search_cache and all(
                hit.chunk_id in present for hit in hits[question]
            ):  # else the index lags behind
                rows.search_cache.put_later(question, hits[question])
        return [as_shown(hits[question], present)[: self._settings.top_k] for question in questions]

    async def _cached_hits(self, questions: Sequence[str], rows: Rows, trace: Trace) -> dict[str, list[Hit]]:
        """What searches for these questions found before; nothing without rows that say what may be shown."""
        if rows.search_cache is None or rows.shown is None:
            return {}
        with trace.stage("search_cache") as details:
            found = {question: await rows.search_cache.get(question) for question in questions}
            cached = {question: hits for question, hits in found.items() if hits is not None}
            details |= {"of": len(found), "known": len(cached)}
        return cached

    async def _embedded(self, questions: Sequence[str], trace: Trace) -> dict[str, Sequence[float]]:
        with trace.stage("embed") as details:
            vectors = await self._embeddings.aembed_queries(list(questions))
            details["texts"] = len(vectors)
        return dict(zip(questions, vectors, strict=True))

    async def _searched(
        self, vectors: Mapping[str, Sequence[float]], scope: SearchScope, top_k: int, trace: Trace
    ) -> dict[str, list[Hit]]:
        with trace.stage("search") as details:
            sides: list[dict[str, Any]] = [{} for _ in vectors]
            found = await asyncio.gather(
                *(
                    self._search(question, vector, scope, top_k, said)
                    for (question, vector), said in zip(vectors.items(), sides, strict=True)
                )
            )
            details |= {"questions": len(found), "found": len({hit.chunk_id for hits in found for hit in hits})}
            details["sides"] = sides
        return dict(zip(vectors, found, strict=True))

    async def _search(
        self, question: str, vector: Sequence[float], scope: SearchScope, top_k: int, details: dict[str, Any]
    ) -> list[Hit]:
        fusion = Fusion(self._settings.fusion, self._settings.dense_weight, self._language_coverage(question))
        return await self._index.search(question, vector, scope, top_k=top_k, fusion=fusion, details=details)

    def _language_coverage(self, question: str) -> float:
        if question not in self._coverage_of:
            self._coverage_of[question] = self._embeddings.language_coverage(question)
        return self._coverage_of[question]

    def _relevant(self, questions: Sequence[str], candidates: Sequence[Candidate], trace: Trace) -> list[Candidate]:
        least = self._settings.min_similarity
        min_score = self._reranking.min_score if self._reranking else None
        with trace.stage("threshold") as details:
            known = [self._language_coverage(question) for question in questions]
            kept = retrieved(questions, without_copies(candidates), least, min_score, known)
            details |= {"of": len(candidates), "kept": len(kept)}
        return kept

    async def _sources(
        self, query: str, kept: Sequence[Candidate], rows: Rows, expand: Expansion, trace: Trace
    ) -> tuple[Source, ...]:
        kept = kept[: SPARE * self._settings.top_n]
        narrow = {candidate.chunk.chunk_id: candidate for candidate in kept}
        if expand != "off" and rows.around is not None:
            with trace.stage("expand") as details:
                kept = await expanded(kept, expand, rows.around)
                wider = sum(candidate is not narrow[candidate.chunk.chunk_id] for candidate in kept)
                details |= {"how": expand, "widened": wider}
        with trace.stage("deduplicate") as details:
            distinct = without_near_copies(joined(kept), narrow, query)
            details |= {"of": len(kept), "kept": len(distinct)}
        with trace.stage("pack") as details:
            sources, tokens = packed(distinct, narrow, self._settings.top_n, self._settings.budget_tokens)
            details |= {"sources": len(sources), "tokens": tokens, "budget": self._settings.budget_tokens}
        return sources


def nearest_documents(candidates: Sequence[Candidate]) -> tuple[NearestDocument, ...]:
    """The documents of the closest chunks, closest first, each once."""
    closest = sorted(candidates, key=lambda candidate: candidate.similarity, reverse=True)
    each_once = {one.chunk.document_id: one for one in reversed(closest)}
    ordered = [one for one in closest if each_once[one.chunk.document_id] is one]
    return tuple(
        NearestDocument(
            document_id=one.chunk.document_id,
            title=one.chunk.title,
            page=one.chunk.page,
            locator=one.chunk.where,
            similarity=one.similarity,
        )
        for one in ordered[:NEAREST]
    )

"""The retriever. Its stages: embed, search, fuse, rerank, threshold, expand, dedupe, pack.

Each stage has its own module, its settings in ``RetrievalSettings`` and ``RerankSettings``, and its time in the trace.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.access import SearchScope
from core.errors import UpstreamUnavailable
from core.settings import RetrievalSettings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, Fusion
from rag.retrieval.candidates import Candidate, fused
from rag.retrieval.dedupe import joined, without_copies, without_near_copies
from rag.retrieval.expand import Expansion, expanded
from rag.retrieval.nearest import nearest_passages
from rag.retrieval.pack import packed
from rag.retrieval.rerank import Reranking
from rag.retrieval.rows import Rows
from rag.retrieval.search_cache import is_mostly_hidden, visible_hits
from rag.retrieval.threshold import relevant
from rag.retrieval.typos import mended
from rag.retrieval.words_only import found_by_words
from rag.trace import Trace
from rag.types import Chunk, Hit, ScoredChunk, Source

TOP_K_FACTORS = (1, 4, 16)  # tried in turn while most hits are of versions that may not be shown
MOST_BEST = 10  # chunks
MOST_TRACED = 15  # candidates of which the trace keeps place and similarity
SPARE = 2  # top_n times this many candidates are expanded: some turn out to be duplicates


@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """The result of a retrieval.

    Attributes:
        sources: numbered from 1, best first; empty when no candidate is evidence.
        nearest: the closest passage of each of the closest documents of the scope, numbered from 1, when there is no evidence.
        has_candidates: False when the scope has no text at all.
        mended: the query with its typos mended, when only that found evidence.
        best: the chunks that the search put first, when there is no evidence.
        is_by_words: the index did not answer, and only chunks with words of the question were looked at.
    """

    sources: tuple[Source, ...]
    nearest: tuple[Source, ...]
    has_candidates: bool
    mended: str = ""
    best: tuple[Chunk, ...] = ()
    is_by_words: bool = False


class Retriever:
    """Retrieves sources within a scope.

    Args:
        reranking: None keeps the order of the search.
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
        self._coverage_of: dict[str, float] = {}  # each is needed twice

    async def find(
        self,
        query: str,
        scope: SearchScope,
        rows: Rows | None = None,
        trace: Trace | None = None,
        *,
        further: Sequence[str] = (),
        expand: Expansion = "off",
        is_gated: bool = True,
        is_mended: bool = False,
    ) -> RetrievalResult:
        """The sources for a stand-alone question within the scope.

        Args:
            further: further questions to search for.
            expand: how far candidates are expanded.
            is_gated: only passages that seem to answer are evidence; False within documents that the question itself names: their best
                passages are evidence then.
            is_mended: typos in the query were mended; where nothing is evidence, they are.
            trace: gets one stage for each step.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        rows, trace = rows or Rows(), trace or Trace()
        questions = [query, *further]
        await self._learn_languages(questions)
        found, is_by_words = await self._found(questions, scope, rows, trace)
        candidates = fused([self._on_scale(question, hits) for question, hits in zip(questions, found, strict=True)])
        if self._reranking is not None:
            with trace.stage("rerank") as details:
                candidates = await self._reranking.ordered(query, candidates, details)
        evidence = self._relevant(questions, candidates, trace)
        if not evidence and not is_gated:
            evidence = list(without_copies(candidates))
        if not evidence and not is_mended and not is_by_words:
            better = await asyncio.to_thread(mended, query, candidates)
            if better != query:
                return await self.find(better, scope, rows, trace, expand=expand, is_mended=True)
        sources = await self._sources(query, evidence, rows, expand, trace) if evidence else ()
        nearest = () if sources else nearest_passages(candidates)
        best = () if sources else tuple(candidate.chunk for candidate in candidates[:MOST_BEST])
        searched_for = query if is_mended and sources else ""
        return RetrievalResult(sources, nearest, bool(candidates), searched_for, best, is_by_words)

    async def ranked(self, query: str, scope: SearchScope, rows: Rows | None = None) -> list[tuple[Candidate, float]]:
        """The best candidates for a query within the scope with their fused scores, best first, evidence or not.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        rows, trace = rows or Rows(), Trace()
        await self._learn_languages([query])
        [hits], _ = await self._found([query], scope, rows, trace)
        candidates = list(without_copies(fused([self._on_scale(query, hits)])))
        if self._reranking is not None:
            candidates = list(await self._reranking.ordered(query, candidates, {}))
        scores = {hit.chunk.chunk_id: hit.score for hit in hits}
        return [(candidate, scores[candidate.chunk.chunk_id]) for candidate in candidates]

    async def _found(
        self, questions: Sequence[str], scope: SearchScope, rows: Rows, trace: Trace
    ) -> tuple[list[list[ScoredChunk]], bool]:
        """The hits of each question that may be shown, best first, and whether the index did not answer."""
        cached = await self._cached_hits(questions, rows, trace)
        new = [question for question in questions if question not in cached]
        vectors = await self._embedded(new, trace) if new else {}
        try:
            return await self._visible_hits(questions, cached, vectors, scope, rows, trace), False
        except UpstreamUnavailable:
            if rows.chunks_with is None:
                raise
        vectors |= await self._embedded(list(cached), trace) if cached else {}
        with trace.stage("words") as details:
            found = await found_by_words(vectors, scope, self._settings.top_k, rows.chunks_with, self._embeddings)
            details["found"] = sum(map(len, found.values()))
        return [found[question] for question in questions], True

    async def _visible_hits(
        self,
        questions: Sequence[str],
        cached: Mapping[str, list[Hit]],
        vectors: Mapping[str, Sequence[float]],
        scope: SearchScope,
        rows: Rows,
        trace: Trace,
    ) -> list[list[ScoredChunk]]:
        """The hits of each question that may be shown, best first.

        Args:
            vectors: of the questions without cached hits.
        """
        hits, visible_chunks, new = dict(cached), rows.visible_chunks or self._index.chunks, list(vectors)
        for factor in TOP_K_FACTORS:
            if vectors:
                hits |= await self._searched(vectors, scope, factor * self._settings.top_k, trace)
            with trace.stage("shown") as details:
                visible = await visible_chunks({hit.chunk_id for each in hits.values() for hit in each})
                details["shown"] = len(visible)
            vectors = {
                question: vector for question, vector in vectors.items() if is_mostly_hidden(hits[question], visible)
            }
            if not vectors:
                break
        for question in new:
            if rows.search_cache and all(
                hit.chunk_id in visible for hit in hits[question]
            ):  # otherwise the index lags behind
                rows.search_cache.put_later(question, hits[question])
        return [visible_hits(hits[question], visible)[: self._settings.top_k] for question in questions]

    async def _cached_hits(self, questions: Sequence[str], rows: Rows, trace: Trace) -> dict[str, list[Hit]]:
        """The cached hits of these questions; empty without rows that tell what may be shown."""
        if rows.search_cache is None or rows.visible_chunks is None:
            return {}
        with trace.stage("search_cache") as details:
            entries = {question: await rows.search_cache.get(question) for question in questions}
            cached = {question: hits for question, hits in entries.items() if hits is not None}
            details |= {"of": len(entries), "known": len(cached)}
        return cached

    async def _embedded(self, questions: Sequence[str], trace: Trace) -> dict[str, Sequence[float]]:
        with trace.stage("embed") as details:
            vectors = await self._embeddings.aembed_queries(list(questions), lambda known: details.update(cached=known))
            details["texts"] = len(vectors)
        return dict(zip(questions, vectors, strict=True))

    async def _searched(
        self, vectors: Mapping[str, Sequence[float]], scope: SearchScope, top_k: int, trace: Trace
    ) -> dict[str, list[Hit]]:
        with trace.stage("search") as details:
            sides: list[dict[str, Any]] = [{} for _ in vectors]
            results = await asyncio.gather(
                *(
                    self._search(question, vector, scope, top_k, side)
                    for (question, vector), side in zip(vectors.items(), sides, strict=True)
                )
            )
            details |= {"questions": len(results), "found": len({hit.chunk_id for hits in results for hit in hits})}
            details["sides"] = sides
        return dict(zip(vectors, results, strict=True))

    async def _search(
        self, question: str, vector: Sequence[float], scope: SearchScope, top_k: int, details: dict[str, Any]
    ) -> list[Hit]:
        settings, scale = self._settings, self._embeddings.scale
        fusion = Fusion(
            settings.fusion, settings.dense_weight, self._language_coverage(question), scale.crosses_languages
        )
        return await self._index.search(question, vector, scope, top_k=top_k, fusion=fusion, details=details)

    def _on_scale(self, question: str, hits: Sequence[ScoredChunk]) -> list[ScoredChunk]:
        """The hits with their similarity on the common scale, so that bars mean the same for every model."""
        scale = self._embeddings.scale
        return [
            hit
            if hit.similarity is None
            else hit.model_copy(update={"similarity": scale.search(hit.similarity, question, hit.chunk.text)})
            for hit in hits
        ]

    async def _learn_languages(self, questions: Sequence[str]) -> None:
        """Looks up how well the model knows the questions' languages, in a thread: its tokenizer may be busy."""
        for question in questions:
            if question not in self._coverage_of:
                self._coverage_of[question] = await asyncio.to_thread(self._embeddings.language_coverage, question)

    def _language_coverage(self, question: str) -> float:
        if question not in self._coverage_of:
            self._coverage_of[question] = self._embeddings.language_coverage(question)
        return self._coverage_of[question]

    def _relevant(self, questions: Sequence[str], candidates: Sequence[Candidate], trace: Trace) -> list[Candidate]:
        least = self._settings.min_similarity
        min_score = self._reranking.min_score if self._reranking else None
        with trace.stage("threshold") as details:
            coverage = [self._language_coverage(question) for question in questions]
            evidence = relevant(questions, without_copies(candidates), least, min_score, coverage)
            details |= {"of": len(candidates), "kept": len(evidence), "candidates": _traced(candidates, evidence)}
        return evidence

    async def _sources(
        self, query: str, evidence: Sequence[Candidate], rows: Rows, expand: Expansion, trace: Trace
    ) -> tuple[Source, ...]:
        candidates = evidence[: SPARE * self._settings.top_n]
        narrow = {candidate.chunk.chunk_id: candidate for candidate in candidates}
        if expand != "off" and rows.excerpts_around is not None:
            with trace.stage("expand") as details:
                candidates = await expanded(candidates, expand, rows.excerpts_around)
                wider = sum(candidate is not narrow[candidate.chunk.chunk_id] for candidate in candidates)
                details |= {"how": expand, "widened": wider}
        with trace.stage("deduplicate") as details:
            distinct = without_near_copies(joined(candidates), narrow, query)
            details |= {"of": len(candidates), "kept": len(distinct)}
        with trace.stage("pack") as details:
            sources, tokens = packed(distinct, narrow, self._settings.top_n, self._settings.budget_tokens)
            details |= {"sources": len(sources), "tokens": tokens, "budget": self._settings.budget_tokens}
        return sources


def _traced(candidates: Sequence[Candidate], evidence: Sequence[Candidate]) -> list[dict[str, Any]]:
    """The best candidates for the trace, by rank: ids and numbers, no text."""
    kept = {candidate.chunk.chunk_id for candidate in evidence}
    return [
        {
            "chunk": str(candidate.chunk.chunk_id),
            "document": str(candidate.chunk.document_id),
            "page": candidate.chunk.page,
            "section": candidate.chunk.section,
            "similarity": round(candidate.similarity, 3),
            "rerank": None if candidate.rerank_score is None else round(candidate.rerank_score, 3),
            "kept": candidate.chunk.chunk_id in kept,
        }
        for candidate in candidates[:MOST_TRACED]
    ]

"""The RAG pipeline: a question within a scope to a stream of typed events. Stateless: history is an argument."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from uuid import UUID

from core.access import SearchScope
from core.settings import RetrievalSettings
from rag.events import Citations, Done, Failed, PipelineEvent, Refused, Searching, Sources, Token
from rag.grounding import check as citations
from rag.grounding.marker_stream import only_known
from rag.grounding.passage import Passage
from rag.index.live import IndexVersion, LiveIndex
from rag.models.usage_meter import UsageMeter
from rag.retrieval.expand import Excerpt, Expansion
from rag.retrieval.query import wanted
from rag.retrieval.rerank import Reranking
from rag.retrieval.retriever import Retrieved, Retriever, Rows
from rag.retrieval.search_cache import SearchCacheOf
from rag.trace import Trace
from rag.types import Chunk, Source, Timings, Turn
from rag.writing.writer import Answering, EarlierAnswer, Writing

# As ``rag.retrieval.retriever.Shown`` and ``rag.retrieval.expand.Around``, for the index version of a number.
ShownOf = Callable[[int, Collection[UUID]], Awaitable[Mapping[UUID, Chunk]]]
AroundOf = Callable[[int, Sequence[UUID], int], Awaitable[Mapping[UUID, Excerpt]]]

NO_EVIDENCE = "Nothing in your documents answers this question."
NO_TEXT = "There is no text to search in yet. Add a document, then ask again."


@dataclass(slots=True)
class _Clock:
    """Milliseconds since the question came."""

    started: float
    sources_ms: float | None = None
    first_token_ms: float | None = None

    def now_ms(self) -> float:
        return round((perf_counter() - self.started) * 1000, 1)

    def timings(self) -> Timings:
        return Timings(sources_ms=self.sources_ms, first_token_ms=self.first_token_ms, total_ms=self.now_ms())


class RagPipeline:
    """Search, answer, check; each question with one index version and its model, from beginning to end."""

    def __init__(
        self,
        live: LiveIndex,
        answering: Answering,
        retrieval: RetrievalSettings,
        reranking: Reranking | None = None,
    ) -> None:
        self._live = live
        self._answering = answering
        self._retrieval = retrieval
        self._reranking = reranking

    async def stream(
        self,
        question: str,
        history: Sequence[Turn],
        scope: SearchScope,
        *,
        asked_at: float | None = None,
        shown: ShownOf | None = None,
        around: AroundOf | None = None,
        search_cache: SearchCacheOf | None = None,
        usage_meter: UsageMeter | None = None,
        earlier: EarlierAnswer | None = None,
    ) -> AsyncGenerator[PipelineEvent, None]:
        """The events of one answer, see ``rag/events.py``; the last is ``Done``, ``Refused`` or ``Failed``.

        A model that fails before its first word is followed by the next, then by an earlier answer, then by the extractive one
        (``Done.fallback_used``); one that fails later keeps its checked text and ends in ``Failed``.

        Args:
            asked_at: when the question came, by ``perf_counter``, if some time ago: times count from then on.
            shown: asked which of the chunks found in an index version may be shown.
            around: asked what stands around those.
            search_cache: what searches found before, and where they are remembered.
            usage_meter: takes down what the models cost, also of an answer that is not waited for; may say that none is asked.
            earlier: asked for what was answered before, when no model answers.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        async with self._live.use() as index_version:
            rows = Rows(
                partial(shown, index_version.number) if shown else None,
                partial(around, index_version.number) if around else None,
                search_cache(index_version.number) if search_cache else None,
            )
            trace = Trace() if asked_at is None else Trace(asked_at)
            stream = self._stream(
                index_version, question, history, scope, rows, usage_meter or UsageMeter(), earlier, trace
            )
            async with aclosing(stream) as events:
                async for event in events:
                    yield event

    async def _stream(
        self,
        index_version: IndexVersion,
        question: str,
        history: Sequence[Turn],
        scope: SearchScope,
        rows: Rows,
        usage_meter: UsageMeter,
        earlier: EarlierAnswer | None,
        trace: Trace,
    ) -> AsyncGenerator[PipelineEvent, None]:
        clock = _Clock(trace.began)
        trace.until_now("prepare")
        model = self._answering.completer(usage_meter)
        with trace.stage("standalone") as details:
            asked = await wanted(question, history, model, self._retrieval)
            details |= {"by": asked.by, "further": len(asked.further), "failure": asked.failure}
        query = asked.query
        yield Searching(query=query)
        retriever = Retriever(index_version.embeddings, index_version.index, self._retrieval, self._reranking)
        expand = self._expansion(is_for_model=model is not None)
        retrieved = await retriever.find(query, scope, rows, trace, further=asked.further, expand=expand)
        clock.sources_ms = clock.now_ms()
        if not retrieved.sources:
            yield _refusal(retrieved, clock, trace)
            return
        yield Sources(sources=retrieved.sources)
        passages = passages_of(retrieved.sources)
        writing, embeddings = self._answering.begin(usage_meter), index_version.embeddings
        with trace.stage("answer") as details:
            async with aclosing(
                self._answering.deltas(writing, embeddings, question, query, history, passages, earlier)
            ) as tokens:
                async for text in only_known(tokens, passages):
                    clock.first_token_ms = clock.first_token_ms or clock.now_ms()
                    yield Token(text=text)
            details["mode"], details["model"] = writing.mode, writing.model
        if not writing.text:  # evidence without a single sentence, such as a list of names
            yield _refusal(retrieved, clock, trace)
            return
        with trace.stage("check") as details:
            is_quoted, is_cut = writing.mode == "extractive", writing.failure is not None
            checked = await citations.check(
                writing.text, passages, embeddings, query, is_quoted=is_quoted, is_cut=is_cut
            )
            details |= checked.model_dump(include={"supported", "added", "unsupported", "dropped"})
        yield checked
        yield _end(writing, clock, trace)

    def _expansion(self, *, is_for_model: bool) -> Expansion:
        """A model reads what stands around a source; sentences are quoted best from what the search itself found."""
        if self._retrieval.expand != "auto":
            return self._retrieval.expand
        return "neighbours" if is_for_model else "off"

    async def check(self, answer: str, sources: Sequence[Source], question: str) -> Citations:
        """The check alone, for an answer that was stopped half-way."""
        async with self._live.use() as index_version:
            return await citations.check(answer, passages_of(sources), index_version.embeddings, question, is_cut=True)


def _end(writing: Writing, clock: _Clock, trace: Trace) -> Done | Failed:
    if writing.failure is not None:
        failure = writing.failure
        message = f"{failure.message} What it said until then is kept."
        return Failed(
            message=message,
            reference=failure.reference,
            retry_after_s=failure.retry_after_s,
            fallback_used=writing.fallback_used,
            trace=trace.stages(),
        )
    return Done(
        mode=writing.mode,
        model=writing.model,
        usage=writing.usage_meter.usage,
        timings=clock.timings(),
        fallback_used=writing.fallback_used,
        notice=writing.notice,
        trace=trace.stages(),
    )


def passages_of(sources: Sequence[Source]) -> dict[int, Passage]:
    """Number → passage, in the sources' order."""
    return {source.number: Passage(source) for source in sources}


def _refusal(retrieved: Retrieved, clock: _Clock, trace: Trace) -> Refused:
    message = NO_EVIDENCE if retrieved.is_anything_there else NO_TEXT
    return Refused(message=message, nearest=retrieved.nearest, timings=clock.timings(), trace=trace.stages())

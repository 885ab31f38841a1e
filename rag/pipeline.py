"""The RAG pipeline: turns a question within a scope into a stream of typed events. Stateless: history is an argument."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any
from uuid import UUID

from core.access import SearchScope
from core.settings import RetrievalSettings
from rag.compose.composed import Composed
from rag.compose.waiting import have_text, still_reading
from rag.corpus import Corpus
from rag.events import Citations, Done, PipelineEvent, Reasoning, Searching, Sources, Token
from rag.grounding import check as citations
from rag.grounding.marker_stream import shown
from rag.grounding.numbering import in_order
from rag.grounding.passage import Passage
from rag.grounding.points import missing_points
from rag.index.live import IndexVersion, LiveIndex
from rag.models.usage_meter import UsageMeter
from rag.plan import Basis, Planner
from rag.questions.kind import Kind
from rag.questions.meaning import classified
from rag.request import BY_WORDS, INDEXING, Clock, Request, end, noted, refusal
from rag.retrieval.rerank import Reranking
from rag.retrieval.retriever import RetrievalResult
from rag.retrieval.rows import Rows
from rag.trace import Trace
from rag.types import Beginning, Source, Turn
from rag.writing.extractive import deltas, extract
from rag.writing.parts import notice_of, parts_without_source
from rag.writing.writer import AnswerDraft, AnswerWriter, EarlierAnswer

RowsOf = Callable[[int], Rows]  # of an index version, as the next two
CorpusOf = Callable[[int], Corpus]
SourcesBeforeOf = Callable[[int], Awaitable[Sequence[Source]]]

WARM_UP = "In which way are the figures of this year put together?"  # no rule knows it
COUNTED = {"supported", "added", "unsupported", "unchecked", "dropped", "score"}  # of the check, in the trace


class RagPipeline:
    """Searches, answers and checks; each question uses one index version and its embedding model throughout."""

    def __init__(
        self,
        live: LiveIndex,
        writer: AnswerWriter,
        retrieval: RetrievalSettings,
        reranking: Reranking | None = None,
    ) -> None:
        self._live = live
        self._writer = writer
        self._planner = Planner(retrieval, reranking)

    @property
    def index_version(self) -> int:
        """The number of the live index version; 0 before there is one."""
        current = self._live.current
        return current.number if current else 0

    async def warm_up(self) -> None:
        """Load what the first question would wait for: word lists, and the examples by which meaning tells a kind.

        Raises:
            UpstreamUnavailable: the embedding server does not answer.
        """
        async with self._live.use() as index_version:
            await classified(WARM_UP, index_version.embeddings)

    async def stream(
        self,
        question: str,
        history: Sequence[Turn],
        scope: SearchScope,
        *,
        asked_at: float | None = None,
        rows: RowsOf | None = None,
        usage_meter: UsageMeter | None = None,
        corpus: CorpusOf | None = None,
        attached: Sequence[UUID] = (),
        kind: Kind | None = None,
        sources_before: SourcesBeforeOf | None = None,
        earlier_answer: EarlierAnswer | None = None,
        beginning: Beginning | None = None,
    ) -> AsyncGenerator[PipelineEvent, None]:
        """The events of one answer, see ``rag/events.py``; the last is ``Done``, ``Refused`` or ``Failed``.

        If a model fails before its first word, the next model answers, then an earlier answer, then the extractive one
        (``Done.fallback_used``). If it fails later, its text is checked and stays, and the last event is ``Failed``.

        Args:
            asked_at: when the question arrived, by ``perf_counter``; times count from then. None means now.
            rows: access to the rows of the index version; without it, chunks come from the index.
            usage_meter: counts what the models cost, also when the caller stops reading; its ``refusal`` forbids models.
            corpus, attached, kind, sources_before: see :class:`rag.request.Request`.
            earlier_answer: returns a cached answer when no model answers.
            beginning: the answer to continue, from its own sources: nothing is searched for, and its text is the first token.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        async with self._live.use() as index_version:
            number = index_version.number
            request = Request(
                question,
                history,
                scope,
                rows(number) if rows else Rows(),
                usage_meter or UsageMeter(),
                corpus(number) if corpus else None,
                attached,
                kind,
                partial(sources_before, number) if sources_before else None,
                earlier_answer,
                beginning,
            )
            trace = Trace() if asked_at is None else Trace(asked_at)
            async with aclosing(self._stream(index_version, request, trace)) as events:
                async for event in events:
                    yield noted(event, self._live.notice)

    async def _stream(
        self, index_version: IndexVersion, request: Request, trace: Trace
    ) -> AsyncGenerator[PipelineEvent, None]:
        clock, beginning = Clock(trace.began), request.beginning
        trace.until_now("prepare")
        if beginning is None:
            model = self._writer.completer(request.usage_meter)
            asked = await self._planner.understood(request, index_version.embeddings, model, trace)
            yield Searching(query=asked.query, question_kind=asked.kind, understood=asked.is_rewritten)
            basis = await self._planner.basis(index_version, request, asked, trace, has_model=model is not None)
            if basis.is_answer:
                async for event in _told(basis, index_version, clock, trace):
                    yield event
                return
            if not basis.retrieved.sources:
                reading = await still_reading(request.question, request.corpus, asked.route.documents)
                if not (reading or basis.retrieved.has_candidates) and await have_text(request.corpus):
                    reading = INDEXING
                yield await asyncio.to_thread(refusal, asked.query, basis.retrieved, clock, trace, reading)
                return
        else:
            basis = Basis(beginning.query, Kind.FACT, RetrievalResult(beginning.sources, (), True))
            yield Searching(query=beginning.query)
        async for event in self._answer(index_version, request, basis, clock, trace):
            yield event

    async def _answer(
        self, index_version: IndexVersion, request: Request, basis: Basis, clock: Clock, trace: Trace
    ) -> AsyncGenerator[PipelineEvent, None]:
        """The events of an answer written from sources: by a model, else their best sentences."""
        query, retrieved = basis.query, basis.retrieved
        clock.sources_ms = clock.now_ms()
        yield Sources(sources=retrieved.sources)
        draft = self._writer.begin(request.usage_meter, request.beginning.answer if request.beginning else "")
        if draft.text:
            yield Token(text=draft.text)
        async with aclosing(self._written(draft, index_version, request, basis, trace)) as pieces:
            async for event in pieces:
                clock.first_token_ms = clock.first_token_ms or clock.now_ms()
                yield event
        if not draft.text:  # evidence without a single sentence, such as a list of names
            yield await asyncio.to_thread(refusal, query, retrieved, clock, trace)
            return
        is_quoted, is_cut = draft.mode == "extractive", draft.is_cut or draft.failure is not None
        yield await _checked(draft.text, retrieved.sources, index_version, query, trace, is_quoted, is_cut)
        if basis.retrieved.is_by_words:
            draft.fallback_used, draft.notice = True, f"{draft.notice} {BY_WORDS}".strip()
        if basis.retrieved.mended:
            draft.notice = f"{draft.notice} Searched for: {basis.retrieved.mended}".strip()
        if is_quoted and basis.told is None:  # a model says so itself
            missing = await asyncio.to_thread(parts_without_source, query, retrieved.sources)
            draft.notice = f"{draft.notice} {notice_of(missing)}".strip()
        yield end(draft, clock, trace)

    async def _written(
        self, draft: AnswerDraft, index_version: IndexVersion, request: Request, basis: Basis, trace: Trace
    ) -> AsyncGenerator[Token | Reasoning, None]:
        """The answer while it is written, with its stage in the trace."""
        passages = passages_of(basis.retrieved.sources)
        quoted = partial(_quoted, basis, list(passages.values()), index_version)
        with trace.stage("answer") as details:
            pieces = self._writer.deltas(
                draft,
                request.question,
                basis.query,
                request.history,
                passages,
                quoted,
                request.earlier_answer,
                basis.kind,
            )
            async with aclosing(pieces):
                async for event in shown(pieces, passages):
                    yield event
            details |= _details(draft, passages)

    async def check(self, answer: str, sources: Sequence[Source], question: str) -> Citations:
        """Checks an answer that was stopped half-way; it is neither searched for nor written again."""
        async with self._live.use() as index_version:
            checked = await citations.check(
                answer, passages_of(sources), index_version.embeddings, question, is_cut=True
            )
        return await asyncio.to_thread(in_order, checked, sources)

    async def missing_points(self, points: Sequence[str], answer: str, question: str) -> tuple[str, ...]:
        """The points that an answer does not make, see :func:`rag.grounding.points.missing_points`."""
        async with self._live.use() as index_version:
            return await missing_points(points, answer, question, index_version.embeddings)


def passages_of(sources: Sequence[Source]) -> dict[int, Passage]:
    """Number → passage, in the order of the sources."""
    return {source.number: Passage(source) for source in sources}


async def _told(
    basis: Basis, index_version: IndexVersion, clock: Clock, trace: Trace
) -> AsyncGenerator[PipelineEvent, None]:
    """The events of a composed answer."""
    told = basis.told or Composed("")
    if told.sources:
        clock.sources_ms = clock.now_ms()
        yield Sources(sources=told.sources)
    clock.first_token_ms = clock.now_ms()
    for piece in deltas(told.text):
        yield Token(text=piece)
    yield await _checked(told.text, told.sources, index_version, basis.query, trace, is_quoted=True)
    yield Done(mode="extractive", timings=clock.timings(), notice=told.notice, chart=told.chart, trace=trace.stages())


def _details(draft: AnswerDraft, passages: Mapping[int, Passage]) -> dict[str, Any]:
    """What the trace says of a written answer."""
    details: dict[str, Any] = {"mode": draft.mode, "model": draft.model}
    if draft.finish != "stop":
        details["finish"] = draft.finish
    if draft.finish == "length":  # what is needed to continue it
        details["runs"] = [
            [str(source.chunk.chunk_id), source.chunk.char_start, source.chunk.char_end]
            for source in (passage.source for passage in passages.values())
        ]
    if draft.is_cut:
        details["cut_at_chars"] = len(draft.text)
    return details


async def _quoted(basis: Basis, passages: list[Passage], index_version: IndexVersion) -> str:
    """The answer without a model: what was composed, else the best sentences."""
    if basis.told is not None:
        return basis.told.text
    return await extract(basis.query, passages, index_version.embeddings)


async def _checked(
    text: str,
    sources: Sequence[Source],
    index_version: IndexVersion,
    query: str,
    trace: Trace,
    is_quoted: bool = False,
    is_cut: bool = False,
) -> Citations:
    """The answer after the check, with its sources numbered in the order of appearance."""
    with trace.stage("check") as details:
        checked = await citations.check(
            text, passages_of(sources), index_version.embeddings, query, is_quoted=is_quoted, is_cut=is_cut
        )
        checked = await asyncio.to_thread(in_order, checked, sources)
        details |= checked.model_dump(include=COUNTED)
    return checked

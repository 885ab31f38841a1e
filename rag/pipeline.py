"""A question within a scope to a stream of typed events. Stateless: all it knows of a conversation is the history it is given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import UUID

from core.access import SearchScope
from core.errors import UpstreamUnavailable
from core.settings import LLMSettings, RetrievalSettings
from rag import citations
from rag.embeddings import FootnoteEmbeddings
from rag.events import AnswerMode, Citations, Done, Failed, PipelineEvent, Refused, Searching, Sources, Token
from rag.extractive import extract, pieces
from rag.live import Generation, LiveIndex
from rag.llm import ModelAnswer, messages_for
from rag.passage import Passage
from rag.query import standalone
from rag.retriever import Evidence, Retriever
from rag.types import Chunk, Source, Timings, Turn, Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from rag.llm import ModelFactory

# As ``rag.retriever.Shown``, for the generation of a number.
ShownOf = Callable[[int, Collection[UUID]], Awaitable[Mapping[UUID, Chunk]]]

NO_EVIDENCE = "Nothing in your documents answers this question."
NO_TEXT = "There is no text to search in yet. Add a document, then ask again."


@dataclass(slots=True)
class _Clock:
    """Milliseconds since the question came."""

    started: float = field(default_factory=perf_counter)
    sources_ms: float | None = None
    first_token_ms: float | None = None

    def now_ms(self) -> float:
        return round((perf_counter() - self.started) * 1000, 1)

    def timings(self) -> Timings:
        return Timings(sources_ms=self.sources_ms, first_token_ms=self.first_token_ms, total_ms=self.now_ms())


@dataclass(slots=True)
class _Writing:
    """An answer on its way: what was streamed so far, by whom."""

    mode: AnswerMode
    text: str = ""
    usage: Usage = field(default_factory=Usage)
    failure: UpstreamUnavailable | None = None
    fallback_used: bool = False


class RagPipeline:
    """Search, answer, check; each question with one generation of the index and its model, from beginning to end.

    Args:
        llm: makes the model, slowly at its first call; None gives extractive answers.
    """

    def __init__(
        self,
        live: LiveIndex,
        llm: ModelFactory | None,
        retrieval: RetrievalSettings,
        llm_settings: LLMSettings,
    ) -> None:
        self._live = live
        self._retrieval = retrieval
        self._llm = llm
        self._llm_settings = llm_settings

    async def stream(
        self,
        question: str,
        history: Sequence[Turn],
        scope: SearchScope,
        *,
        shown: ShownOf | None = None,
    ) -> AsyncGenerator[PipelineEvent, None]:
        """The events of one answer, see ``rag/events.py``; the last is ``Done``, ``Refused`` or ``Failed``.

        A model that fails before its first word is replaced by the extractive answer (``Done.fallback_used``); one that fails
        later keeps its checked text and ends in ``Failed``.

        Args:
            shown: asked which of the chunks found in a generation of the index may be shown.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        async with (
            self._live.use() as generation,
            aclosing(self._stream(generation, question, history, scope, shown)) as events,
        ):
            async for event in events:
                yield event

    async def _stream(
        self,
        generation: Generation,
        question: str,
        history: Sequence[Turn],
        scope: SearchScope,
        shown: ShownOf | None,
    ) -> AsyncGenerator[PipelineEvent, None]:
        clock = _Clock()
        llm = await asyncio.to_thread(self._llm) if self._llm else None
        query = await standalone(question, history, llm)
        yield Searching(query=query)
        retriever = Retriever(generation.embeddings, generation.index, self._retrieval)
        evidence = await retriever.find(query, scope, partial(shown, generation.number) if shown else None)
        clock.sources_ms = clock.now_ms()
        if not evidence.sources:
            yield _refusal(evidence, clock)
            return
        yield Sources(sources=evidence.sources)
        passages = passages_of(evidence.sources)
        writing = _Writing("llm" if llm else "extractive")
        embeddings = generation.embeddings
        async with aclosing(self._tokens(writing, llm, embeddings, question, query, history, passages)) as tokens:
            async for text in tokens:
                clock.first_token_ms = clock.first_token_ms or clock.now_ms()
                yield Token(text=text)
        if not writing.text:  # evidence without a single sentence, such as a list of names
            yield _refusal(evidence, clock)
            return
        yield await citations.check(writing.text, passages, embeddings, query)
        yield self._end(writing, clock)

    async def check(self, answer: str, sources: Sequence[Source], question: str) -> Citations:
        """The check alone, for an answer that was stopped half-way."""
        async with self._live.use() as generation:
            return await citations.check(answer, passages_of(sources), generation.embeddings, question)

    async def _tokens(
        self,
        writing: _Writing,
        llm: BaseChatModel | None,
        embeddings: FootnoteEmbeddings,
        question: str,
        query: str,
        history: Sequence[Turn],
        passages: Mapping[int, Passage],
    ) -> AsyncGenerator[str, None]:
        if llm is not None:
            messages = messages_for(question, history, [passage.source for passage in passages.values()])
            answer = ModelAnswer(llm, messages, self._llm_settings.timeout_s)
            try:
                async with aclosing(answer.pieces()) as stream:
                    async for text in stream:
                        writing.text += text
                        yield text
                writing.usage = answer.usage
                return
            except UpstreamUnavailable as failure:
                if writing.text:
                    writing.failure = failure
                    return
                writing.mode, writing.fallback_used = "extractive", True
        for text in pieces(await extract(query, list(passages.values()), embeddings)):
            writing.text += text
            yield text

    def _end(self, writing: _Writing, clock: _Clock) -> Done | Failed:
        if writing.failure is not None:
            failure = writing.failure
            message = f"{failure.message} What it said until then is kept."
            return Failed(message=message, reference=failure.reference, retry_after_s=failure.retry_after_s)
        return Done(
            mode=writing.mode,
            model=self._llm_settings.model if writing.mode == "llm" else None,
            usage=writing.usage,
            timings=clock.timings(),
            fallback_used=writing.fallback_used,
        )


def passages_of(sources: Sequence[Source]) -> dict[int, Passage]:
    """Number → passage, in the sources' order."""
    return {source.number: Passage(source) for source in sources}


def _refusal(evidence: Evidence, clock: _Clock) -> Refused:
    message = NO_EVIDENCE if evidence.is_anything_there else NO_TEXT
    return Refused(message=message, nearest=evidence.nearest, timings=clock.timings())

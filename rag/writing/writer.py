"""Writes the answer from the sources: by a language model, or extractively."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from core.errors import FootnoteError
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import AnswerMode
from rag.grounding.passage import Passage
from rag.models.chain import MeteredCompleter, ModelChain
from rag.models.completing import Completer
from rag.models.usage_meter import UsageMeter
from rag.types import Turn
from rag.writing.extractive import deltas, extract
from rag.writing.messages import messages_for

# An answer given before to the stand-alone question, within the asker's scope: canonical text whose numbers are those of these
# passages, and the name of the model that wrote it. None when there is none, or one that cites something else.
EarlierAnswer = Callable[[str, Mapping[int, Passage]], Awaitable[tuple[str, str | None] | None]]

NO_MODEL = "The language model did not answer. These are the best sentences of your documents, word for word."
FROM_BEFORE = "The language model did not answer. This is what it said when this was asked before."
WORD_FOR_WORD = "These are the best sentences of your documents, word for word."


@dataclass(slots=True)
class Writing:
    """An answer on its way: what was streamed so far, and by whom.

    Attributes:
        usage_meter: what it costs.
        failure: why the model stopped in the middle.
        fallback_used: it was not written by what should have written it; ``notice`` tells the reader.
    """

    mode: AnswerMode
    usage_meter: UsageMeter
    model: str | None = None
    text: str = ""
    failure: FootnoteError | None = None
    fallback_used: bool = False
    notice: str = field(default="")

    def by_another(self, model: str, first: str) -> None:
        """It is written by ``model``, where ``first`` should have."""
        self.model = model
        if model != first:
            self.fallback_used, self.notice = True, f"Written by {model}, because {first} did not answer."

    def without_model(self, notice: str) -> None:
        """It is taken from the sources instead."""
        self.mode, self.model, self.fallback_used, self.notice = "extractive", None, True, notice


class Answering:
    """Writes answers.

    Args:
        chain: the models to ask; None gives extractive answers.
    """

    def __init__(self, chain: ModelChain | None) -> None:
        self._chain = chain
        self._has_imported = False

    def completer(self, usage_meter: UsageMeter) -> Completer | None:
        """A model to ask in passing; None without one, or when none may be asked."""
        return MeteredCompleter(self._chain, usage_meter) if self._chain and not usage_meter.refusal else None

    def begin(self, usage_meter: UsageMeter) -> Writing:
        """An answer without a word yet."""
        return Writing("llm" if self._chain else "extractive", usage_meter)

    async def deltas(
        self,
        writing: Writing,
        embeddings: FootnoteEmbeddings,
        question: str,
        query: str,
        history: Sequence[Turn],
        passages: Mapping[int, Passage],
        earlier: EarlierAnswer | None = None,
    ) -> AsyncGenerator[str, None]:
        """The answer as it comes; ``writing`` says how it went. Models that fail before their first word are followed by what was
        answered before, and that by the sources' own words.

        Args:
            question: as it was asked; ``query`` is the stand-alone form of it.
        """
        if self._chain and writing.usage_meter.refusal:
            writing.without_model(f"{writing.usage_meter.refusal} {WORD_FOR_WORD}")
        elif self._chain:
            try:
                async with aclosing(self._written(self._chain, writing, question, query, history, passages)) as stream:
                    async for text in stream:
                        yield text
                return
            except FootnoteError as failure:
                if writing.text:
                    writing.failure = failure
                    return
            found = await earlier(query, passages) if earlier else None
            if found is not None:
                writing.text, writing.model = found
                writing.fallback_used, writing.notice = True, FROM_BEFORE
                yield writing.text
                return
            writing.without_model(NO_MODEL)
        for text in deltas(await extract(query, list(passages.values()), embeddings)):
            writing.text += text
            yield text

    async def _written(
        self,
        chain: ModelChain,
        writing: Writing,
        question: str,
        query: str,
        history: Sequence[Turn],
        passages: Mapping[int, Passage],
    ) -> AsyncGenerator[str, None]:
        """By the first model of the chain that answers."""
        sources = [passage.source for passage in passages.values()]
        route = chain.route(query, sources)
        if self._has_imported:  # then it takes less than the way to a thread and back
            messages = messages_for(question, history, sources)
        else:
            messages = await asyncio.to_thread(messages_for, question, history, sources)
            self._has_imported = True
        async with aclosing(chain.deltas(route, messages, writing.usage_meter)) as stream:
            async for model, text in stream:
                if not writing.text:
                    writing.by_another(model, route[0].settings.name)
                writing.text += text
                yield text

"""Writes the answer from the sources: by a language model, or extractively."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from core.errors import FootnoteError
from rag.events import AnswerMode
from rag.grounding.passage import Passage
from rag.models.chain import MeteredCompleter, ModelChain
from rag.models.completer import Completer
from rag.models.pieces import Piece
from rag.models.reply import AnswerTooLong
from rag.models.usage_meter import UsageMeter
from rag.questions.kind import Kind
from rag.types import Finish, Turn
from rag.writing.extractive import deltas
from rag.writing.joint import joined
from rag.writing.messages import messages_for

# Looks up a cached answer to the stand-alone question within the reader's scope: canonical text with the numbers of these
# passages, and the name of the model that wrote it. None when there is no such answer, or it cites other sources.
EarlierAnswer = Callable[[str, Mapping[int, Passage]], Awaitable[tuple[str, str | None] | None]]

NO_MODEL_SET = "There is no language model that could go on with this answer."
NO_MODEL = "The language model did not answer. These are the best sentences of your documents, word for word."
FROM_BEFORE = "The language model did not answer. This is what it said when this was asked before."
ENDED_EARLY: dict[Finish, str] = {
    "length": "The answer was cut off at the length limit.",
    "content_filter": "The content filter of the language model's provider stopped the answer here.",
}
WORD_FOR_WORD = "These are the best sentences of your documents, word for word."


@dataclass(slots=True)
class AnswerDraft:
    """An answer while it is written.

    Attributes:
        beginning: the text that it continues; empty for a new answer.
        model: the model that wrote it; None without one.
        text: the answer streamed so far, without reasoning.
        finish: how the model ended it; ``notice`` says so where it was not its end.
        failure: why the model stopped in the middle.
        is_cut: it is not complete; ``notice`` says why.
        fallback_used: the first model of the route did not write it; ``notice`` tells the reader.
    """

    mode: AnswerMode
    usage_meter: UsageMeter
    beginning: str = ""
    model: str | None = None
    text: str = ""
    finish: Finish = "stop"
    failure: FootnoteError | None = None
    is_cut: bool = False
    fallback_used: bool = False
    notice: str = field(default="")

    def by_another(self, model: str, first: str) -> None:
        """Records that ``model`` writes it; ``first`` is the first model of the route."""
        self.model = model
        if model != first:
            self.fallback_used, self.notice = True, f"Written by {model}, because {first} did not answer."

    def cut(self, reason: str) -> None:
        """Records that it ends where it was cut; ``reason`` says why."""
        self.is_cut = True
        self.notice = " ".join(filter(None, [self.notice, reason]))

    def take(self, piece: Piece) -> None:
        """Adds a piece of a model's reply."""
        if piece.kind == "answer":
            self.text += piece.text
        elif piece.kind == "retraction":
            self.text = self.beginning
        elif piece.kind == "end" and piece.finish in ENDED_EARLY:
            self.finish = piece.finish
            self.cut(ENDED_EARLY[piece.finish])

    def without_model(self, notice: str) -> None:
        """Records that it is extractive because no model answered; ``notice`` says why."""
        self.mode, self.model, self.fallback_used, self.notice = "extractive", None, True, notice


class AnswerWriter:
    """Writes answers by a chain of models, or extractively.

    Args:
        chain: the models; None gives extractive answers.
    """

    def __init__(self, chain: ModelChain | None) -> None:
        self._chain = chain
        self._has_imported = False

    def completer(self, usage_meter: UsageMeter) -> Completer | None:
        """A model for small tasks; None without a chain, or when no model may be called."""
        return MeteredCompleter(self._chain, usage_meter) if self._chain and not usage_meter.refusal else None

    def begin(self, usage_meter: UsageMeter, beginning: str = "") -> AnswerDraft:
        """A draft that is empty, or continues a text."""
        return AnswerDraft("llm" if self._chain else "extractive", usage_meter, beginning, text=beginning)

    async def deltas(
        self,
        draft: AnswerDraft,
        question: str,
        query: str,
        history: Sequence[Turn],
        passages: Mapping[int, Passage],
        quoted: Callable[[], Awaitable[str]],
        earlier_answer: EarlierAnswer | None = None,
        kind: Kind = Kind.FACT,
    ) -> AsyncGenerator[Piece, None]:
        """Streams answer and reasoning, and records the answer in ``draft``. If every model fails before its first word, an earlier
        answer follows, and without one an extractive answer.

        Args:
            question: the question as the reader wrote it; ``query`` is its stand-alone form.
            passages: number → source, best first.
            quoted: returns the extractive answer.
        """
        if draft.beginning and (self._chain is None or draft.usage_meter.refusal):
            draft.failure = FootnoteError(draft.usage_meter.refusal or NO_MODEL_SET)
            return
        if self._chain and draft.usage_meter.refusal:
            draft.without_model(f"{draft.usage_meter.refusal} {WORD_FOR_WORD}")
        elif self._chain:
            try:
                async with aclosing(
                    self._written(self._chain, draft, question, query, history, passages, kind)
                ) as stream:
                    async for piece in stream:
                        yield piece
                return
            except AnswerTooLong as too_long:
                draft.cut(f"{too_long.message} The answer was cut there.")
                return
            except FootnoteError as failure:
                if draft.text:
                    draft.failure = failure
                    return
            cached = await earlier_answer(query, passages) if earlier_answer else None
            if cached is not None:
                draft.text, draft.model = cached
                draft.fallback_used, draft.notice = True, FROM_BEFORE
                yield Piece("answer", draft.text)
                return
            draft.without_model(NO_MODEL)
        for text in deltas(await quoted()):
            draft.text += text
            yield Piece("answer", text)

    async def _written(
        self,
        chain: ModelChain,
        draft: AnswerDraft,
        question: str,
        query: str,
        history: Sequence[Turn],
        passages: Mapping[int, Passage],
        kind: Kind,
    ) -> AsyncGenerator[Piece, None]:
        """Streams the answer of the first model that answers."""
        sources = [passage.source for passage in passages.values()]
        route = chain.route(query, sources)
        if self._has_imported:  # then it takes less time than a switch to a thread and back
            messages = messages_for(question, history, sources, draft.beginning, kind)
        else:
            messages = await asyncio.to_thread(messages_for, question, history, sources, draft.beginning, kind)
            self._has_imported = True
        pieces = chain.deltas(route, messages, draft.usage_meter)
        async with aclosing(joined(pieces, draft.beginning) if draft.beginning else pieces) as stream:
            async for model, piece in stream:
                if piece.kind == "answer" and draft.text == draft.beginning:
                    draft.by_another(model, route[0].settings.name)
                draft.take(piece)
                yield piece

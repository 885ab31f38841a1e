"""The answer itself, once there is evidence: by a language model, or word for word from the sources."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import UpstreamUnavailable
from core.settings import LLMSettings
from rag.embeddings import FootnoteEmbeddings
from rag.events import AnswerMode
from rag.extractive import extract, pieces
from rag.llm import ModelAnswer, messages_for
from rag.passage import Passage
from rag.types import Turn, Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from rag.llm import ModelFactory


@dataclass(slots=True)
class Writing:
    """An answer on its way: what was streamed so far, and by whom.

    Attributes:
        failure: why the model stopped in the middle.
        fallback_used: it was not written by what should have written it.
    """

    mode: AnswerMode
    model: str | None = None
    text: str = ""
    usage: Usage = field(default_factory=Usage)
    failure: UpstreamUnavailable | None = None
    fallback_used: bool = False


class Answering:
    """Writes answers.

    Args:
        llm: makes the model, slowly at its first call; None gives extractive answers.
    """

    def __init__(self, llm: ModelFactory | None, settings: LLMSettings) -> None:
        self._llm = llm
        self._settings = settings

    async def model(self) -> BaseChatModel | None:
        """The model, None without one. The first call takes seconds."""
        return await asyncio.to_thread(self._llm) if self._llm else None

    def begin(self) -> Writing:
        """An answer without a word yet."""
        return Writing("llm", self._settings.model) if self._llm else Writing("extractive")

    async def pieces(
        self,
        writing: Writing,
        embeddings: FootnoteEmbeddings,
        question: str,
        query: str,
        history: Sequence[Turn],
        passages: Mapping[int, Passage],
    ) -> AsyncGenerator[str, None]:
        """The answer as it comes; ``writing`` says how it went. A model that fails before its first word is replaced by the sources' own.

        Args:
            question: as it was asked; ``query`` is the stand-alone form of it.
        """
        llm = await self.model()
        if llm is not None:
            messages = messages_for(question, history, [passage.source for passage in passages.values()])
            answer = ModelAnswer(llm, messages, self._settings.timeout_s)
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
                writing.mode, writing.model, writing.fallback_used = "extractive", None, True
        for text in pieces(await extract(query, list(passages.values()), embeddings)):
            writing.text += text
            yield text

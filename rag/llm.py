"""The language model: built by LangChain, streamed with a watch on silence and on broken streams.

LangChain is imported where it is used: it takes a second or more, and nothing of it is needed without a model.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import structlog

from core.errors import FootnoteError, UpstreamUnavailable
from core.settings import LLMSettings
from rag.fence import Fence
from rag.markers import parse
from rag.prompts import prompt
from rag.types import Source, Turn, Usage
from rag.unseen import seen

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage

    ModelFactory = Callable[[], BaseChatModel]

log = structlog.get_logger(__name__)

TURNS, LONGEST_CHARS = 4, 2000  # of the conversation that the model is reminded of
RETRY_AFTER_S = 0.5
BUSY, SERVER_ERROR = 429, 500


def build_llm(settings: LLMSettings) -> BaseChatModel | None:
    """The chat model that the settings ask for, or None. Imports for seconds when there is one."""
    if not settings.model:
        return None
    from langchain.chat_models import init_chat_model

    api_key = settings.api_key.get_secret_value() if settings.api_key else "none"
    options: dict[str, Any] = {
        "base_url": settings.base_url,
        "api_key": api_key,
        "timeout": settings.timeout_s,
        "max_tokens": settings.max_tokens,
        "max_retries": 0,  # ModelAnswer retries what is worth it
        "stream_usage": True,
        "use_responses_api": False,  # only OpenAI has it
    }
    model: BaseChatModel = init_chat_model(settings.model, model_provider="openai", **options)
    return model


def model_factory(settings: LLMSettings) -> ModelFactory | None:
    """What builds the model at its first call, in whatever thread that is, and gives the same one ever after; None without a model."""
    return functools.cache(lambda: build_llm(settings)) if settings.model else None  # type: ignore[return-value]


def messages_for(question: str, history: Sequence[Turn], sources: Sequence[Source]) -> list[BaseMessage]:
    """Instructions with the sources fenced off as data, the recent conversation, the question."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    fence = Fence("source")
    told = prompt("answer", fence=fence.mark, sources=fence.sources(sources))
    messages: list[BaseMessage] = [SystemMessage(told)]
    for turn in history[-TURNS:]:  # without their markers: those numbers meant other sources
        messages += [
            HumanMessage(seen(turn.question)[:LONGEST_CHARS]),
            AIMessage(seen(parse(turn.answer).bare)[:LONGEST_CHARS]),
        ]
    return [*messages, HumanMessage(seen(question))]


class ModelAnswer:
    """One answer of the model, streamed. Iterate :meth:`pieces` once; afterwards ``usage`` holds what the model counted.

    Args:
        timeout_s: longest silence between two pieces.
    """

    def __init__(self, llm: BaseChatModel, messages: list[BaseMessage], timeout_s: float) -> None:
        self._llm = llm
        self._messages = messages
        self._timeout_s = timeout_s
        self.usage = Usage()
        self.has_begun = False

    async def pieces(self) -> AsyncGenerator[str, None]:
        """The text as it comes, never empty. Before its first piece a failing server is tried once more.

        Raises:
            UpstreamUnavailable: no answer, silence, or an answer that broke off; says which.
        """
        for is_last_try in (False, True):
            try:
                async with aclosing(self._once()) as stream:
                    async for piece in stream:
                        yield piece
                return
            except Exception as error:
                if is_last_try or self.has_begun or not _is_worth_a_retry(error):
                    raise _fact(error, self._timeout_s) from error
            await asyncio.sleep(RETRY_AFTER_S)

    async def _once(self) -> AsyncGenerator[str, None]:
        is_finished = False
        stream = self._llm.astream(self._messages)
        try:
            while True:
                chunk = await asyncio.wait_for(anext(stream, None), self._timeout_s)
                if chunk is None:
                    break
                is_finished = is_finished or bool(chunk.response_metadata.get("finish_reason"))
                self._count(chunk)
                if chunk.text:
                    self.has_begun = True
                    yield chunk.text
        finally:
            await stream.aclose()  # type: ignore[attr-defined]
        if not is_finished:
            raise UpstreamUnavailable("The language model's answer broke off.")
        if not self.has_begun:
            raise UpstreamUnavailable("The language model gave an empty answer.")

    def _count(self, chunk: AIMessageChunk) -> None:
        if chunk.usage_metadata:
            counted = chunk.usage_metadata
            self.usage = Usage(input_tokens=counted["input_tokens"], output_tokens=counted["output_tokens"])


def _is_worth_a_retry(error: Exception) -> bool:
    if isinstance(error, TimeoutError):
        return False
    status = getattr(error, "status_code", None)
    return not isinstance(status, int) or status >= SERVER_ERROR


def _fact(error: Exception, timeout_s: float) -> FootnoteError:
    """The provider's exception as one of ours; details go to the log."""
    if isinstance(error, FootnoteError):
        fact: FootnoteError = error
    elif isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
        fact = UpstreamUnavailable(f"The language model was silent for {timeout_s:g} seconds.")
    elif getattr(error, "status_code", None) == BUSY:
        fact = UpstreamUnavailable("The language model is busy.", retry_after_s=_retry_after_s(error))
    else:
        fact = UpstreamUnavailable("The language model does not answer.")
    log.warning("llm.failed", reference=fact.reference, kind=type(error).__name__, error=str(error)[:500])
    return fact


def _retry_after_s(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return float(headers.get("retry-after", ""))
    except ValueError:
        return None

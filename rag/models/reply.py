"""One streamed reply of one server: watches for silence and for replies that end too early."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

from core.errors import UpstreamUnavailable
from rag.models.usage_meter import estimated
from rag.types import Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage


class Reply:
    """The reply to some messages. Iterate :meth:`deltas` once.

    Args:
        timeout_s: longest silence between two deltas.

    Attributes:
        text: what came so far.
        is_taken: the server has the request: from then on it may count tokens.
    """

    def __init__(self, model: BaseChatModel, messages: Sequence[BaseMessage], timeout_s: float) -> None:
        self._model = model
        self._messages = messages
        self._timeout_s = timeout_s
        self._counted: Usage | None = None
        self.text = ""
        self.is_taken = False

    @property
    def usage(self) -> Usage:
        """What the server counted, else an estimate."""
        return self._counted or estimated((message.text for message in self._messages), self.text)

    async def deltas(self) -> AsyncGenerator[str, None]:
        """The text as it comes, never empty.

        Raises:
            TimeoutError: silence.
            UpstreamUnavailable: it broke off, or had no text.
            Exception: whatever else the provider's client raises.
        """
        is_finished = False
        stream = self._model.astream(list(self._messages))
        try:
            while True:
                chunk = await self._next(stream)
                if chunk is None:
                    break
                is_finished = is_finished or bool(chunk.response_metadata.get("finish_reason"))
                self._count(chunk)
                if chunk.text:
                    self.text += chunk.text
                    yield chunk.text
        finally:
            await stream.aclose()  # type: ignore[attr-defined]
        if not is_finished:
            raise UpstreamUnavailable("The language model's answer broke off.")
        if not self.text:
            raise UpstreamUnavailable("The language model gave an empty answer.")

    async def _next(self, stream: object) -> AIMessageChunk | None:
        try:
            async with asyncio.timeout(self._timeout_s):
                chunk: AIMessageChunk | None = await anext(stream, None)  # type: ignore[call-overload]
        except (TimeoutError, asyncio.CancelledError):
            self.is_taken = True  # it may well be at work
            raise
        self.is_taken = True
        return chunk

    def _count(self, chunk: AIMessageChunk) -> None:
        if chunk.usage_metadata:
            counted = chunk.usage_metadata
            self._counted = Usage(input_tokens=counted["input_tokens"], output_tokens=counted["output_tokens"])

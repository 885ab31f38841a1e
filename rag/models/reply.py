"""One streamed reply of one server; detects silence and replies that end too early."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from core.errors import FootnoteError, UpstreamUnavailable
from core.storable import StorableStream
from rag.models.faults import NoAnswer
from rag.models.pieces import Piece
from rag.models.reasoning import ThoughtSplitter
from rag.models.usage_meter import estimated
from rag.types import Finish, Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk


CHARS_PER_TOKEN = 8  # twice what English has, so that no answer within its tokens is cut
LONGEST_CHARS = 60_000  # of any answer: reading, checking and showing it takes time in proportion
SHOWN_REASONING_CHARS = 20_000  # the rest of the thoughts is read and dropped
LONGEST_REASONING_CHARS = 400_000  # a model that thinks longer will not come to an end
MOST_EMPTY_DELTAS = LONGEST_REASONING_CHARS // 4  # some servers send one for each token of thoughts that they keep
# What servers call the ways in which an answer can end early; everything else is its end.
FINISHES: dict[str, Finish] = {
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "content_filter",
    "content-filter": "content_filter",
    "safety": "content_filter",
    "recitation": "content_filter",
}


class AnswerTooLong(FootnoteError):
    """A model wrote more than an answer may have; everything up to there was streamed."""


def most_chars(max_tokens: int) -> int:
    """The most characters of an answer of so many tokens; a server may ignore how many it was asked for."""
    return min(CHARS_PER_TOKEN * max_tokens, LONGEST_CHARS)


class Reply:
    """The reply to a list of messages. Iterate :meth:`deltas` once.

    Args:
        timeout_s: longest silence between two deltas, in seconds.
        most_chars: characters after which it is cut.

    Attributes:
        text: the answer received so far.
        finish: how it ended.
        is_taken: the server has the request, so it may charge tokens.
    """

    def __init__(
        self, model: BaseChatModel, messages: Sequence[BaseMessage], timeout_s: float, most_chars: int
    ) -> None:
        self._model = model
        self._messages = messages
        self._timeout_s = timeout_s
        self._most_chars = most_chars
        self._storable, self._storable_thoughts = StorableStream(), StorableStream()
        self._splitter = ThoughtSplitter()
        self._reported: Usage | None = None
        self._thoughts: list[str] = []
        self._thought_chars = self._empty_deltas = 0
        self.text = ""
        self.finish: Finish = "stop"
        self.is_taken = False

    @property
    def usage(self) -> Usage:
        """The usage that the server reported, else an estimate."""
        return self._reported or estimated(
            (message.text for message in self._messages), "".join([*self._thoughts, self.text])
        )

    async def deltas(self) -> AsyncGenerator[Piece, None]:
        """Streams answer and reasoning, storable; no text is empty. The last piece says how it ended.

        Raises:
            TimeoutError: the server was silent for ``timeout_s`` seconds.
            UpstreamUnavailable: the reply broke off, or had no text.
            NoAnswer: it ended before there was an answer.
            AnswerTooLong: it was cut; the last piece of the answer ends where it was cut.
            Exception: any error of the provider's client.
        """
        finish = ""
        # LangChain's astream keeps every chunk until the end and then joins them, at a squared cost.
        stream = self._model._astream(list(self._messages))
        try:
            while True:
                chunk = await self._next(stream)
                if chunk is None:
                    break
                finish = _finish_of(chunk) or finish
                self._count(chunk.message)
                for piece in self._pieces(chunk.message):
                    yield piece
                if len(self.text) == self._most_chars:
                    raise AnswerTooLong(f"The language model wrote more than {self._most_chars:,} characters.")
                if self._thought_chars > LONGEST_REASONING_CHARS or self._empty_deltas > MOST_EMPTY_DELTAS:
                    raise NoAnswer("The language model thought for too long.")
                await asyncio.sleep(0)  # reading what has arrived waits for nothing: others take their turns
            for piece in self._taken(self._splitter.feed(self._storable.flush(), is_last=True)):
                yield piece
        finally:
            await stream.aclose()  # type: ignore[attr-defined]
        if not finish:
            raise UpstreamUnavailable("The language model's answer broke off.")
        self.finish = FINISHES.get(finish.lower(), "stop")
        self._require_answer()
        yield Piece("end", finish=self.finish)

    def _require_answer(self) -> None:
        """Raises when the complete reply has no answer."""
        if self.text.strip():
            return
        if self.finish == "content_filter":
            raise NoAnswer("The content filter of the language model's provider withheld the answer.")
        if self.finish == "length":
            raise NoAnswer("The language model reached its length limit before it answered.")
        if self._thought_chars:
            raise NoAnswer("The language model thought, and gave no answer.")
        raise UpstreamUnavailable("The language model gave an empty answer.")

    def _pieces(self, message: BaseMessage) -> Iterator[Piece]:
        thoughts = (message.additional_kwargs.get("reasoning_content") or "")[: LONGEST_REASONING_CHARS + 1]
        text = message.text[: LONGEST_REASONING_CHARS + 1]  # work on a delta takes time in proportion to its length
        self._empty_deltas += not thoughts and not text
        yield from self._taken([Piece("reasoning", self._storable_thoughts.feed(thoughts))])
        yield from self._taken(self._splitter.feed(self._storable.feed(text)))

    def _taken(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The pieces as far as there is room for them."""
        for piece in pieces:
            if piece.kind == "retraction":
                self._thought_chars += len(self.text)
                self._thoughts.append(self.text)
                self.text = ""
                yield piece
                continue
            is_answer = piece.kind == "answer"
            room = self._most_chars - len(self.text) if is_answer else SHOWN_REASONING_CHARS - self._thought_chars
            text = piece.text[: max(room, 0)]
            if is_answer:
                self.text += text
            else:
                self._thought_chars += len(piece.text)
                self._thoughts.append(piece.text)
            if text:
                yield Piece(piece.kind, text)

    async def _next(self, stream: AsyncIterator[ChatGenerationChunk]) -> ChatGenerationChunk | None:
        try:
            async with asyncio.timeout(self._timeout_s):
                chunk = await anext(stream, None)
        except (TimeoutError, asyncio.CancelledError):
            self.is_taken = True  # the server may be working on it
            raise
        self.is_taken = True
        return chunk

    def _count(self, message: BaseMessage) -> None:
        if metadata := getattr(message, "usage_metadata", None):
            self._reported = Usage(input_tokens=metadata["input_tokens"], output_tokens=metadata["output_tokens"])


def _finish_of(chunk: ChatGenerationChunk) -> str:
    """Why the server ended the reply; empty while it has not."""
    facts = {**(chunk.generation_info or {}), **chunk.message.response_metadata}
    return facts.get("finish_reason") or ""

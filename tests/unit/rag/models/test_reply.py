"""What a model sends all at once is taken in turns with everybody else's work."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from rag.models.faults import NoAnswer
from rag.models.reply import LONGEST_REASONING_CHARS, MOST_EMPTY_DELTAS, Reply

CHUNKS = 2000


class EagerModel(BaseChatModel):
    """Has its whole answer ready."""

    @property
    def _llm_type(self) -> str:
        return "eager"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        raise NotImplementedError

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        for _number in range(CHUNKS):
            yield ChatGenerationChunk(message=AIMessageChunk(content="word "))
        yield ChatGenerationChunk(message=AIMessageChunk(content="", response_metadata={"finish_reason": "stop"}))


async def test_others_take_their_turns_while_a_model_floods() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    working = asyncio.create_task(others())
    reply = Reply(EagerModel(), [HumanMessage(content="x")], timeout_s=10, most_chars=100_000)
    pieces = [piece async for piece in reply.deltas()]
    working.cancel()
    assert "".join(piece.text for piece in pieces) == "word " * CHUNKS
    assert turns > CHUNKS


class EndlessModel(EagerModel):
    """Goes on for ever with the same delta."""

    thoughts: str = ""
    sent: int = 0

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        thoughts = {"reasoning_content": self.thoughts} if self.thoughts else {}
        chunk = ChatGenerationChunk(message=AIMessageChunk(content="", additional_kwargs=thoughts))
        while True:
            self.sent += 1
            yield chunk


async def _longest_turn_s(model: EndlessModel) -> float:
    """The longest time for which a reply that never ends keeps others waiting."""
    longest, last = 0.0, time.thread_time()

    async def others() -> None:
        nonlocal longest, last
        while True:
            longest, last = max(longest, time.thread_time() - last), time.thread_time()
            await asyncio.sleep(0)

    working = asyncio.create_task(others())
    reply = Reply(model, [HumanMessage(content="x")], timeout_s=10, most_chars=60_000)
    try:
        with pytest.raises(NoAnswer, match="too long"):
            async for _ in reply.deltas():
                pass
        await asyncio.sleep(0)
    finally:
        working.cancel()
    return longest


async def test_a_model_that_sends_nothing_for_ever_is_left() -> None:
    model = EndlessModel()
    assert await _longest_turn_s(model) < 0.2
    assert model.sent == MOST_EMPTY_DELTAS + 1


async def test_a_model_that_thinks_for_ever_is_left_without_a_last_long_turn() -> None:
    model = EndlessModel(thoughts="hmm, ")
    assert await _longest_turn_s(model) < 0.2
    assert model.sent == LONGEST_REASONING_CHARS // 5 + 1


async def test_one_endless_delta_of_thoughts_ends_it() -> None:
    model = EndlessModel(thoughts="hmm, " * 1_000_000)
    assert await _longest_turn_s(model) < 0.2
    assert model.sent == 1

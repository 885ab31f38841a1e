"""An event that never ends is not kept in memory."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx2 as httpx  # OpenAI's client stands on it
import pytest
from langchain_core.messages import HumanMessage
from openai import APIConnectionError

from core.settings.chain import ModelSettings
from rag.models.event_limit import LONGEST_EVENT_BYTES, limit_events
from rag.models.providers import build_model
from rag.models.reply import Reply

PART = b"word " * 20_000
IN_BUFFERS_BYTES = 20_000_000  # of the kernel and of both sides


class EndlessServer:
    """Answers every request with one event that never ends."""

    def __init__(self) -> None:
        self.sent_bytes = 0
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        writer.write(b'data: {"id": "x", "choices": [{"index": 0, "delta": {"content": "')
        with contextlib.suppress(OSError):
            while True:
                writer.write(PART)
                self.sent_bytes += len(PART)
                await writer.drain()
        writer.close()


@pytest.fixture
async def endless() -> AsyncIterator[EndlessServer]:
    """On a free port."""
    made = EndlessServer()
    async with await asyncio.start_server(made.answer, "127.0.0.1", 0) as server:
        made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        yield made
        server.close()


async def test_an_event_without_an_end_is_left(endless: EndlessServer) -> None:
    model, close = build_model(ModelSettings(name="any"), endless.url)
    reply = Reply(model, [HumanMessage(content="x")], timeout_s=30, most_chars=60_000)
    with pytest.raises(APIConnectionError):
        async for _ in reply.deltas():
            pass
    await close()
    assert endless.sent_bytes < LONGEST_EVENT_BYTES + IN_BUFFERS_BYTES


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n"])
async def test_events_that_end_may_be_any_number(end: bytes) -> None:
    body = [b"data: " + b"x" * 1_000_000, end[:1], end[1:]] * 20

    async def parts() -> AsyncIterator[bytes]:
        for part in body:
            yield part

    response = httpx.Response(200, content=parts(), request=httpx.Request("GET", "http://any"))
    await limit_events(response)
    assert sum([len(part) async for part in response.aiter_bytes()]) == sum(map(len, body))

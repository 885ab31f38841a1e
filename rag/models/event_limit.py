"""Bounds a single event of a model's stream: clients keep the bytes of an event until it is complete, and one may never be."""

from collections.abc import AsyncIterator

import httpx2 as httpx  # OpenAI's client stands on it

LONGEST_EVENT_BYTES = 2 * 1024**2  # beyond an answer with all its thoughts; to read more would hold the loop
ENDS = (b"\n\n", b"\n\r\n")  # of an event


class _Limited(httpx.AsyncByteStream):
    """The body of a response, as far as its events end."""

    def __init__(self, response: httpx.Response) -> None:
        assert isinstance(response.stream, httpx.AsyncByteStream)
        self._stream, self._request = response.stream, response.request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size_bytes, tail = 0, b""
        async for part in self._stream:
            looked_at = tail + part
            end = max(looked_at.rfind(end) for end in ENDS)
            size_bytes = len(looked_at) - end if end >= 0 else size_bytes + len(part)
            if size_bytes > LONGEST_EVENT_BYTES:
                raise httpx.RemoteProtocolError("The server sends an event without an end.", request=self._request)
            tail = looked_at[-2:]
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


async def limit_events(response: httpx.Response) -> None:
    """A response hook: reading the body raises httpx.RemoteProtocolError after ``LONGEST_EVENT_BYTES`` without an end."""
    response.stream = _Limited(response)

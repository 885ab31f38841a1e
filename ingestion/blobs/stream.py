"""A byte stream read on behalf of the store, which can be aborted from outside."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable


class Aborted(Exception):
    """Raised into the store so that it removes the part it has stored."""


class BlobStream:
    """The pieces of an upload for the store, counted.

    Args:
        look: awaited once per ``every_bytes``; an error that it raises ends the stream.

    Attributes:
        size_bytes: bytes passed on so far.
        failure: the error that the stream raised, if any, because the store wraps or swallows it.
    """

    def __init__(self, stream: AsyncIterator[bytes], every_bytes: int, look: Callable[[], Awaitable[None]]) -> None:
        self._stream = stream
        self._every_bytes = every_bytes
        self._look = look
        self._looked_at = 0
        self._pull: asyncio.Future[bytes] | None = None
        self._is_aborted = False
        self.size_bytes = 0
        self.failure: BaseException | None = None

    async def first(self, size_bytes: int) -> tuple[bytes, bool]:
        """The beginning, ``size_bytes`` or a little more, and True when that is the whole stream."""
        beginning = bytearray()
        async for piece in self:
            beginning += piece
            if len(beginning) >= size_bytes:
                return bytes(beginning), False
        return bytes(beginning), True

    async def after(self, beginning: bytes) -> AsyncIterator[bytes]:
        """Yields the beginning again, then the rest."""
        yield beginning
        async for piece in self:
            yield piece

    def __aiter__(self) -> "BlobStream":
        return self

    async def __anext__(self) -> bytes:
        if self._is_aborted:
            raise Aborted
        try:
            piece = await self._next()
        except StopAsyncIteration:
            raise
        except asyncio.CancelledError as error:
            raise Aborted from error
        except BaseException as error:
            self.failure = error
            raise
        self.size_bytes += len(piece)
        return piece

    async def _next(self) -> bytes:
        if self.size_bytes >= self._looked_at:
            await self._look()
            self._looked_at = self.size_bytes + self._every_bytes
        self._pull = asyncio.ensure_future(anext(self._stream))
        return await self._pull

    def abort(self) -> None:
        """Make the next read raise Aborted, and cancel the present one."""
        self._is_aborted = True
        if self._pull is not None:
            self._pull.cancel()

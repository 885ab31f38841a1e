"""A byte stream read on behalf of the store, which can be aborted from outside."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable


class BrokenOff(Exception):
    """Told to the store so that it throws away what it has."""


class BlobStream:
    """Pieces for the store; counts them.

    Args:
        look: awaited once per ``every_bytes``; what it raises breaks the stream off.

    Attributes:
        size_bytes: passed on so far.
        failure: what the stream raised, if it did: the store wraps or swallows it.
    """

    def __init__(self, stream: AsyncIterator[bytes], every_bytes: int, look: Callable[[], Awaitable[None]]) -> None:
        self._stream = stream
        self._every_bytes = every_bytes
        self._look = look
        self._looked_at = 0
        self._pull: asyncio.Future[bytes] | None = None
        self._is_broken_off = False
        self.size_bytes = 0
        self.failure: BaseException | None = None

    async def first(self, size_bytes: int) -> tuple[bytes, bool]:
        """Its beginning, ``size_bytes`` or a little more; and True when that is all of it."""
        beginning = bytearray()
        async for piece in self:
            beginning += piece
            if len(beginning) >= size_bytes:
                return bytes(beginning), False
        return bytes(beginning), True

    async def after(self, beginning: bytes) -> AsyncIterator[bytes]:
        """The beginning again, then the rest."""
        yield beginning
        async for piece in self:
            yield piece

    def __aiter__(self) -> "BlobStream":
        return self

    async def __anext__(self) -> bytes:
        if self._is_broken_off:
            raise BrokenOff
        try:
            piece = await self._next()
        except StopAsyncIteration:
            raise
        except asyncio.CancelledError as error:
            raise BrokenOff from error
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

    def break_off(self) -> None:
        """Make the next read raise, and the present one at once."""
        self._is_broken_off = True
        if self._pull is not None:
            self._pull.cancel()

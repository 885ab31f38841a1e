"""Server-sent events out of an async iterator: they beat, stop with the server, and end when the sign-in ends.

The iterator runs in one task of its own from beginning to end. Whoever leaves early (the client, a stopping server) cancels that task,
and its cleaning up (storing a half answer, say) is waited for, outside the cancelled request.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Message, Receive, Scope, Send

from core.errors import FootnoteError, new_reference
from rag.events import Failed
from web.errors import UNKNOWN, log

T = TypeVar("T")
HEARTBEAT_S = 15
RECHECK_S = 10.0
AHEAD = 16
CLEANUP_S = 5.0


class End(Exception):
    """The iterator has no more items."""


class Pump(Generic[T]):
    """Runs an iterator in its own task, a few items ahead of whoever takes them."""

    def __init__(self, items: AsyncIterator[T]) -> None:
        self._queue: asyncio.Queue[T | Exception] = asyncio.Queue(AHEAD)
        self._task = asyncio.create_task(self._run(items))

    async def _run(self, items: AsyncIterator[T]) -> None:
        try:
            async for item in items:
                await self._queue.put(item)
        except Exception as error:
            await self._queue.put(error)
        else:
            await self._queue.put(End())
        finally:
            close = getattr(items, "aclose", None)
            if close is not None:
                await close()

    async def take(self) -> T:
        """The next item; raises End after the last one, and whatever the iterator raised."""
        item = await self._queue.get()
        if isinstance(item, Exception):
            raise item
        return item

    async def close(self) -> None:
        """Stop the iterator and wait, for a while, until it has cleaned up; safe to call twice."""
        self._task.cancel()
        with anyio.move_on_after(CLEANUP_S, shield=True):
            await asyncio.wait({self._task})


class EventStream(EventSourceResponse):
    """The response; closes its pump however it ends, also when it never began to send."""

    def __init__(self, content: AsyncIterator[ServerSentEvent], pump: Pump[T]) -> None:
        super().__init__(content, ping=HEARTBEAT_S, headers={"Cache-Control": "no-store"})
        self._pump = pump

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ended = False

        async def sending(message: Message) -> None:
            nonlocal is_ended
            is_ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await super().__call__(scope, receive, sending)
            if not is_ended:  # cut short by a stopping server, or the client is gone: then this goes nowhere
                await send({"type": "http.response.body", "body": b""})
        finally:
            await self._pump.close()


async def open_stream(
    items: AsyncIterator[T],
    encode: Callable[[T], ServerSentEvent],
    *,
    recheck: Callable[[], Awaitable[object]],
    failed_as: str = "error",
) -> EventStream:
    """Start sending. What goes wrong before the first item is raised here, so that it becomes an ordinary error response.

    Args:
        recheck: called every few seconds; raises a FootnoteError when the caller may not listen any longer.
        failed_as: name of the last event when something goes wrong after the first item; its data is a ``Failed``.
    """
    pump = Pump(items)
    try:
        first = await pump.take()
    except BaseException:
        await pump.close()
        raise

    async def content() -> AsyncIterator[ServerSentEvent]:
        yield encode(first)
        try:
            async for item in checked(pump, recheck):
                yield encode(item)
        except FootnoteError as error:
            yield failure(failed_as, error.message, error.reference, error.retry_after_s)
        except Exception as error:
            reference = new_reference()
            log.error("http.stream_failed", reference=reference, exc_info=error)
            yield failure(failed_as, UNKNOWN, reference)

    return EventStream(content(), pump)


async def checked(pump: Pump[T], recheck: Callable[[], Awaitable[object]]) -> AsyncIterator[T]:
    """All items of a pump, with a look at the sign-in in between."""
    clock = asyncio.get_running_loop().time
    due = clock() + RECHECK_S
    while True:
        if clock() >= due:
            await recheck()
            due = clock() + RECHECK_S
        try:
            async with asyncio.timeout_at(due):
                item = await pump.take()
        except TimeoutError:
            continue
        except End:
            return
        yield item


def failure(name: str, message: str, reference: str, retry_after_s: float | None = None) -> ServerSentEvent:
    """The last event of a stream that went wrong."""
    data = Failed(message=message, reference=reference, retry_after_s=retry_after_s).model_dump_json()
    return ServerSentEvent(data, event=name)

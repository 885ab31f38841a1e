"""Server-sent events from an async iterator, with heartbeats; they end with the server and with the sign-in.

The iterator runs in its own task from beginning to end. When the client disconnects or the server stops, that task is cancelled, and its
cleanup (storing a partial answer, say) is awaited outside the cancelled request.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from core.errors import FootnoteError
from core.retry import known
from rag.events import Failed
from web.errors import UNKNOWN, log

T = TypeVar("T")
HEARTBEAT_S = 15
FIRST_WITHIN_S = 5.0  # then the response begins without an item
RECHECK_S = 10.0
AHEAD = 16
CLEANUP_S = 5.0


class End(Exception):
    """Raised when the iterator has no more items."""


class Pump(Generic[T]):
    """Runs an iterator in its own task, at most ``AHEAD`` items ahead of the consumer."""

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
        """The next item. Raises End after the last one, and the iterator's exceptions."""
        item = await self._queue.get()
        if isinstance(item, Exception):
            raise item
        return item

    async def close(self) -> None:
        """Stop the iterator and wait up to ``CLEANUP_S`` seconds for its cleanup; safe to call twice."""
        self._task.cancel()
        with anyio.move_on_after(CLEANUP_S, shield=True):
            await asyncio.wait({self._task})


class EventStream(EventSourceResponse):
    """A response of events. It always closes its pump, even when it never began to send."""

    def __init__(self, content: AsyncIterator[ServerSentEvent], pump: Pump[T]) -> None:
        super().__init__(content, ping=HEARTBEAT_S, headers={"Cache-Control": "no-store"})
        self._pump = pump

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ended = False

        async def watched_send(message: Message) -> None:
            nonlocal is_ended
            is_ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await super().__call__(scope, receive, watched_send)
            if not is_ended:  # cut short by a stopping server; a disconnected client gets nothing
                await send({"type": "http.response.body", "body": b""})
        finally:
            await self._pump.close()


async def open_stream(
    items: AsyncIterator[T],
    encode: Callable[[T], ServerSentEvent],
    *,
    recheck: Callable[[], Awaitable[object]],
    failed_as: str = "error",
    failed: Callable[[FootnoteError], ServerSentEvent] | None = None,
) -> Response:
    """Start sending; 204 when there is no item. Errors before the first item are raised here, so that they become ordinary error responses.

    Args:
        recheck: called every few seconds; raises a FootnoteError when the client may not listen any longer.
        failed_as: name of the last event after an error behind the first item; its data is a ``Failed``.
        failed: makes that event in another shape.
    """
    pump = Pump(items)
    first: list[T] = []
    try:
        async with asyncio.timeout(FIRST_WITHIN_S):
            first.append(await pump.take())
    except TimeoutError:
        pass
    except End:
        await pump.close()
        return Response(status_code=204)
    except BaseException:
        await pump.close()
        raise

    async def content() -> AsyncIterator[ServerSentEvent]:
        for item in first:
            yield encode(item)
        try:
            async for item in checked(pump, recheck):
                yield encode(item)
        except Exception as error:
            fact = known(error) or FootnoteError(UNKNOWN)
            if fact is not error:
                log.error("http.stream_failed", reference=fact.reference, exc_info=error)
            if failed is not None:
                yield failed(fact)
            else:
                yield failure(failed_as, fact.message, fact.reference, fact.retry_after_s)

    return EventStream(content(), pump)


async def checked(pump: Pump[T], recheck: Callable[[], Awaitable[object]]) -> AsyncIterator[T]:
    """All items of a pump; calls ``recheck`` every ``RECHECK_S`` seconds."""
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
    """The last event of a failed stream."""
    data = Failed(message=message, reference=reference, retry_after_s=retry_after_s).model_dump_json()
    return ServerSentEvent(data, event=name)

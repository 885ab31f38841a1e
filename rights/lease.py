"""Signs of life of work that takes long, so that another process takes over what a killed one left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from core.retry import is_transient

log = structlog.get_logger(__name__)

BEAT_EVERY_S = 5.0
SILENCE_S = 30.0  # without a sign of life, the work is another process's


class TakenOver(Exception):
    """Another process has this work now."""


@asynccontextmanager
async def beating(beat: Callable[[], Awaitable[bool]]) -> AsyncIterator[None]:
    """Call ``beat`` every few seconds while the block runs; when it says that the work is another's, the block ends.

    Raises:
        TakenOver: the work was taken over.
    """
    worker = asyncio.current_task()
    is_lost = False

    async def keep() -> None:
        nonlocal is_lost
        while True:
            await asyncio.sleep(BEAT_EVERY_S)
            try:
                if await beat():
                    continue
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("lease.not_renewed", error=repr(error))
                continue
            is_lost = True
            if worker is not None:
                worker.cancel()
            return

    keeper = asyncio.create_task(keep())
    try:
        yield
    except asyncio.CancelledError:
        if is_lost:
            raise TakenOver from None
        raise
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)

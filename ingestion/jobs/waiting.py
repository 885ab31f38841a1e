"""Why queued files are not read yet, before the worker of a process that starts: the reason stands at their jobs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from core.closing import cancelled
from core.retry import forever, patiently
from db import jobs
from db.session import Database

OPENS = "The search index is being opened; this file is read after that."
REBUILDS = "The search index is being rebuilt; this file is read after that."
SAY_EVERY_S = 1.0
TAKE_BACK_AGAIN_S = 2.0
END_S = 5.0  # the longest that the last sentence is waited for


@asynccontextmanager
async def explained(
    database: Database, reason: Callable[[], str | None], say_every_s: float = SAY_EVERY_S
) -> AsyncIterator[None]:
    """While the block runs, queued jobs say why they wait; after it, those that still wait say nothing.

    They say nothing while any file is being read, by another process then: their turn comes there.

    Args:
        reason: a sentence; None while there is none.
        say_every_s: seconds before the first sentence, and between looks for new jobs.
    """
    said: set[str] = set()

    async def say() -> None:
        await asyncio.sleep(say_every_s)
        notice = reason()
        if notice is not None:
            said.add(notice)
            async with database.transaction() as session:
                await jobs.explain_waiting(session, notice, only_when_idle=True)

    async def take_back() -> None:
        async with database.transaction() as session:
            await jobs.forget_explanations(session, said)

    task = asyncio.create_task(forever("jobs.not_explained", say, 0.0, say_every_s), name="explaining")
    try:
        yield
    finally:
        await cancelled("jobs to be explained", task, END_S)
    if said:
        await patiently("jobs.not_explained", take_back, TAKE_BACK_AGAIN_S)

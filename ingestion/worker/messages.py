"""Takes the messages of a queue when one is announced, and now and then without: Redis may lose an announcement."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from arq.worker import Worker
from redis.asyncio import Redis

from ingestion.jobs.queue import WOKEN

BUSY_S = 0.25  # between two looks while tasks run
IDLE_S = 2.0
HEARS_FOR_S = 60.0


class AnnouncedWorker(Worker):  # type: ignore[misc]  # arq has no types
    """arq's worker, which would look four times a second, day and night.

    Args:
        woken: set when there is a message.
        options: arq's.
    """

    def __init__(self, woken: asyncio.Event, **options: Any) -> None:
        super().__init__(**options)
        self._woken = woken

    async def main(self) -> None:
        """Look for messages until cancelled."""
        self.ctx["redis"] = self.pool
        while True:
            self._woken.clear()
            await self._poll_iteration()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BUSY_S if self.tasks else IDLE_S):
                    await self._woken.wait()


async def hear(redis: Redis, calls: Mapping[str, Callable[[], None]]) -> None:
    """Call what is announced, by its name, until Redis fails; everything at the beginning, because announcements may have been lost."""
    async with redis.pubsub() as channel:
        await channel.subscribe(WOKEN)
        for call in calls.values():
            call()
        while True:
            message = await channel.get_message(ignore_subscribe_messages=True, timeout=HEARS_FOR_S)
            if message and (call_named := calls.get(message["data"].decode())):
                call_named()

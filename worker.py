"""``footnote worker``: background work in a process of its own, as many as wanted; the queue is in Redis."""

import asyncio
import contextlib
import signal
from collections.abc import Sequence

import structlog

from bootstrap import Services, attend, open_services, warm_up
from core.errors import StartupFailed
from core.parts import is_embedded
from core.settings import Settings
from ingestion.indexing.following import follow
from ingestion.jobs.queue import ALL_QUEUES, QueueName

log = structlog.get_logger(__name__)


async def work(settings: Settings, queues: Sequence[QueueName] = ALL_QUEUES) -> None:
    """Take jobs until SIGINT or SIGTERM; a job that is cut off is queued again.

    Args:
        queues: which to listen to.

    Raises:
        StartupFailed: parts are embedded, so there is nothing that two processes could share.
    """
    if is_embedded(settings):
        raise StartupFailed(
            "A worker of its own needs FOOTNOTE_DATABASE_URL, FOOTNOTE_REDIS_URL and FOOTNOTE_QDRANT_URL; "
            "without them `footnote serve` does this work itself."
        )
    async with open_services(settings) as services:
        await warm_up(services)
        if not services.readiness.is_ready:
            raise StartupFailed("The models could not be loaded; see the log.")
        running = asyncio.create_task(_work(services, queues))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, running.cancel)
        log.info("worker.started", queues=list(queues))
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def _work(services: Services, queues: Sequence[QueueName]) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(follow(services.index_versions))
        group.create_task(attend(services, queues))

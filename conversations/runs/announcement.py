"""Tells workers that answer runs wait."""

from collections.abc import Iterable
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from ingestion.jobs.queue import JobQueue

log = structlog.get_logger(__name__)


async def announce(queue: JobQueue, run_ids: Iterable[UUID], attempts: int = 0) -> None:
    """Wake a worker for each of these runs. Without Redis, workers find them by themselves."""
    try:
        for run_id in run_ids:
            await queue.enqueue_answer(run_id, attempts)
    except (RedisError, OSError) as error:
        log.warning("answers.not_announced", error=repr(error))

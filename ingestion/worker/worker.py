"""The worker's loops, the same inside the web process and in processes of their own. They outlive Redis and PostgreSQL."""

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import structlog
from arq.connections import ArqRedis
from arq.worker import Worker
from redis.asyncio import ConnectionPool, Redis

from core.faults import is_transient
from core.settings import WorkerSettings
from ingestion.jobs.queue import ALL_QUEUES, QueueName, pack, unpack, with_serializers
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.slots import Slots
from ingestion.worker.tasks import QUEUES

log = structlog.get_logger(__name__)

POLL_S = 0.1
SWEEP_EVERY_S = 5.0
HEALTH_EVERY_S = 10
REDIS_TIMEOUT_S = 10.0
LISTEN_AGAIN_S = 1.0
CANCEL_AGAIN_S = 1.0


async def run_worker(
    redis: ArqRedis,
    pipeline: IngestionPipeline,
    settings: WorkerSettings,
    queues: Sequence[QueueName] = ALL_QUEUES,
    context: Mapping[str, Any] | None = None,
) -> None:
    """Do jobs until cancelled; those that are running then go back to the queue.

    Args:
        queues: which to listen to. Jobs whose worker vanished are looked for whatever they are.
        context: more of what tasks find in their ``ctx``.
    """
    slots = Slots(pipeline, settings)
    ctx = {**(context or {}), "pipeline": pipeline, "slots": slots}
    async with asyncio.TaskGroup() as group:
        group.create_task(_sweep(pipeline, slots))
        if QueueName.INGESTION in queues:
            group.create_task(slots.run())
        for queue in queues:
            group.create_task(_listen(redis, queue, settings.max_jobs, ctx))


async def _sweep(pipeline: IngestionPipeline, slots: Slots) -> None:
    """Find the jobs of vanished workers, again and again."""
    while True:
        try:
            count = await pipeline.requeue_silent()
            if count:
                log.info("jobs.queued_again", count=count)
                slots.wake()
        except Exception as error:
            level = log.warning if is_transient(error) else log.exception
            level("jobs.not_swept", error=repr(error))
        await asyncio.sleep(SWEEP_EVERY_S)


async def _listen(redis: Redis, queue: QueueName, max_jobs: int, ctx: dict[str, Any]) -> None:
    """Take messages from a queue; when Redis goes away, until it is back."""
    while True:
        own = _own_connections(redis)
        worker = Worker(
            QUEUES[queue],
            queue_name=queue.key,
            health_check_key=queue.health_key,
            health_check_interval=HEALTH_EVERY_S,
            redis_pool=with_serializers(own),
            ctx=dict(ctx),
            max_jobs=max_jobs,
            poll_delay=POLL_S,
            job_serializer=pack,
            job_deserializer=unpack,
            handle_signals=False,
            log_results=False,
        )
        try:
            await _until_cancelled(worker.async_run())
        except Exception as error:
            level = log.warning if is_transient(error) else log.exception
            level("queue.lost", queue=queue.value, error=repr(error))
        finally:
            await _close(worker, own)
        await asyncio.sleep(LISTEN_AGAIN_S)


async def _until_cancelled(running: Coroutine[Any, Any, None]) -> None:
    """Wait for what does not always hear that it is cancelled: arq and redis-py lose that now and then. It is told until it ends."""
    task = asyncio.ensure_future(running)
    try:
        await asyncio.wait({task})
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=CANCEL_AGAIN_S)
        error = None if task.cancelled() else task.exception()
    if error is not None:
        raise error


def _own_connections(redis: Redis) -> Redis:
    """To the same server. A Redis that stops answering is noticed."""
    pool = redis.connection_pool
    timeouts = {"socket_timeout": REDIS_TIMEOUT_S, "socket_connect_timeout": REDIS_TIMEOUT_S}
    return Redis.from_pool(ConnectionPool(connection_class=pool.connection_class, **pool.connection_kwargs | timeouts))


async def _close(worker: Worker, own: Redis) -> None:
    """Its running tasks go back to the queue, if Redis answers; else their messages come again by themselves."""
    with contextlib.suppress(Exception):
        await worker.close()
    with contextlib.suppress(Exception):
        await own.aclose()

"""The worker's loops, inside the web process or in separate processes. They survive restarts of Redis and PostgreSQL."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from arq.connections import ArqRedis
from arq.worker import Function, Worker
from redis.asyncio import ConnectionPool, Redis

from core.retry import forever, whenever
from core.settings import WorkerSettings
from db import fair_queue, jobs
from db.lookout import NET_S, Lookout
from ingestion.jobs.lease import LEASE_S
from ingestion.jobs.presence import BEAT_EVERY_S, Presence
from ingestion.jobs.queue import ALL_QUEUES, LINKS, QueueName, pack, unpack, with_serializers
from ingestion.worker.messages import AnnouncedWorker, hear
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.slots import Slots
from ingestion.worker.tasks import QUEUES

log = structlog.get_logger(__name__)

SWEEP_AGAIN_S = 5.0  # after a failure
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
    lookout: Lookout | None = None,
) -> None:
    """Do jobs until cancelled; running jobs then go back into the queue.

    Args:
        queues: the queues to listen to. Jobs whose worker vanished are requeued whatever the queues are.
        context: further entries of the tasks' ``ctx``; ``source_slots`` among them is woken when a link is to be read.
        lookout: of the process; None: one of its own.
    """
    slots = Slots(pipeline, settings)
    ctx = {**(context or {}), "pipeline": pipeline, "slots": slots}
    presence = Presence(redis, queues, slots, ctx.get("answer_slots"))
    own = Lookout(pipeline.database) if lookout is None else None
    seen = lookout or own
    assert seen is not None
    silent, calls = asyncio.Event(), {queue.value: asyncio.Event() for queue in queues}
    seen.when(jobs.some_silent(LEASE_S), silent.set)
    announced = {name: woken.set for name, woken in calls.items()}
    if "source_slots" in ctx:
        announced[LINKS] = ctx["source_slots"].wake
    async with presence, asyncio.TaskGroup() as group:
        group.create_task(forever("worker.no_heartbeat", presence.beat, BEAT_EVERY_S))
        group.create_task(whenever("jobs.not_swept", partial(_sweep, pipeline, slots), silent, NET_S, SWEEP_AGAIN_S))
        if QueueName.INGESTION in queues:
            seen.when(fair_queue.some_due(), slots.wake)
            group.create_task(slots.run(NET_S))
        if own is not None:
            group.create_task(own.run())
        group.create_task(forever("queue.not_heard", partial(hear, redis, announced), LISTEN_AGAIN_S))
        for queue in queues:
            listen = partial(_listen, redis, queue, settings.max_jobs, ctx, presence, calls[queue])
            group.create_task(forever("queue.lost", listen, LISTEN_AGAIN_S, queue=queue.value))


async def _sweep(pipeline: IngestionPipeline, slots: Slots) -> None:
    """Requeue the jobs of vanished workers."""
    count = await pipeline.requeue_silent()
    if count:
        log.info("jobs.queued_again", count=count)
        slots.wake()


async def _listen(
    redis: Redis, queue: QueueName, max_jobs: int, ctx: dict[str, Any], presence: Presence, woken: asyncio.Event
) -> None:
    """Take messages from a queue until Redis fails."""
    own = _own_connections(redis)
    worker = AnnouncedWorker(
        woken,
        functions=[_noted(function, presence) for function in QUEUES[queue]],
        queue_name=queue.key,
        health_check_key=queue.health_key,
        health_check_interval=HEALTH_EVERY_S,
        redis_pool=with_serializers(own),
        ctx=dict(ctx),
        max_jobs=max_jobs,
        job_serializer=pack,
        job_deserializer=unpack,
        handle_signals=False,
        log_results=False,
    )
    try:
        await _until_cancelled(worker.async_run())
    finally:
        await _close(worker, own)


def _noted(function: Function, presence: Presence) -> Function:
    """The task, which says in the worker's heartbeats that it runs."""

    async def run(*arguments: Any) -> Any:
        with presence.doing(function.name):
            return await function.coroutine(*arguments)

    return replace(function, coroutine=run)


async def _until_cancelled(running: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine; when cancelled, cancel it until it ends, because arq and redis-py sometimes lose a cancellation."""
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
    """New connections to the same server, with timeouts, so that a Redis that stops answering is detected."""
    pool = redis.connection_pool
    timeouts = {"socket_timeout": REDIS_TIMEOUT_S, "socket_connect_timeout": REDIS_TIMEOUT_S}
    return Redis.from_pool(ConnectionPool(connection_class=pool.connection_class, **pool.connection_kwargs | timeouts))


async def _close(worker: Worker, own: Redis) -> None:
    """Close a worker; its running tasks go back into the queue, or run again later when Redis does not answer."""
    try:  # gathered, because a task that is cancelled before it began ends this one as cancelled, too
        await asyncio.gather(worker.close(), return_exceptions=True)
    finally:
        await asyncio.gather(own.aclose(), return_exceptions=True)

"""The loop that takes work from the queue; the same inside the web process and in processes of its own."""

from arq.connections import ArqRedis
from arq.worker import Worker
from redis.asyncio import ConnectionPool

from core.settings import WorkerSettings
from ingestion.pipeline import IngestionPipeline
from ingestion.queue import with_serializers
from ingestion.tasks import worker_settings

POLL_S = 0.1


async def run_worker(redis: ArqRedis, pipeline: IngestionPipeline, settings: WorkerSettings) -> None:
    """Do jobs until cancelled; those that are running then go back to the queue."""
    pool = redis.connection_pool
    own = ArqRedis(ConnectionPool(connection_class=pool.connection_class, **pool.connection_kwargs))
    worker = Worker(
        **worker_settings(pipeline),
        redis_pool=with_serializers(own),
        max_jobs=settings.max_jobs,
        poll_delay=POLL_S,
    )
    try:
        await worker.async_run()
    finally:
        await worker.close()

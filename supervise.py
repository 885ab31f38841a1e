"""The life of the objects that ``bootstrap`` built: models loaded, the index attended to, background work run until the end."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from core.closing import cancelled
from core.errors import StartupFailed
from core.retry import is_transient, patiently, sentence_of
from ingestion.indexing.following import build_and_drop, follow
from ingestion.indexing.rebuild import rebuild_if_incomplete
from ingestion.jobs.queue import ALL_QUEUES, QueueName
from ingestion.worker.upkeep import Schedule
from services import Services

log = structlog.get_logger(__name__)

ASK_AGAIN_S = 2.0
JOBS_END_S = 15.0  # an orderly end waits no longer for them


async def warm_up(services: Services) -> None:
    """Load the models and open the index; the UI says so meanwhile. A failure is shown by ``/health/ready`` and logged.

    A server that does not answer (Qdrant, embeddings, PostgreSQL) may be starting as well: it is asked again until it does.
    """
    while True:
        try:
            await services.index_versions.open_live()
            await services.sandbox.start()
            if services.reranking:
                await services.reranking.load()
        except Exception as error:
            if isinstance(error, StartupFailed) or not is_transient(error):
                log.exception("models.failed")
                services.readiness.fail()
                return
            log.warning("models.waiting", reason=sentence_of(error))
            services.readiness.waits(sentence_of(error))
            await asyncio.sleep(ASK_AGAIN_S)
        else:
            gc.collect()
            gc.freeze()  # what is here now stays: looking through it again and again would stop everybody for a tenth of a second
            services.readiness.models_ready()
            log.info("models.ready")
            return


async def attend(services: Services, queues: Sequence[QueueName] = ALL_QUEUES) -> None:
    """Put back what the index lost, then do jobs until cancelled; who listens to ``maintenance`` sees to the index and upkeep too."""
    from ingestion.worker.worker import run_worker

    await _put_back(services)
    async with asyncio.TaskGroup() as group:
        if QueueName.MAINTENANCE in queues:
            group.create_task(build_and_drop(services.index_versions, services.builder))
            schedule = Schedule(services.queue, services.live, services.settings.upkeep)
            group.create_task(schedule.keep())
        work, context = services.ingestion_pipeline, {"chores": services.chores}
        group.create_task(run_worker(services.redis, work, services.settings.worker, queues, context))


async def _put_back(services: Services) -> None:
    """Put back what the index lost, however long its server takes to answer."""

    async def put_back() -> None:
        async with services.live.use() as index_version:
            await rebuild_if_incomplete(services.database, index_version)

    await patiently("index.not_checked", put_back, ASK_AGAIN_S)


@asynccontextmanager
async def background(services: Services, *, with_worker: bool) -> AsyncIterator[None]:
    """Warm up, then follow the index versions and run the worker, beside whatever the block does."""

    async def work() -> None:
        await warm_up(services)
        if services.readiness.is_ready:
            async with asyncio.TaskGroup() as group:
                group.create_task(follow(services.index_versions))
                if with_worker:
                    group.create_task(attend(services))

    task = asyncio.create_task(work(), name="background")
    try:
        yield
    finally:
        await cancelled("jobs to be given back", task, JOBS_END_S)

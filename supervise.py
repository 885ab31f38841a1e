"""Background work on the objects that ``bootstrap`` built: loads models, restores the index, runs the worker's loops."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial

import structlog

from answers.cases.runner import SILENCE_S
from core import disk_space
from core.closing import cancelled
from core.errors import StartupFailed
from core.retry import forever, is_transient, patiently, sentence_of
from db import answer_queue, case_runs, sources
from db.lookout import NET_S, Lookout
from ingestion.indexing.following import build_and_drop, follow
from ingestion.indexing.rebuild import rebuild_if_incomplete
from ingestion.jobs.queue import ALL_QUEUES, QueueName
from ingestion.jobs.waiting import OPENS, REBUILDS, explained
from ingestion.worker.upkeep import Schedule
from services import Services

log = structlog.get_logger(__name__)

ASK_AGAIN_S = 2.0
LOOK_EVERY_S = 1.0
JOBS_END_S = 15.0  # the longest that a graceful shutdown waits for them


async def warm_up(services: Services) -> None:
    """Load the models and open the index; the UI shows this meanwhile. A failure is reported by ``/health/ready`` and logged.

    A server that does not answer (Qdrant, embeddings, PostgreSQL) may still be starting: it is tried again until it answers.
    """
    while True:
        try:
            await services.index_versions.open_live()
            await services.sandbox.start()
            if services.reranking:
                await services.reranking.load()
            if services.models:
                await services.models.load()
            await services.rag.warm_up()
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
            gc.freeze()  # these objects stay: scanning them in every collection would stop all requests for a tenth of a second
            services.readiness.models_ready()
            log.info("models.ready")
            return


async def attend(services: Services, lookout: Lookout, queues: Sequence[QueueName] = ALL_QUEUES) -> None:
    """Restore what the index lost, then do jobs until cancelled; with ``maintenance``, also build index versions and schedule upkeep."""
    from ingestion.worker.worker import run_worker

    async with explained(services.database, lambda: REBUILDS if services.live.restoring else None):
        await _restore(services)
    async with asyncio.TaskGroup() as group:
        if QueueName.MAINTENANCE in queues:
            group.create_task(build_and_drop(services.index_versions, services.builder, lookout))
            schedule = Schedule(
                services.queue, services.live, services.settings.upkeep, services.settings.retention.every_s
            )
            group.create_task(schedule.keep())
            group.create_task(services.review_collector.collect_always(lookout))
            group.create_task(services.sums.keep_always(lookout))
            group.create_task(services.guides.make_always(lookout))
        if QueueName.INGESTION in queues and services.source_slots.is_enabled:
            lookout.when(sources.some_due(), services.source_slots.wake)
            group.create_task(services.source_slots.run(NET_S))
        if QueueName.ANSWERS in queues:
            lookout.when(answer_queue.some_queued(), services.answer_slots.wake)
            lookout.when(case_runs.some_free(SILENCE_S), services.case_runner.wake)
            group.create_task(services.answer_slots.run(NET_S))
            group.create_task(services.case_runner.run(NET_S))
        work = services.ingestion_pipeline
        context = {
            "chores": services.chores,
            "answer_slots": services.answer_slots,
            "case_runner": services.case_runner,
            "rights": services.rights,
            "source_slots": services.source_slots,
        }
        group.create_task(run_worker(services.redis, work, services.settings.worker, queues, context, lookout))


async def _restore(services: Services) -> None:
    """Restore what the index lost; waits until its server answers."""

    live = services.live

    async def restore() -> None:
        async with live.use() as index_version:
            await rebuild_if_incomplete(services.database, index_version, show)

    def show(done: int, total: int) -> None:
        live.restoring = done, total

    try:
        await patiently("index.not_checked", restore, ASK_AGAIN_S)
    finally:
        live.restoring = None


async def _heal(services: Services) -> None:
    """Restore an index whose data was found damaged while it was used."""
    current = services.live.current
    if current is not None and await current.index.heal():
        await _restore(services)


@asynccontextmanager
async def background(services: Services, *, with_worker: bool) -> AsyncIterator[None]:
    """While the block runs: warm up, then follow the index versions and run the worker, in the background."""

    lookout = Lookout(services.database)

    async def work() -> None:
        async with explained(services.database, lambda: OPENS) if with_worker else nullcontext():
            await warm_up(services)
        if services.readiness.is_ready:
            async with asyncio.TaskGroup() as group:
                group.create_task(follow(services.index_versions, lookout))
                group.create_task(forever("index.not_healed", partial(_heal, services), LOOK_EVERY_S))
                if with_worker:
                    group.create_task(attend(services, lookout))

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(forever("disk.not_watched", services.disk.look, disk_space.LOOK_EVERY_S))
            group.create_task(services.run_upkeep.sweep_always(lookout))
            group.create_task(lookout.run())
            group.create_task(work())

    task = asyncio.create_task(run(), name="background")
    try:
        yield
    finally:
        await cancelled("jobs to be given back", task, JOBS_END_S)

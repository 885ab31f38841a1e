"""``footnote worker``: background work in separate processes, any number of them; the queue is in Redis."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI

from api.routes import metrics
from api.routes.health import router
from bootstrap import open_services
from core import environment
from core.closing import cancelled
from core.errors import StartupFailed
from core.loop_watchdog import watched
from core.parts import is_embedded
from core.settings import Settings
from core.stop_signals import StopSignals
from db.lookout import Lookout
from ingestion.indexing.following import follow
from ingestion.jobs.queue import ALL_QUEUES, QueueName
from ingestion.jobs.waiting import OPENS, explained
from observation import counted, traced
from services import Services
from supervise import attend, warm_up
from web.server.side_port import side_port

if TYPE_CHECKING:
    from telemetry.exposition import Exposition

log = structlog.get_logger(__name__)

_JOBS_END_S = 15.0


async def work(settings: Settings, queues: Sequence[QueueName] = ALL_QUEUES) -> None:
    """Take jobs until SIGINT or SIGTERM; interrupted jobs are queued again.

    Args:
        queues: the queues to listen to.

    Raises:
        StartupFailed: parts are embedded, so that two processes cannot share them.
    """
    if is_embedded(settings):
        raise StartupFailed(
            "A worker of its own needs FOOTNOTE_DATABASE_URL, FOOTNOTE_REDIS_URL and FOOTNOTE_QDRANT_URL; "
            "without them `footnote serve` does this work itself."
        )
    with StopSignals() as stop, traced(settings, "worker"):
        try:
            async with (
                open_services(settings) as services,
                counted(services) as exposition,
                health(settings, services, exposition),
            ):
                async with explained(services.database, lambda: OPENS):
                    await warm_up(services)
                if not services.readiness.is_ready:
                    raise StartupFailed("The models could not be loaded; see the log.")
                running = asyncio.create_task(_work(services, queues))
                log.info("worker.started", queues=list(queues))
                log.info("environment.ignored", names=environment.ignored())
                try:
                    with watched(holds=services.readiness.loop_holds):
                        await asyncio.wait({running})  # a stop cancels this
                finally:
                    await cancelled("jobs to be given back", running, _JOBS_END_S)
        except asyncio.CancelledError:
            if not stop.is_stopping:
                raise


@asynccontextmanager
async def health(settings: Settings, services: Services, exposition: "Exposition | None" = None) -> AsyncIterator[None]:
    """While the block runs: answer ``/health/live``, ``/health/ready`` and ``/metrics`` on a port of their own, where one is set.

    Args:
        exposition: None: nothing is counted.

    Raises:
        StartupFailed: the port cannot be used.
    """
    if not settings.worker.health_port:
        yield
        return
    app = FastAPI(openapi_url=None)
    app.state.services = services
    app.include_router(router)
    app.include_router(metrics.router)
    metrics.open_to(app, exposition, settings.telemetry.metrics_token)
    async with side_port(app, settings.host, settings.worker.health_port, "FOOTNOTE_WORKER_HEALTH_PORT to another"):
        yield


async def _work(services: Services, queues: Sequence[QueueName]) -> None:
    lookout = Lookout(services.database)
    async with asyncio.TaskGroup() as group:
        group.create_task(services.run_upkeep.sweep_always(lookout))
        group.create_task(follow(services.index_versions, lookout))
        group.create_task(attend(services, lookout, queues))
        group.create_task(lookout.run())

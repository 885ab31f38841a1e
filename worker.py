"""``footnote worker``: background work in separate processes, any number of them; the queue is in Redis."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
import uvicorn
from fastapi import FastAPI

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
from services import Services
from supervise import attend, warm_up
from web.server.listener import Server, bind

log = structlog.get_logger(__name__)

_JOBS_END_S = 15.0
_HEALTH_END_S = 2.0


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
    with StopSignals() as stop:
        try:
            async with open_services(settings) as services, health(settings, services):
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
async def health(settings: Settings, services: Services) -> AsyncIterator[None]:
    """While the block runs: answer ``/health/live`` and ``/health/ready`` on a port of their own, where one is set.

    Raises:
        StartupFailed: the port cannot be used.
    """
    if not settings.worker.health_port:
        yield
        return
    listener = bind(settings.host, settings.worker.health_port, "FOOTNOTE_WORKER_HEALTH_PORT to another")
    app = FastAPI(openapi_url=None)
    app.state.services = services
    app.include_router(router)
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, lifespan="off")
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="health")
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.wait({serving}, timeout=_HEALTH_END_S)
        await cancelled("the port of health", serving, _HEALTH_END_S)
        listener.close()


async def _work(services: Services, queues: Sequence[QueueName]) -> None:
    lookout = Lookout(services.database)
    async with asyncio.TaskGroup() as group:
        group.create_task(services.run_upkeep.sweep_always(lookout))
        group.create_task(follow(services.index_versions, lookout))
        group.create_task(attend(services, lookout, queues))
        group.create_task(lookout.run())

"""The web server: one FastAPI app with the HTTP API and, at "/", the chat."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from socket import socket
from typing import TYPE_CHECKING

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

import account.app
import admin.app
import api.app
import chat.install
import mcp_server.door
from accounts.first_admin import FirstAdmin
from api.routes import metrics
from bootstrap import open_services
from core import environment
from core.addresses import as_peers, networks_of
from core.closing import step
from core.loop_watchdog import watched
from core.parts import is_embedded
from core.settings import Settings
from core.stop_signals import StopSignals
from observation import counted, traced
from services import Services
from supervise import background
from web.peer import Peers
from web.server.connections import Connections
from web.server.descriptors import connections_for, raise_limit
from web.server.drain import ANSWERS_S, Drain
from web.server.listener import AT_A_TIME, Server, bind, protocol_of
from web.server.protocols import SOCKET_BYTES, SocketProtocol
from web.server.side_port import side_port

if TYPE_CHECKING:
    from telemetry.exposition import Exposition

log = structlog.get_logger(__name__)

DESCRIPTION = (
    "Chat with your documents; every answer footnoted to the page. Examples in curl and Python are in docs/api.md."
)
_PAGES_END_S = 10.0


def create_app(services: Services, drain: Drain | None = None) -> FastAPI:
    """The whole web application on open services. Chainlit is mounted last, because it answers all remaining paths.

    Args:
        drain: what ends its server; it learns from the app who is being answered.
    """
    drain = drain or Drain()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await runtime.start()
        async with assistants.running():
            yield
        await step("running replies", partial(runtime.drain, drain.left_s), 2 * ANSWERS_S)
        await step("running answers", partial(services.runs.live.drain, drain.left_s), 2 * ANSWERS_S)
        await step("open pages", runtime.close, _PAGES_END_S)

    app = FastAPI(
        title="Footnote",
        description=DESCRIPTION,
        version=version("footnote"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.services = services
    api.app.include(app)
    admin.app.include(app)
    account.app.include(app)
    assistants = mcp_server.door.install(app, services)
    runtime = chat.install.install(app, services)
    app.state.sockets = lambda: runtime.connections
    drain.busy = runtime.busy
    drain.is_answering = lambda: runtime.is_writing or services.runs.live.is_answering
    return app


def http_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """The uvicorn configuration, with the trusted proxies, and connections that are counted and have deadlines."""
    proxies = networks_of(settings.trusted_proxies)
    connections = Connections(connections_for(raise_limit()), proxies)
    return uvicorn.Config(
        Peers(ProxyHeadersMiddleware(app, trusted_hosts=as_peers(proxies))),  # type: ignore[arg-type]
        http=protocol_of(connections),
        ws=SocketProtocol,
        ws_max_size=SOCKET_BYTES,
        backlog=AT_A_TIME,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        ws_ping_interval=None,  # engine.io pings by itself
        timeout_graceful_shutdown=5,
        proxy_headers=False,  # done above, by the same class, after the peer was noted
    )


async def serve(settings: Settings, announce: Callable[[str, FirstAdmin | None], object]) -> None:
    """Run until SIGINT or SIGTERM, also during the start; running answers are stored before it returns.

    Args:
        announce: called once, with the URL and the first admin if it was created now.

    Raises:
        StartupFailed: something that it needs is missing.
    """
    with StopSignals() as stop:
        try:
            await _serve(settings, announce, stop)
        except asyncio.CancelledError:
            if not stop.is_stopping:
                raise


async def _serve(settings: Settings, announce: Callable[[str, FirstAdmin | None], object], stop: StopSignals) -> None:
    listener = bind(settings.host, settings.port, "FOOTNOTE_PORT (and FOOTNOTE_HOST) to others")
    with traced(settings, "web"):
        await _serve_traced(settings, announce, stop, listener)


async def _serve_traced(
    settings: Settings, announce: Callable[[str, FirstAdmin | None], object], stop: StopSignals, listener: socket
) -> None:
    async with open_services(settings) as services:
        if not settings.database.url:  # nobody else answers: what runs was interrupted
            await services.run_upkeep.sweep(silence_s=0.0)
        drain = Drain(services.readiness.stop, 0.0 if is_embedded(settings) else settings.drain.ready_s)
        app = create_app(services, drain)
        server = Server(http_config(app, settings))
        host, port = listener.getsockname()[:2]
        async with (
            counted(services, lambda: app.state.sockets()) as exposition,
            _metrics_port(settings, exposition),
            background(services, with_worker=settings.worker.embedded),
        ):
            metrics.open_to(app, exposition, settings.telemetry.metrics_token, needs_token=True)
            url = settings.public_url or _url(host, port)
            first_admin = await services.accounts.ensure_first_admin()
            await services.audit_log.note_settings(settings)
            stop.on_stop = lambda number: drain.ask(server, number)
            announce(url, first_admin)
            log.info("server.started", url=url)
            log.info("environment.ignored", names=environment.ignored())
            with watched(holds=services.readiness.loop_holds):
                await server.serve(sockets=[listener])


@asynccontextmanager
async def _metrics_port(settings: Settings, exposition: "Exposition | None") -> AsyncIterator[None]:
    """While the block runs: answer ``/metrics`` on a port of its own, where one is set."""
    if exposition is None or not settings.telemetry.metrics_port:
        yield
        return
    app = FastAPI(openapi_url=None)
    metrics.open_to(app, exposition, settings.telemetry.metrics_token)
    app.include_router(metrics.router)
    another = "FOOTNOTE_TELEMETRY_METRICS_PORT to another"
    async with side_port(app, settings.host, settings.telemetry.metrics_port, another):
        yield


def _url(host: str, port: int) -> str:
    reachable = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"

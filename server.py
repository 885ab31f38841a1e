"""The ASGI host: one FastAPI app that carries the HTTP API and, at "/", the chat."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

import api.app
import chat.install
from accounts.service import FirstAdmin
from bootstrap import open_services
from core import environment
from core.addresses import as_peers, networks_of
from core.closing import step
from core.errors import StartupFailed
from core.loop_watchdog import watched
from core.settings import Settings
from core.stop_signals import StopSignals
from services import Services
from supervise import background

log = structlog.get_logger(__name__)

_DRAIN_S = 30.0
_PAGES_END_S = 10.0


def bind(settings: Settings) -> socket.socket:
    """Take the port before anything else is started.

    Raises:
        StartupFailed: the port is in use or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        raise StartupFailed(
            f"Port {settings.port} on {settings.host} cannot be used: {getattr(error, 'strerror', None) or error}. "
            "Set FOOTNOTE_PORT (and FOOTNOTE_HOST) to others."
        ) from error
    return listener


def create_app(services: Services) -> FastAPI:
    """The whole web application over opened services. Chainlit is mounted last: it answers every path that is left."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await runtime.start()
        yield
        await step("running answers", partial(runtime.drain, _DRAIN_S), 2 * _DRAIN_S)
        await step("open pages", runtime.close, _PAGES_END_S)

    app = FastAPI(title="Footnote", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.services = services
    api.app.include(app)
    runtime = chat.install.install(app, services)
    return app


def http_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How the app is served, and which proxies are believed about who asks."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        ws_ping_interval=None,  # engine.io pings by itself
        timeout_graceful_shutdown=5,
        forwarded_allow_ips=as_peers(networks_of(settings.trusted_proxies)),
    )


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling, which would raise the signal again after an orderly end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings, announce: Callable[[str, FirstAdmin | None], object]) -> None:
    """Run until SIGINT or SIGTERM, whenever they come; running answers are stored before it returns.

    Args:
        announce: called once, with the URL and the first admin if one was made now.

    Raises:
        StartupFailed: something that it needs is not there.
    """
    with StopSignals() as stop:
        try:
            await _serve(settings, announce, stop)
        except asyncio.CancelledError:
            if not stop.was_asked:
                raise


async def _serve(settings: Settings, announce: Callable[[str, FirstAdmin | None], object], stop: StopSignals) -> None:
    listener = bind(settings)
    async with open_services(settings) as services:
        await services.conversations.close_interrupted(is_shared=bool(settings.database.url))
        app = create_app(services)
        server = _Server(http_config(app, settings))
        host, port = listener.getsockname()[:2]
        async with background(services, with_worker=settings.worker.embedded):
            url = settings.public_url or _url(host, port)
            first_admin = await services.accounts.ensure_first_admin()
            stop.on_stop = lambda number: server.handle_exit(number, None)
            announce(url, first_admin)
            log.info("server.started", url=url)
            log.info("environment.ignored", names=environment.ignored())
            with watched():
                await server.serve(sockets=[listener])


def _url(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"

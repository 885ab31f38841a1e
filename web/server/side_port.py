"""A second port of a process, for those who operate it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from core.closing import cancelled
from web.server.listener import Server, bind

_END_S = 2.0


@asynccontextmanager
async def side_port(app: ASGIApp, host: str, port: int, set_instead: str) -> AsyncIterator[None]:
    """While the block runs: answer there with this application.

    Args:
        set_instead: as for :func:`web.server.listener.bind`.

    Raises:
        StartupFailed: the port cannot be used.
    """
    listener = bind(host, port, set_instead)
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, lifespan="off")
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name=f"port {port}")
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.wait({serving}, timeout=_END_S)
        await cancelled(f"port {port}", serving, _END_S)
        listener.close()

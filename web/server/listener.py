"""uvicorn's server with a bound on what one turn of the loop accepts."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog
import uvicorn

from core.errors import StartupFailed
from web.server.connections import Connections
from web.server.protocols import HttpProtocol

log = structlog.get_logger(__name__)

AT_A_TIME = (
    64  # connections that asyncio accepts before anything else runs; each takes a descriptor before it is counted
)
QUEUED = 1024  # connections that the kernel keeps until they are accepted
SAY_AGAIN_S = 60.0


def bind(host: str, port: int, set_instead: str) -> socket.socket:
    """A socket that listens at an address, bound before anything else is started.

    Args:
        set_instead: what to set when it cannot be: "FOOTNOTE_PORT to another".

    Raises:
        StartupFailed: the port is in use, or the address is not of this machine.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(QUEUED)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise StartupFailed(f"Port {port} on {host} cannot be used: {reason}. Set {set_instead}.") from error
    return listener


def protocol_of(connections: Connections) -> type[asyncio.Protocol]:
    """What uvicorn makes for each new connection."""
    return partial(HttpProtocol, connections=connections)  # type: ignore[return-value]


class Server(uvicorn.Server):
    """uvicorn without its signal handling, which would raise the signal again after a graceful shutdown."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; asyncio takes one number for how many to accept in a turn and how many to keep waiting, so the latter is set again."""
        _Accepting(asyncio.get_running_loop()).watch()
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(QUEUED)


class _Accepting:
    """Tells once a minute that there are no descriptors left; asyncio tells it thousands of times a second, with a stack trace."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._said_at = float("-inf")

    def watch(self) -> None:
        """Answer asyncio's complaints from now on."""
        self._loop.set_exception_handler(self._on_exception)

    def _on_exception(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not str(context.get("message", "")).startswith("socket.accept() out of system resource"):
            loop.default_exception_handler(context)
        elif time.monotonic() - self._said_at >= SAY_AGAIN_S:
            self._said_at = time.monotonic()
            log.error("descriptors.none_left", error=str(context.get("exception")))

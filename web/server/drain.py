"""The end of a web process, which nobody who is reading an answer notices: it says that it is going, and closes what is idle."""

import asyncio
import signal
from collections.abc import Callable, Set

import structlog
import uvicorn

from web.server.connections import Connection
from web.server.protocols import SocketProtocol

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.2
ANSWERS_S = 30.0  # the longest that running answers get, from when nothing new is accepted


class Drain:
    """Ends a server by stages; a second request to end ends it at once.

    First ``/health/ready`` is told, so that a load balancer sends new pages elsewhere while the port still answers. Then the port is
    closed, and with it each connection as soon as no answer is written on it. Then the server ends.

    Args:
        announce: called first: this process is going.
        ready_s: how long the port still answers after SIGTERM; Ctrl-C is a person who waits.

    Attributes:
        busy: returns the connections on which an answer is being written.
        task: ends the server; None before it is asked to.
        is_answering: returns whether an answer is being written for anyone, in a stream or in the background of a page.
    """

    def __init__(self, announce: Callable[[], object] = lambda: None, ready_s: float = 0.0) -> None:
        self._announce = announce
        self._ready_s = ready_s
        self.task: asyncio.Task[None] | None = None
        self._until = float("inf")
        self.busy: Callable[[], Set[Connection]] = frozenset
        self.is_answering: Callable[[], bool] = lambda: False

    def ask(self, server: uvicorn.Server, number: int) -> None:
        """End the server; the second signal ends it without waiting for answers, a third SIGINT without waiting for anything."""
        if self.task is None:
            ready_s = self._ready_s if number == signal.SIGTERM else 0.0
            self.task = asyncio.create_task(self._end(server, ready_s), name="drain")
        else:
            server.handle_exit(number, None)

    @property
    def left_s(self) -> float:
        """What is left of the time for answers, which begins no later than now."""
        present = asyncio.get_running_loop().time()
        self._until = min(self._until, present + ANSWERS_S)
        return max(1.0, self._until - present)

    async def _end(self, server: uvicorn.Server, ready_s: float) -> None:
        try:
            self._announce()
            if ready_s:
                log.info("drain.announced", ready_s=ready_s)
                await asyncio.sleep(ready_s)
            for listener in getattr(server, "servers", ()):
                listener.close()
            clock = asyncio.get_running_loop().time
            self._until = clock() + ANSWERS_S
            while not server.should_exit and self._close_idle(server) and clock() < self._until:  # noqa: ASYNC110 - many ends
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            server.handle_exit(signal.SIGTERM, None)  # which also ends the event streams of jobs and the like

    def _close_idle(self, server: uvicorn.Server) -> bool:
        """Close what carries no answer, a page's socket or a connection between two requests; True while answers are written."""
        busy = self.busy()
        for connection in list(server.server_state.connections):
            if not isinstance(connection, SocketProtocol) or connection.known not in busy:
                connection.shutdown()
        return bool(busy) or self.is_answering()

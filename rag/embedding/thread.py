"""One thread for all embedding, in which a question overtakes the batches of an ingestion."""

import asyncio
import itertools
from collections.abc import Callable
from concurrent.futures import Future
from enum import IntEnum
from queue import PriorityQueue
from threading import Lock, Thread
from typing import Any, TypeVar

T = TypeVar("T")


class Priority(IntEnum):
    """Who waits for the result. Lower goes first."""

    PERSON = 0
    BACKGROUND = 1
    END = 2


class EmbeddingThread:
    """Runs functions one at a time, the most urgent first and otherwise in order of arrival.

    A PyTorch model shared by two threads fights itself for the cores; one thread keeps latency and memory predictable.
    A running function is never interrupted, so background work must come in small pieces.
    """

    def __init__(self, name: str = "embeddings") -> None:
        self._name = name
        self._arrivals = itertools.count()
        self._thread: Thread | None = None
        self._waiting: _Queue | None = None  # of that thread: each has its own, so that one that ends takes nothing new
        self._lock = Lock()

    async def run(self, function: Callable[[], T], priority: Priority) -> T:
        """The result of ``function()`` or its exception. A cancelled caller's function is skipped if it still waits."""
        future: Future[T] = Future()
        with self._lock:
            self._running().put((priority, next(self._arrivals), future, function))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Finish what is queued, then end the thread. Used again, even meanwhile, another one starts."""
        with self._lock:
            thread, self._thread = self._thread, None
            waiting, self._waiting = self._waiting, None
            if waiting is not None:
                waiting.put((Priority.END, next(self._arrivals), None, None))
        if thread is not None:
            thread.join()

    def _running(self) -> "_Queue":
        if self._waiting is None:
            self._waiting = PriorityQueue()
            self._thread = Thread(target=_work, args=(self._waiting,), name=self._name, daemon=True)
            self._thread.start()
        return self._waiting


_Queue = PriorityQueue[tuple[Priority, int, Future[Any] | None, Callable[[], Any] | None]]


def _work(waiting: _Queue) -> None:
    while True:
        _, _, future, function = waiting.get()
        if future is None or function is None:
            return
        if not future.set_running_or_notify_cancel():
            continue
        try:
            future.set_result(function())
        except BaseException as error:  # the waiting caller gets it; this thread must live on
            future.set_exception(error)

"""One thread for all embedding, in which questions overtake the batches of an ingestion."""

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
    """Who waits for the result; lower values go first."""

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
        self._waiting: _Queue | None = None  # each thread has its queue, so that an ending thread takes no new work
        self._lock = Lock()

    async def run(self, function: Callable[[], T], priority: Priority) -> T:
        """The result of ``function()`` or its exception. The function of a cancelled caller is skipped if it has not started."""
        future: Future[T] = Future()
        with self._lock:
            self._running().put((priority, next(self._arrivals), future, function))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Finishes what is queued, then ends the thread. A new call, even meanwhile, starts a new thread."""
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
        except BaseException as error:  # goes to the waiting caller; this thread must keep running
            future.set_exception(error)

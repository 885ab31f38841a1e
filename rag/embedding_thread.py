"""One thread for all embedding, in which a person's question overtakes the batches of an ingestion."""

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
        self._queue: PriorityQueue[tuple[Priority, int, Future[Any] | None, Callable[[], Any] | None]] = PriorityQueue()
        self._arrivals = itertools.count()
        self._thread: Thread | None = None
        self._lock = Lock()

    async def run(self, function: Callable[[], T], priority: Priority) -> T:
        """The result of ``function()`` or its exception. A cancelled caller's function is skipped if it still waits."""
        self._ensure_started()
        future: Future[T] = Future()
        self._queue.put((priority, next(self._arrivals), future, function))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Finish what is queued, then end the thread. It starts again when it is used again."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put((Priority.END, next(self._arrivals), None, None))
            thread.join()

    def _ensure_started(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            _, _, future, function = self._queue.get()
            if future is None or function is None:
                return
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(function())
            except BaseException as error:  # the waiting caller gets it; this thread must live on
                future.set_exception(error)

"""Says in the log what holds the event loop: while it is held, nobody's request is answered."""

import asyncio
import contextlib
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import structlog

log = structlog.get_logger(__name__)

ROOT = Path(__file__).resolve().parents[1]
HELD_AFTER_S = 1.0
LOOK_EVERY_S = 0.25
MOST_FRAMES = 12


class LoopWatchdog:
    """A thread that asks a loop for a sign of life, and logs where the loop's thread is when none comes.

    A hold is logged once when it is noticed (``loop.held``) and once when it is over (``loop.free``, with its length). What holds
    the interpreter as well, as a regular expression does, lets the thread run only at its end: then both come together. Nothing
    but files, lines and names of functions is logged, never a value.

    Args:
        loop: the loop that runs in the calling thread.
        held_after_s: silence that counts as a hold.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, held_after_s: float = HELD_AFTER_S) -> None:
        self._loop = loop
        self._loop_thread = threading.get_ident()
        self._held_after_s = held_after_s
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="loop watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching; the thread ends by itself, for while one waits for it the loop is held."""
        self._is_closed.set()

    def _watch(self) -> None:
        while True:
            awake = time.monotonic() + LOOK_EVERY_S
            if self._is_closed.wait(LOOK_EVERY_S):
                return
            answered = threading.Event()
            try:
                self._loop.call_soon_threadsafe(answered.set)
            except RuntimeError:  # the loop is closed
                return
            if (
                time.monotonic() - awake < self._held_after_s
            ):  # else this thread could not run either: who let go just now?
                answered.wait(self._held_after_s)
            held_s = time.monotonic() - awake
            if held_s >= self._held_after_s and not self._is_closed.is_set():
                self._tell(held_s)
                while not answered.wait(LOOK_EVERY_S) and not self._is_closed.is_set():
                    pass
                log.warning("loop.free", held_s=round(time.monotonic() - awake, 1))

    def _tell(self, held_s: float) -> None:
        own, others = self._frames()
        at = (own or others or ["unknown"])[0]
        log.warning("loop.held", held_s=round(held_s, 1), at=at, stack=[*own, *others])

    def _frames(self) -> tuple[list[str], list[str]]:
        """Where the loop's thread is, innermost first: in our own code, and in that of others.

        Where it only waits for events, another thread holds the interpreter; then the places in our code of all threads.
        """
        threads = sys._current_frames()
        own, others = _places(threads.pop(self._loop_thread, None))
        if others and others[0].endswith(" select"):
            threads.pop(threading.get_ident(), None)
            own = [place for frame in threads.values() for place in _places(frame)[0][:1]] or own
        return own[:MOST_FRAMES], others[:MOST_FRAMES]


def _places(frame: FrameType | None) -> tuple[list[str], list[str]]:
    own: list[str] = []
    others: list[str] = []
    for inner, line in traceback.walk_stack(frame) if frame is not None else ():
        path = Path(inner.f_code.co_filename)
        is_own = path.is_relative_to(ROOT) and "site-packages" not in path.relative_to(ROOT).parts
        shown = path.relative_to(ROOT) if is_own else Path(*path.parts[-2:])
        (own if is_own else others).append(f"{shown}:{line} {inner.f_code.co_name}")
    return own, others


@contextlib.contextmanager
def watched(held_after_s: float = HELD_AFTER_S) -> Iterator[None]:
    """Watch the running loop while the block is worked on."""
    watchdog = LoopWatchdog(asyncio.get_running_loop(), held_after_s)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.close()

"""Logs what blocks the event loop: while it is blocked, no request is answered."""

import asyncio
import contextlib
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import structlog

log = structlog.get_logger(__name__)

ROOT = Path(__file__).resolve().parents[1]
HELD_AFTER_S = 0.5
LOOK_EVERY_S = 0.25
MOST_FRAMES = 12


@dataclass(slots=True)
class LoopHolds:
    """How often a loop was held since its process started, and for how long at most."""

    count: int = 0
    longest_s: float = 0.0

    def add(self, held_s: float) -> None:
        """Count a hold that is over."""
        self.count += 1
        self.longest_s = max(self.longest_s, held_s)

    def as_json(self) -> dict[str, float]:
        """``holds`` and ``longest_s``; empty while there was none."""
        return {"holds": self.count, "longest_s": round(self.longest_s, 1)} if self.count else {}


class LoopWatchdog:
    """A thread that pings a loop, and logs where the loop's thread is when it does not answer.

    A hold is logged once when it is detected (``loop.held``) and once when it is over (``loop.free``, with its length). Code that
    also holds the GIL, such as a regular expression, lets this thread run only afterwards: then both are logged together. Only
    files, lines and names of functions are logged, never values.

    Args:
        loop: the loop that runs in the calling thread.
        held_after_s: seconds without an answer that count as a hold.
        holds: counts them.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, held_after_s: float = HELD_AFTER_S, holds: LoopHolds | None = None
    ) -> None:
        self._loop = loop
        self._holds = holds if holds is not None else LoopHolds()
        self._loop_thread = threading.get_ident()
        self._held_after_s = held_after_s
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="loop watchdog", daemon=True)

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching. This does not wait for the thread, because that would block the loop."""
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
            # Otherwise this thread could not run either: it logs at once where the loop is.
            if time.monotonic() - awake < self._held_after_s:
                answered.wait(self._held_after_s)
            held_s = time.monotonic() - awake
            if held_s >= self._held_after_s and not self._is_closed.is_set():
                self._log_hold(held_s)
                while not answered.wait(LOOK_EVERY_S) and not self._is_closed.is_set():
                    pass
                held_s = time.monotonic() - awake
                self._holds.add(held_s)
                log.warning("loop.free", held_s=round(held_s, 1), holds=self._holds.count)

    def _log_hold(self, held_s: float) -> None:
        own, others = self._frames()
        at = (own or others or ["unknown"])[0]
        log.warning("loop.held", held_s=round(held_s, 1), at=at, frames=[*own, *others])

    def _frames(self) -> tuple[list[str], list[str]]:
        """The frames of the loop's thread, innermost first: in our code, and in libraries.

        If it only waits for events, another thread holds the GIL; then our innermost frame of every thread.
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
        place = path.relative_to(ROOT) if is_own else Path(*path.parts[-2:])
        (own if is_own else others).append(f"{place}:{line} {inner.f_code.co_name}")
    return own, others


@contextlib.contextmanager
def watched(held_after_s: float = HELD_AFTER_S, holds: LoopHolds | None = None) -> Iterator[None]:
    """Watch the running loop until the block ends; arguments as for :class:`LoopWatchdog`."""
    watchdog = LoopWatchdog(asyncio.get_running_loop(), held_after_s, holds)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.close()

"""How the time of a function grows with its text: told apart from noise, and stopped when it would not end.

What is measured runs in a process of its own (the fixture ``alone`` of ``tests/unit/conftest.py``): the timer that stops it counts
what all threads compute, and between it and what many other tests leave behind the whole test process was killed now and then.
"""

import gc
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SMALL, TIMES = 4_000, 8  # characters, and how many times as many
MOST_GROWTH = 24.0  # eight times the text takes a linear function 8 times as long, a squared one 64 times
UNNOTICED_S = 0.5e-6  # a character: so fast is fast enough, and too fast to be measured well
STOP_S = 2.0  # for one call
SLOW_S = 100e-6  # a character: whatever it is of the length, it is too slow
ATTEMPTS = 3  # a busy machine is slow now and then; a squared function always


class TakesTooLong(Exception):
    """It was stopped."""


@contextmanager
def stopped_after(cpu_s: float) -> Iterator[None]:
    """Raise TakesTooLong within the block once this process has computed so long; a running regular expression hears it too."""
    running = True

    def stop(*_: object) -> None:
        if running:
            raise TakesTooLong

    # The handler stays: a signal may be under way when the timer is stopped, and without a handler it ends the process.
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    try:
        yield
    finally:
        running = False
        signal.setitimer(signal.ITIMER_PROF, 0)


def cost_s(run: Callable[[Any], object], text: Any, stop_s: float = STOP_S) -> float:
    """Computing time of one call; infinite when it was stopped."""
    was_collecting = gc.isenabled()
    gc.disable()  # it looks through all that was ever imported
    try:
        with stopped_after(stop_s):
            started = time.thread_time()
            run(text)
            needed_s = time.thread_time() - started
            return needed_s if needed_s < stop_s else float("inf")
    except TakesTooLong:
        return float("inf")
    finally:
        if was_collecting:
            gc.enable()


def growth(run: Callable[[Any], object], text_of: Callable[[int], Any], size: int = SMALL) -> float:
    """How many times as long a text TIMES as long takes, compared with what a short one takes, or with what is fast enough for it.

    Args:
        text_of: a text of about so many characters.
        size: of the short text.
    """
    small, large = text_of(size), text_of(TIMES * size)
    grown = float("inf")
    for _ in range(ATTEMPTS):
        short_s = min(cost_s(run, small, SLOW_S * size) for _ in range(ATTEMPTS))
        if short_s == float("inf"):
            return short_s
        grown = min(grown, cost_s(run, large) / max(short_s, UNNOTICED_S * size))
        if grown < MOST_GROWTH:
            break
    return grown

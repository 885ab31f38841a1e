"""SIGINT and SIGTERM for a process with an event loop: a graceful shutdown, or a kill when the loop is blocked. See docs/adr/0020."""

import asyncio
import contextlib
import faulthandler
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import structlog

from core.embedded.process import stop

log = structlog.get_logger(__name__)

GUARD = Path(__file__).with_name("stop_guard.py")
GRACE_S = 20.0  # below the 30 s after which Kubernetes kills
GUARD_END_S = 5.0
TICK_S = 1.0
SIGN_OF_LIFE = b"\0"
STOPS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """Context manager that calls :attr:`on_stop` in the running loop when the process gets a stop signal. Use it in the main thread.

    After the first signal the loop writes signs of life; when none comes for ``grace_s`` seconds, a guard process kills this one.

    Attributes:
        on_stop: called with the number of each signal; by default, the first one cancels the task that entered the context.
        is_stopping: True after the first signal.
    """

    def __init__(self, grace_s: float = GRACE_S) -> None:
        self._grace_s = grace_s
        self._pipe = -1
        self._guard: subprocess.Popen[bytes] | None = None
        self._before: dict[signal.Signals, Any] = {}
        self._wakeup_before = -1
        self._ticking: asyncio.TimerHandle | None = None
        self.on_stop: Callable[[int], object] = self._cancel_once
        self.is_stopping = False

    def __enter__(self) -> "StopSignals":
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[Any] | None = asyncio.current_task()
        self._start_guard()
        # The interpreter's own handler writes the number into the pipe at once; Python handlers run only later.
        self._wakeup_before = signal.set_wakeup_fd(self._pipe, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._handle) for number in STOPS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        if self._ticking is not None:
            self._ticking.cancel()
        if self._guard is not None:
            os.close(self._pipe)  # ends the guard
            stop(self._guard, signal_number=signal.SIGKILL, timeout_s=GUARD_END_S)
            faulthandler.unregister(signal.SIGUSR2)

    def _handle(self, number: int, _: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._stop, number)

    def _stop(self, number: int) -> None:
        log.info("stop.asked", signal=signal.Signals(number).name)
        if not self.is_stopping:
            self.is_stopping = True
            self._tick()
        self.on_stop(number)

    def _cancel_once(self, _: int) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def _tick(self) -> None:
        """Write a sign of life for the guard every ``TICK_S`` seconds."""
        with contextlib.suppress(OSError):
            os.write(self._pipe, SIGN_OF_LIFE)
        self._ticking = self._loop.call_later(TICK_S, self._tick)

    def _start_guard(self) -> None:
        read, write = os.pipe()
        os.set_blocking(write, False)
        faulthandler.register(signal.SIGUSR2, all_threads=True)
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", GUARD, str(read), str(os.getpid()), str(self._grace_s)],
                pass_fds=[read],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env={},
                start_new_session=True,  # Ctrl-C in a terminal must reach only the server
            )
            self._pipe = write
        except OSError as error:
            log.warning("stop.unguarded", error=str(error))
            os.close(write)
        finally:
            os.close(read)

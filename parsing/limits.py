"""Limits that a child process sets for itself before it opens a file."""

import math
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from parsing.isolation import kernel

STATM = Path("/proc/self/statm")
_statm: int | None = None  # open, in a child that may open nothing


def limit_memory(memory_bytes: int) -> None:
    """Memory on top of what the parsers themselves take; no files written, no core dumps."""
    if sys.platform == "linux":  # macOS knows the limit but does not keep it
        limit = memory_bytes + _address_space_bytes()
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def keep_account() -> None:
    """Open what says how much memory this process has, before it may open nothing any more. For the whole life of the process."""
    global _statm
    if sys.platform == "linux":
        _statm = os.open(STATM, os.O_RDONLY | os.O_CLOEXEC)


def memory_left_bytes() -> float:
    """What this process may still ask for; infinite where nothing limits it."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform != "linux" or limit == resource.RLIM_INFINITY:
        return math.inf
    return limit - _address_space_bytes()


@dataclass
class CpuTime:
    """Computing time in seconds: what the file may take in all, and what one page may take."""

    file_s: int
    page_s: int

    def begin(self) -> None:
        """Nothing is known of the file yet."""
        self._set(self.file_s)

    def turn_page(self) -> None:
        """A new page begins."""
        self._set(min(self.file_s, self._used_s() + self.page_s))

    def recognise(self) -> None:
        """The page is a picture that must be read: it takes seconds, and the file may take as much more."""
        self.file_s += self.page_s
        self.turn_page()

    @staticmethod
    def _used_s() -> int:
        return int(time.process_time()) + 1

    @staticmethod
    def _set(seconds: int) -> None:
        resource.setrlimit(
            resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY)
        )  # at this the kernel ends the process


def die_with(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent ends (Linux; elsewhere the limits must do)."""
    if sys.platform == "linux":
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:
            os._exit(1)


def _address_space_bytes() -> int:
    statm = STATM.read_bytes() if _statm is None else os.pread(_statm, 100, 0)
    pages = int(statm.split()[0])
    return pages * resource.getpagesize()

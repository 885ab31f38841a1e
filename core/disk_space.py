"""The free space of the installation's disk: what grows stops early, so that answers, sign-ins and PostgreSQL can go on.

Two thresholds: below the *reserve* no file is taken or read; below ``FLOOR_BYTES`` nothing is written to the search index at all, because
the engine maps its files, and a write to a mapped file without room ends the process. Files of ``BALLAST_BYTES`` together are deleted
one by one when other programs have filled the disk, which gives PostgreSQL room for its rows and its log.
"""

import contextlib
import os
import time
from pathlib import Path

import structlog

from core.errors import StorageFull

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
FLOOR_BYTES = 64 * 1024**2
BALLAST_BYTES = 48 * 1024**2
BALLAST_FILES = 3  # given back one by one: a program that is still filling the disk takes the first
GIVE_BACK_EVERY_S = 3.0
BALLAST_NEEDED_BYTES = 8 * 1024**2  # less than this is free: a file of the ballast is deleted
AGAIN_S = 60.0
LOW = "The disk is almost full: no file is added or read until there is room. Nothing that is stored is lost."
WAITS = "The disk is almost full; this goes on when there is room."


class DiskSpace:
    """Looks at the disk of a folder; every look is one system call.

    Args:
        var_dir: folder of the installation.
        reserve_bytes: space that stays free for everything that must go on; at least ``FLOOR_BYTES``.
    """

    def __init__(self, var_dir: Path, reserve_bytes: int) -> None:
        self._folder = var_dir
        self._ballast = [var_dir / f"ballast{number}" for number in range(1, BALLAST_FILES + 1)]
        self._gave_back_at = -GIVE_BACK_EVERY_S
        self.reserve_bytes = max(reserve_bytes, FLOOR_BYTES)
        self._was_low = False

    @property
    def free_bytes(self) -> int:
        """Bytes that an ordinary user can still write."""
        found = os.statvfs(self._folder)
        return found.f_bavail * found.f_frsize

    @property
    def is_low(self) -> bool:
        """True below the reserve: nothing that grows may begin."""
        return self.free_bytes < self.reserve_bytes

    def require_reserve(self) -> None:
        """Raise StorageFull below the reserve."""
        if self.is_low:
            raise StorageFull(WAITS, retry_after_s=AGAIN_S)

    def require_floor(self) -> None:
        """Raise StorageFull below ``FLOOR_BYTES``."""
        if self.free_bytes < FLOOR_BYTES:
            raise StorageFull(WAITS, retry_after_s=AGAIN_S)

    async def look(self) -> None:
        """Log when the disk becomes low or has room again; delete or make the ballast."""
        free_bytes, is_low = self.free_bytes, self.is_low
        if is_low != self._was_low:
            self._was_low = is_low
            level = log.error if is_low else log.info
            level("disk.low" if is_low else "disk.has_room", free_bytes=free_bytes, reserve_bytes=self.reserve_bytes)
        if free_bytes < BALLAST_NEEDED_BYTES:
            self._give_back(free_bytes)
        elif free_bytes > self.reserve_bytes + 2 * BALLAST_BYTES:
            for path in self._ballast:
                _make(path)

    def _give_back(self, free_bytes: int) -> None:
        """Delete one file of the ballast, at most every ``GIVE_BACK_EVERY_S``."""
        left = [path for path in self._ballast if path.exists()]
        if left and time.monotonic() - self._gave_back_at >= GIVE_BACK_EVERY_S:
            self._gave_back_at = time.monotonic()
            left[0].unlink()
            log.error("disk.ballast_dropped", free_bytes=free_bytes, files_left=len(left) - 1)


def _make(path: Path) -> None:
    """Make a file of the ballast, unless it is there."""
    if path.exists():
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        with contextlib.suppress(OSError):  # a file system without it: fewer bytes to give back
            os.posix_fallocate(handle, 0, BALLAST_BYTES // BALLAST_FILES)
    finally:
        os.close(handle)

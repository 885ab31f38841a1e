"""Where tests put their files: into memory where there is room. An index that is made and closed on a disk waits a second for it."""

import os
import tempfile
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")
ROOM_BYTES = 8 * 1024**3  # for all workers, with a whole installation for each server that they start
ROOT = "PYTEST_DEBUG_TEMPROOT"  # where pytest makes its folders


def use_memory() -> None:
    """From now on temporary folders of this process, and those of pytest in its workers, are in memory, if there is enough of it.

    ``TMPDIR`` stays as it is: it would be another world for the servers that tests start.
    """
    if ROOT in os.environ or "TMPDIR" in os.environ:  # somebody has decided; in a worker, the process that started it
        tempfile.tempdir = os.environ.get(ROOT, tempfile.tempdir)
    elif _room() >= ROOM_BYTES:
        os.environ[ROOT] = tempfile.tempdir = str(MEMORY)


def _room() -> int:
    if not os.access(MEMORY, os.W_OK | os.X_OK) or not os.path.ismount(MEMORY):
        return 0
    return min(psutil.disk_usage(str(MEMORY)).free, psutil.virtual_memory().available)

"""A folder of blobs or copies: free space, temporary copies, and leftovers of killed processes."""

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from core.errors import StorageFull

log = structlog.get_logger(__name__)

T = TypeVar("T")
THREADS = 4
STAGED = re.compile(r"#\d+$")  # obstore's name of an incomplete file; our keys have no "#"


class Disk:
    """A folder that this process may write to.

    Args:
        min_free_bytes: space that must stay free on this disk.
    """

    def __init__(self, path: Path, min_free_bytes: int) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self._min_free_bytes = min_free_bytes
        # Separate threads: many uploads that wait for the disk must not delay the work of answers.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="disk")

    async def require_room(self, size_bytes: int) -> None:
        """Raise StorageFull when this many more bytes do not fit."""
        free_bytes = (await self._run(shutil.disk_usage, self.path)).free
        if free_bytes - size_bytes < self._min_free_bytes:
            log.warning("disk.full", folder=str(self.path), free_bytes=free_bytes, wanted_bytes=size_bytes)
            raise StorageFull("The disk is nearly full, so no file can be added now. Nothing that is stored is lost.")

    async def sync(self, key: str) -> None:
        """Flush a file and its name to the disk: rows that name it survive a power cut, so the file must too."""
        await self._run(_sync, self.path / key)

    @asynccontextmanager
    async def temporary(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[Path]:
        """A temporary file of these bytes; deleted when the block ends."""
        handle, name = await self._run(partial(tempfile.mkstemp, dir=self.path))
        try:
            try:
                async for piece in pieces:
                    await self._run(_write, handle, piece)
            finally:
                os.close(handle)
            yield Path(name)
        finally:
            await asyncio.shield(self._run(partial(Path(name).unlink, missing_ok=True)))

    async def clear(self, older_than_s: float, *, staged_only: bool) -> int:
        """Delete files (or only incomplete ones) not written to for ``older_than_s`` seconds; returns how many."""
        return await self._run(self._clear, time.time() - older_than_s, staged_only)

    async def _run(self, function: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def _clear(self, before: float, staged_only: bool) -> int:
        count = 0
        for path in self._files():
            if staged_only and not STAGED.search(path.name):
                continue
            with contextlib.suppress(FileNotFoundError):  # finished or removed meanwhile
                if path.stat().st_mtime < before:
                    path.unlink()
                    count += 1
        return count

    def _files(self) -> Iterator[Path]:
        for folder, _, names in os.walk(self.path):
            yield from (Path(folder, name) for name in names)


def _write(handle: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _sync(path: Path) -> None:
    for target in (path, path.parent):
        handle = os.open(target, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

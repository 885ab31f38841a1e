"""The port of the blob store."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A key, and when its bytes were complete (with the time zone)."""

    key: str
    stored_at: datetime


class BlobStore(Protocol):
    """Bytes by key. Keys are made by us (``documents/{id}``), never taken from people.

    Raises, everywhere: UpstreamUnavailable when the storage does not answer or refuses us; that may pass.
    """

    async def check(self) -> None:
        """Raise StartupFailed, in words for the operator, when the storage cannot be used as the settings describe it."""

    async def put(self, key: str, stream: AsyncIterator[bytes]) -> int:
        """Store a stream under a key, all or nothing, a few MiB in memory at a time; returns its size in bytes.

        When the stream raises or the caller is cancelled, what had arrived is thrown away before this returns.

        Raises:
            StorageFull: the disk has no room for it.
        """

    def stream(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from ``start`` up to ``stop`` (exclusive; None: to the end), about a MiB at a time. Raises NotFound."""

    def local_copy(self, key: str) -> AbstractAsyncContextManager[Path]:
        """A path to the bytes on this machine, good until the block ends. Raises NotFound, StorageFull."""

    async def delete(self, key: str) -> None:
        """Forget a key; fine when there is none."""

    async def delete_all(self, prefix: str) -> None:
        """Forget every key under a folder (``pages/{id}``)."""

    async def exists(self, key: str) -> bool:
        """True when something is stored under the key."""

    def stored(self, prefix: str) -> AsyncIterator[StoredBlob]:
        """Everything that is stored, whole, under a folder."""

    async def require_room(self, size_bytes: int) -> None:
        """Raise StorageFull when so many bytes more would fill the disk; nothing where there is no disk of ours."""

    async def tidy(self, older_than_s: float) -> int:
        """Remove what killed processes left half-written and nobody has touched for so long; returns how many files."""


async def pieces_of(data: bytes) -> AsyncIterator[bytes]:
    """Bytes at hand as a stream for ``put``."""
    yield data

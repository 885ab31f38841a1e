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
    """Bytes by key. Keys are generated (``documents/{id}``), never taken from users.

    Every method raises UpstreamUnavailable when the storage does not answer or refuses access, which may pass.
    """

    async def check(self) -> None:
        """Raise StartupFailed, with a sentence for the operator, when the storage cannot be used with these settings."""

    async def ping(self) -> None:
        """Return when the storage answers."""

    async def put(self, key: str, stream: AsyncIterator[bytes]) -> int:
        """Store a stream under a key, all or nothing, a few MiB in memory at a time; returns its size in bytes.

        When the stream raises or the caller is cancelled, the part that had arrived is removed before this returns.

        Raises:
            StorageFull: the disk has no room for it.
        """

    def stream(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from ``start`` up to ``stop`` (exclusive; None: to the end), about a MiB at a time. Raises NotFound."""

    def local_copy(self, key: str) -> AbstractAsyncContextManager[Path]:
        """A path to the bytes on this machine, good until the block ends. Raises NotFound, StorageFull."""

    async def delete(self, key: str) -> None:
        """Delete a key; does nothing when there is none."""

    async def delete_all(self, prefix: str) -> None:
        """Delete every key under a folder (``pages/{id}``)."""

    async def exists(self, key: str) -> bool:
        """True when something is stored under the key."""

    def stored(self, prefix: str) -> AsyncIterator[StoredBlob]:
        """All completely stored blobs under a folder."""

    async def require_room(self, size_bytes: int) -> None:
        """Raise StorageFull when this many more bytes would fill the local disk; does nothing for remote storage."""

    async def tidy(self, older_than_s: float) -> int:
        """Delete half-written files of killed processes that are older than ``older_than_s``; returns how many."""


async def pieces_of(data: bytes) -> AsyncIterator[bytes]:
    """Bytes as a stream for ``put``."""
    yield data

"""Original files and page images, by key: a folder, S3 or Azure behind one interface (obstore)."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import obstore
from obstore.store import AzureStore, LocalStore, ObjectStore, S3Store

from core.errors import NotFound, SettingsInvalid
from core.settings import BlobSettings

READ_BYTES = 1024**2
PART_BYTES = 5 * 1024**2  # the least that S3 takes as a part
PARTS_AT_ONCE = 2
REMOTE_SCHEMES = ("s3://", "s3a://", "az://", "azure://", "abfs://", "abfss://")


class BlobStore(Protocol):
    """Bytes by key. Keys are made by us (``documents/{id}``), never taken from people."""

    async def put(self, key: str, stream: AsyncIterator[bytes]) -> int:
        """Store a stream under a key, all or nothing, a few MiB in memory at a time; returns its size in bytes."""

    def stream(self, key: str) -> AsyncIterator[bytes]:
        """The bytes, about a MiB at a time. Raises NotFound."""

    def local_copy(self, key: str) -> AbstractAsyncContextManager[Path]:
        """A path to the bytes on this machine, good until the block ends. Raises NotFound."""

    async def delete(self, key: str) -> None:
        """Forget a key; fine when there is none."""

    async def delete_all(self, prefix: str) -> None:
        """Forget every key under a folder (``pages/{id}``)."""

    async def exists(self, key: str) -> bool:
        """True when something is stored under the key."""


class ObjectBlobStore:
    """A BlobStore on any store of obstore.

    Args:
        folder: where the store's files are, when they are on this machine; saves the copy.
    """

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    async def put(self, key: str, stream: AsyncIterator[bytes]) -> int:
        """See BlobStore."""
        size_bytes = 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size_bytes
            async for piece in stream:
                size_bytes += len(piece)
                yield piece

        await obstore.put_async(self._store, key, counted(), chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
        return size_bytes

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """See BlobStore."""
        try:
            found = await obstore.get_async(self._store, key)
        except FileNotFoundError as error:
            raise NotFound("The file is no longer stored.") from error
        async for piece in found.stream(min_chunk_size=READ_BYTES):
            yield bytes(piece)

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path]:
        """See BlobStore."""
        if self._folder is not None:
            if not await self.exists(key):
                raise NotFound("The file is no longer stored.")
            yield self._folder / key
            return
        with tempfile.NamedTemporaryFile(prefix="footnote-") as copy:
            async for piece in self.stream(key):
                copy.write(piece)
            copy.flush()
            yield Path(copy.name)

    async def delete(self, key: str) -> None:
        """See BlobStore."""
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return

    async def delete_all(self, prefix: str) -> None:
        """See BlobStore."""
        async for found in obstore.list(self._store, prefix=prefix):
            for meta in found:
                await self.delete(meta["path"])

    async def exists(self, key: str) -> bool:
        """See BlobStore."""
        try:
            await obstore.head_async(self._store, key)
        except FileNotFoundError:
            return False
        return True


def build_blob_store(settings: BlobSettings, var_dir: Path) -> ObjectBlobStore:
    """The store that the settings name; without a URL, ``{var_dir}/blobs``.

    Raises:
        SettingsInvalid: the URL is of a kind that is not known, or lacks a part.
    """
    if settings.url is None:
        folder = var_dir.absolute() / "blobs"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return ObjectBlobStore(LocalStore(folder), folder)
    return ObjectBlobStore(_remote_store(settings.url))


def _remote_store(url: str) -> ObjectStore:
    if not url.startswith(REMOTE_SCHEMES):
        raise SettingsInvalid("FOOTNOTE_BLOB_URL: it must begin with s3:// or az://.")
    try:
        if url.startswith("s3"):
            return S3Store.from_url(url)
        return AzureStore.from_url(url)
    except Exception as error:  # obstore raises its own kinds, one per cloud
        raise SettingsInvalid("FOOTNOTE_BLOB_URL: the storage it names cannot be used; see its credentials.") from error


async def pieces_of(data: bytes) -> AsyncIterator[bytes]:
    """Bytes at hand as a stream for ``put``."""
    yield data

"""A BlobStore on top of any store of obstore."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import obstore
from obstore.store import ObjectStore

from core.errors import FootnoteError, NotFound, StartupFailed, UpstreamUnavailable
from ingestion.blobs.disk import Disk
from ingestion.blobs.errors import AGAIN_S, setting_at_fault, translated
from ingestion.blobs.port import StoredBlob
from ingestion.blobs.stream import BlobStream

READ_BYTES = 1024**2
LOCAL_PART_BYTES = 1024**2
REMOTE_PART_BYTES = 5 * 1024**2  # S3's smallest part
PARTS_AT_ONCE = 2
LOOK_EVERY_BYTES = 16 * 1024**2
ANSWERS_WITHIN_S = 3.0  # a storage on another machine; obstore itself goes on trying for half a minute


class ObjectBlobStore:
    """Bytes by key in a folder, a bucket or a container.

    Args:
        disk: the folder of the store itself when it is on this machine, else one for copies.
    """

    def __init__(self, store: ObjectStore, disk: Disk, *, is_local: bool) -> None:
        self._store = store
        self._disk = disk
        self._is_local = is_local
        self._part_bytes = LOCAL_PART_BYTES if is_local else REMOTE_PART_BYTES

    async def check(self) -> None:
        """See BlobStore."""
        try:
            await anext(aiter(obstore.list(self._store, chunk_size=1)), None)
        except Exception as error:  # the classes differ by cloud and fault
            raise StartupFailed(setting_at_fault(error)) from error

    async def ping(self) -> None:
        """See BlobStore."""
        with translated():
            await anext(aiter(obstore.list(self._store, prefix="ping", chunk_size=1)), None)

    async def put(self, key: str, stream: AsyncIterator[bytes]) -> int:
        """See BlobStore."""
        if not self._is_local:
            async with _bounded():
                with suppress(FootnoteError):  # what is wrong with it, storing says best
                    await self.ping()
        source = BlobStream(stream, LOOK_EVERY_BYTES, lambda: self.require_room(0))
        storing = asyncio.ensure_future(self._put(key, source))
        try:
            # If its task were cancelled, obstore would leave the parts in S3; when its source raises, it removes them.
            await asyncio.shield(storing)
        except asyncio.CancelledError:
            source.abort()
            await asyncio.wait({storing})
            if not storing.cancelled():
                storing.exception()  # marks it as retrieved
            raise
        return source.size_bytes

    async def _put(self, key: str, source: BlobStream) -> None:
        try:
            with translated():
                beginning, is_all = await source.first(self._part_bytes)
                if is_all:
                    await obstore.put_async(self._store, key, beginning, use_multipart=False)
                else:
                    pieces, size_bytes = source.after(beginning), self._part_bytes
                    await obstore.put_async(
                        self._store, key, pieces, chunk_size=size_bytes, max_concurrency=PARTS_AT_ONCE
                    )
        except Exception as error:
            if source.failure is not None:
                raise source.failure from None
            if isinstance(error, NotFound):  # it is the bucket that is missing
                raise UpstreamUnavailable(
                    "The file storage does not take files at the moment.", retry_after_s=AGAIN_S
                ) from error
            raise
        if self._is_local:
            await self._disk.sync(key)

    async def stream(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """See BlobStore."""
        if stop is not None and stop <= start:
            return
        with translated():
            async with _bounded():
                result = await obstore.get_async(self._store, key, options=_options(start, stop))
            async for piece in result.stream(min_chunk_size=READ_BYTES):
                yield bytes(piece)

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path]:
        """See BlobStore."""
        if self._is_local:
            if not await self.exists(key):
                raise NotFound("The file is no longer stored.")
            yield self._disk.path / key
            return
        with translated():
            size_bytes = (await obstore.head_async(self._store, key))["size"]
        await self._disk.require_room(size_bytes)
        async with self._disk.temporary(self.stream(key)) as path:
            yield path

    async def delete(self, key: str) -> None:
        """See BlobStore."""
        try:
            with translated():
                await obstore.delete_async(self._store, key)
        except NotFound:
            return

    async def delete_all(self, prefix: str) -> None:
        """See BlobStore."""
        with translated():
            keys = [meta["path"] async for batch in obstore.list(self._store, prefix=prefix) for meta in batch]
        for key in keys:
            await self.delete(key)

    async def exists(self, key: str) -> bool:
        """See BlobStore."""
        try:
            with translated():
                await obstore.head_async(self._store, key)
        except NotFound:
            return False
        return True

    async def stored(self, prefix: str) -> AsyncIterator[StoredBlob]:
        """See BlobStore."""
        with translated():
            async for batch in obstore.list(self._store, prefix=prefix):
                for meta in batch:
                    yield StoredBlob(meta["path"], meta["last_modified"])

    async def require_room(self, size_bytes: int) -> None:
        """See BlobStore."""
        if self._is_local:
            await self._disk.require_room(size_bytes)

    async def tidy(self, older_than_s: float) -> int:
        """See BlobStore."""
        return await self._disk.clear(older_than_s, staged_only=self._is_local)


@asynccontextmanager
async def _bounded() -> AsyncIterator[None]:
    """Raises UpstreamUnavailable when the storage is silent: nobody should wait for it with a file in their hands."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            yield
    except TimeoutError:
        raise UpstreamUnavailable("The file storage does not answer at the moment.", retry_after_s=AGAIN_S) from None


def _options(start: int, stop: int | None) -> "obstore.GetOptions":
    if stop is not None:
        return {"range": (start, stop)}
    return {"range": {"offset": start}} if start else {}

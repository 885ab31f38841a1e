"""Where a backup is: a folder, or an address of a blob store. Parts go in and come out here, sealed and with checksums."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from obstore.store import LocalStore

from backup.manifest import INCOMPLETE, NAME, Manifest, PartEntry, parsed
from backup.seal import DAMAGED, Seal
from core.errors import Conflict, Invalid, NotFound
from core.settings import BlobSettings
from ingestion.blobs import BlobStore, ObjectBlobStore, build_blob_store, pieces_of
from ingestion.blobs.disk import Disk

MOST_MANIFEST_BYTES = 512 * 1024**2


class Place:
    """A folder or a bucket with one backup, or for one."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self._seal: Seal | None = None

    def use(self, seal: Seal | None) -> None:
        """Seal and open parts with this from now on."""
        self._seal = seal

    async def require_free(self) -> None:
        """Raise Conflict when something is there already."""
        async for _ in self._store.stored(""):
            raise Conflict(
                "There is something at this place already. Name an empty folder, or one that does not exist yet."
            )

    async def write(self, name: str, content: AsyncIterator[bytes]) -> PartEntry:
        """Write a part."""
        digest, size_bytes = hashlib.sha256(), 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size_bytes
            async for piece in self._seal.sealed(name, content) if self._seal else content:
                digest.update(piece)
                size_bytes += len(piece)
                yield piece

        await self._store.put(name, counted())
        return PartEntry(name=name, size_bytes=size_bytes, sha256=digest.hexdigest())

    async def write_manifest(self, manifest: Manifest) -> None:
        """Write the manifest: from now on, this is a backup."""
        await self._store.put(NAME, pieces_of(manifest.model_dump_json(indent=1).encode()))

    async def manifest(self) -> Manifest:
        """The manifest. Raises Invalid when there is none, or it cannot be read."""
        try:
            data = b"".join([piece async for piece in self._store.stream(NAME)])
        except NotFound as error:
            raise Invalid(INCOMPLETE) from error
        if len(data) > MOST_MANIFEST_BYTES:
            raise Invalid(DAMAGED.format(name=NAME))
        return parsed(data)

    async def verify(self, part: PartEntry) -> None:
        """Read a part to its end. Raises Invalid when it is missing or not what was written."""
        digest, size_bytes = hashlib.sha256(), 0
        try:
            async for piece in self._store.stream(part.name):
                digest.update(piece)
                size_bytes += len(piece)
        except NotFound as error:
            raise Invalid(f"The backup is incomplete: {part.name} is missing. Nothing was restored.") from error
        if size_bytes != part.size_bytes or digest.hexdigest() != part.sha256:
            raise Invalid(DAMAGED.format(name=part.name))

    def read(self, name: str) -> AsyncIterator[bytes]:
        """The content of a part, opened. Raises Invalid when it is not what was written."""
        stored = self._store.stream(name)
        return self._seal.opened(name, stored) if self._seal else stored


def place_of(address: str, settings: BlobSettings, *, is_new: bool) -> Place:
    """The place at a path or a URL; a URL is opened with the credentials of FOOTNOTE_BLOB_*.

    Args:
        is_new: make the folder.

    Raises:
        SettingsInvalid: an address of an unknown kind, or one that cannot be used.
        Invalid: there is no such folder.
    """
    if "://" in address:
        return Place(build_blob_store(settings.model_copy(update={"url": address}), Path("var")))
    path = Path(address).expanduser().absolute()
    if not is_new and not path.is_dir():
        raise Invalid(f"There is no folder {path}.")
    try:
        disk = Disk(path, settings.min_free_bytes)
    except OSError as error:
        raise Invalid(f"The folder {path} cannot be made: {error.strerror}.") from error
    return Place(ObjectBlobStore(LocalStore(path, automatic_cleanup=True), disk, is_local=True))

"""Where a folder that is kept in step lies: on this machine, or in a bucket, a container or behind WebDAV."""

import asyncio
import errno
import hashlib
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import obstore
from obstore.store import HTTPStore, ObjectStore
from pydantic import ValidationError

from core.errors import Invalid, UpstreamUnavailable
from core.settings import BlobSettings, FolderPlace, LinkSettings
from ingestion.blobs.build import CLIENT, RETRIES, remote_store
from ingestion.blobs.errors import first_line
from ingestion.documents.incoming import title_of
from ingestion.folders import plan as folder
from ingestion.folders.plan import READ_BYTES, FolderContents, LocalFile

if TYPE_CHECKING:
    from obstore.store import ClientConfig


class FolderUnavailable(UpstreamUnavailable):
    """A folder of another machine cannot be read now, or as its settings say."""


class Folder(Protocol):
    """Files under one roof.

    Attributes:
        source: what tells this folder from others, kept with its documents.
        is_single: it is one file, not all of its folder.
    """

    source: str
    is_single: bool

    async def contents(self) -> FolderContents:
        """All files, and what could not be read. Raises Invalid, FolderUnavailable when it cannot be opened."""

    async def sha256(self, file: LocalFile) -> str:
        """The hash of a file's bytes, in hex. Raises OSError."""

    def read(self, file: LocalFile) -> AsyncGenerator[bytes, None]:
        """The bytes of a file. Raises OSError."""


class LocalFolder:
    """A file or folder of this machine; hidden files are left out."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self.is_single = not self._path.is_dir()
        self.source = str(self._path.parent if self.is_single else self._path)

    async def contents(self) -> FolderContents:
        """See Folder."""
        return await asyncio.to_thread(folder.files_of, self._path)

    async def sha256(self, file: LocalFile) -> str:
        """See Folder."""
        return await asyncio.to_thread(folder.sha256_of, file.path)

    async def read(self, file: LocalFile) -> AsyncGenerator[bytes, None]:
        """See Folder."""
        with await asyncio.to_thread(file.path.open, "rb") as handle:
            while block := await asyncio.to_thread(handle.read, READ_BYTES):
                yield block


class RemoteFolder:
    """A bucket, a container or a WebDAV folder; hidden files are left out. Each file is fetched to be compared.

    Args:
        url: what it is called; it has no credentials.
        prefix: where the folder begins in the store; titles are relative to it.
        is_flat: all files are listed at once; False: one folder after the other, for what does not list below a folder.
    """

    is_single = False

    def __init__(self, store: ObjectStore, url: str, prefix: str = "", *, is_flat: bool = True) -> None:
        self._store = store
        self._prefix = prefix.strip("/")
        self._is_flat = is_flat
        self._keys: dict[str, str] = {}  # title → key, which a path of this machine would not keep as it is
        self.source = url.rstrip("/")

    async def contents(self) -> FolderContents:
        """See Folder."""
        found = FolderContents()
        self._keys.clear()
        try:
            async for key in self._all() if self._is_flat else self._below(self._prefix):
                self._take(found, key)
        except Exception as error:  # the classes differ by cloud and fault
            raise FolderUnavailable(f"The folder {self.source} cannot be read: {first_line(error)}.") from error
        if not self._is_flat and not self._keys:  # the store tells nothing of a folder that is not there
            raise FolderUnavailable(f"The folder {self.source} is empty, or is not there.")
        found.files.sort(key=lambda file: file.title)
        return found

    async def sha256(self, file: LocalFile) -> str:
        """See Folder."""
        digest = hashlib.sha256()
        async with aclosing(self.read(file)) as pieces:
            async for piece in pieces:
                digest.update(piece)
        return digest.hexdigest()

    async def read(self, file: LocalFile) -> AsyncGenerator[bytes, None]:
        """See Folder."""
        try:
            got = await obstore.get_async(self._store, self._keys[file.title])
            async for piece in got.stream(READ_BYTES):
                yield bytes(piece)
        except Exception as error:  # as above
            raise OSError(errno.EIO, first_line(error)) from error

    async def _all(self) -> AsyncGenerator[str, None]:
        async for batch in obstore.list(self._store, self._prefix or None):
            for one in batch:
                yield str(one["path"])

    async def _below(self, prefix: str) -> AsyncGenerator[str, None]:
        listed = await obstore.list_with_delimiter_async(self._store, prefix or None)
        for one in listed["objects"]:
            yield str(one["path"])
        for below in listed["common_prefixes"]:
            if below.strip("/") == prefix.strip("/"):
                continue  # a server that lists a folder within itself
            async for key in self._below(below):
                yield key

    def _take(self, contents: FolderContents, key: str) -> None:
        path = key.removeprefix(f"{self._prefix}/") if self._prefix else key
        if not path or any(part.startswith(".") for part in path.split("/")):
            return
        title = title_of(path)
        if title in self._keys:
            same = "another file of the folder has the same name as far as it can be shown"
            contents.unreadable.append((title, same))
            return
        self._keys[title] = key
        contents.files.append(LocalFile(Path(title), title))


def remote_folder(place: FolderPlace) -> RemoteFolder:
    """The folder that a place of the settings, or an address of the command line, names. Raises SettingsInvalid."""
    if place.url.startswith(("http://", "https://")):
        options: ClientConfig = {**CLIENT}
        if place.access_key:
            secret = place.secret_key.get_secret_value() if place.secret_key else ""
            token = b64encode(f"{place.access_key}:{secret}".encode()).decode()
            options["default_headers"] = {"Authorization": f"Basic {token}"}
        parts = urlsplit(place.url)
        store = HTTPStore.from_url(f"{parts.scheme}://{parts.netloc}", client_options=options, retry_config=RETRIES)
        # Its listings name files from the root of the server, whatever the address of the store.
        return RemoteFolder(store, place.url, unquote(parts.path), is_flat=False)
    names = ("url", "endpoint", "region", "access_key", "secret_key")
    settings = BlobSettings(**{name: getattr(place, name) for name in names})
    return RemoteFolder(remote_store(settings, place.url), place.url)


def folder_of(text: str, settings: LinkSettings) -> Folder:
    """The folder that an operator names: a path, the name of a folder of the settings, or an address.

    Raises:
        Invalid: there is none.
        SettingsInvalid: its storage cannot be used.
    """
    if text in settings.folders:
        return remote_folder(settings.folders[text])
    if "://" not in text:
        if not Path(text).exists():
            raise Invalid(f"There is no file or folder {text}, and no folder of this name in the settings.")
        return LocalFolder(Path(text))
    known = (place for place in settings.folders.values() if place.url.rstrip("/") == text.rstrip("/"))
    try:
        return remote_folder(next(known, None) or FolderPlace(url=text))
    except ValidationError as error:
        raise Invalid("An address of a folder begins with s3://, az:// or https:// and has no credentials.") from error

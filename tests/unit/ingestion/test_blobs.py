"""Bytes by key, in a folder."""

import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from core.errors import NotFound, SettingsInvalid
from core.settings import BlobSettings
from ingestion.blobs import BlobStore, ObjectBlobStore, build_blob_store, pieces_of


@pytest.fixture(params=["folder", "remote"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """A store on this machine, and one whose files are elsewhere."""
    return build_blob_store(BlobSettings(), tmp_path) if request.param == "folder" else ObjectBlobStore(MemoryStore())


async def stream(*pieces: bytes) -> AsyncIterator[bytes]:
    """An upload."""
    for piece in pieces:
        yield piece


async def test_what_was_put_comes_back(blobs: BlobStore) -> None:
    assert await blobs.put("documents/a", stream(b"one", b"two")) == 6
    assert b"".join([piece async for piece in blobs.stream("documents/a")]) == b"onetwo"
    async with blobs.local_copy("documents/a") as path:
        assert path.read_bytes() == b"onetwo"
    assert await blobs.exists("documents/a")


async def test_what_breaks_off_is_not_there(blobs: BlobStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 10_000_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await blobs.put("documents/a", broken())
    assert not await blobs.exists("documents/a")


async def test_what_is_not_there(blobs: BlobStore) -> None:
    with pytest.raises(NotFound):
        _ = [piece async for piece in blobs.stream("documents/none")]
    with pytest.raises(NotFound):
        async with blobs.local_copy("documents/none"):
            pass
    await blobs.delete("documents/none")
    await blobs.delete_all("pages/none")


async def test_folders_go_as_a_whole(blobs: BlobStore) -> None:
    for key in ("pages/1/1.png", "pages/1/2.png", "pages/12/1.png"):
        await blobs.put(key, pieces_of(b"png"))
    await blobs.delete_all("pages/1")
    assert [await blobs.exists(key) for key in ("pages/1/1.png", "pages/1/2.png", "pages/12/1.png")] == [
        False,
        False,
        True,
    ]


async def test_large_files_pass_through(tmp_path: Path) -> None:
    blobs = build_blob_store(BlobSettings(), tmp_path)

    async def large() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1024**2

    tracemalloc.start()
    assert await blobs.put("documents/a", large()) == 100 * 1024**2
    size = 0
    async for piece in blobs.stream("documents/a"):
        size += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 100 * 1024**2
    assert peak < 40 * 1024**2


@pytest.mark.parametrize("url", ["ftp://bucket", "/a/folder", "az://container/without/account"])
def test_urls_that_cannot_be_used_are_named(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="FOOTNOTE_BLOB_URL"):
        build_blob_store(BlobSettings(url=url), tmp_path)

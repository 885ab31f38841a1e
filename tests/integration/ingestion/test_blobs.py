"""One contract, three file storages: a folder, S3 (moto's server) and Azure Blob Storage (Azurite)."""

import asyncio
import os
import socket
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import obstore
import pytest
from obstore.exceptions import GenericError, PermissionDeniedError
from pydantic import SecretStr

from core.errors import FootnoteError, NotFound, SettingsInvalid, StartupFailed, StorageFull, UpstreamUnavailable
from core.settings import BlobSettings
from ingestion.blobs import ObjectBlobStore, build, build_blob_store, pieces_of
from ingestion.blobs.errors import translated
from ingestion.blobs.store import ANSWERS_WITHIN_S
from tests.object_storage import AZURE_KEY, BUCKET, azure_server, s3_client, s3_server

MIB = 1024**2
LARGE = 23 * MIB + 5


@pytest.fixture(scope="module")
def s3() -> Iterator[BlobSettings]:
    with s3_server() as settings:
        yield settings


@pytest.fixture(scope="module")
def azure(servers_dir: Path) -> Iterator[BlobSettings]:
    with azure_server(servers_dir / "azure") as settings:
        yield settings


@pytest.fixture(params=["folder", "s3", "azure"])
def settings_of(request: pytest.FixtureRequest) -> BlobSettings:
    """The settings of a store in which nobody else writes."""
    if request.param == "folder":
        return BlobSettings()
    settings: BlobSettings = request.getfixturevalue(request.param)
    return settings.model_copy(update={"url": f"{settings.url}/{uuid4()}"})


@pytest.fixture
def blobs(settings_of: BlobSettings, tmp_path: Path) -> ObjectBlobStore:
    return build_blob_store(settings_of, tmp_path)


async def keys(blobs: ObjectBlobStore) -> set[str]:
    """All that is stored, seen past our own code."""
    return {meta["path"] async for found in obstore.list(blobs._store) for meta in found}


async def large() -> AsyncIterator[bytes]:
    """23 MiB and a bit, no two MiB alike."""
    for number in range(LARGE // MIB):
        yield bytes([number]) * MIB
    yield b"12345"


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_what_was_put_comes_back(blobs: ObjectBlobStore) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    assert await blobs.put("documents/a", pieces()) == 6
    assert b"".join([piece async for piece in blobs.stream("documents/a")]) == b"onetwo"
    assert await blobs.exists("documents/a")
    assert not await blobs.exists("documents/b")
    assert await blobs.put("documents/a", pieces_of(b"three")) == 5
    assert b"".join([piece async for piece in blobs.stream("documents/a")]) == b"three"


async def test_a_large_file_goes_in_parts_and_comes_back_whole_and_in_ranges(blobs: ObjectBlobStore) -> None:
    assert await blobs.put("documents/a", large()) == LARGE
    whole = b"".join([piece async for piece in blobs.stream("documents/a")])
    assert whole == b"".join([piece async for piece in large()])
    for start, stop in ((0, 10), (3 * MIB - 1, 9 * MIB + 1), (LARGE - 5, None), (7, 7)):
        part = b"".join([piece async for piece in blobs.stream("documents/a", start, stop)])
        assert part == whole[start:stop]


async def test_it_can_be_opened_on_this_machine(blobs: ObjectBlobStore, tmp_path: Path) -> None:
    await blobs.put("documents/a", large())
    before = files_below(tmp_path)
    async with blobs.local_copy("documents/a") as path:
        assert path.stat().st_size == LARGE
        assert path.stat().st_mode & 0o077 == 0 or path.parent.parent.stat().st_mode & 0o077 == 0
    assert files_below(tmp_path) == before


async def test_a_stream_that_breaks_off_leaves_nothing(blobs: ObjectBlobStore, s3: BlobSettings) -> None:
    for size in (1, 10 * MIB):

        async def broken(size: int = size) -> AsyncIterator[bytes]:
            yield b"x" * size
            raise FileNotFoundError("the sender's own")

        with pytest.raises(FileNotFoundError, match="the sender's own"):
            await blobs.put("documents/a", broken())
        assert await keys(blobs) == set()
    assert "Uploads" not in s3_client(s3).list_multipart_uploads(Bucket=BUCKET)


async def test_a_cancelled_upload_leaves_nothing(blobs: ObjectBlobStore, s3: BlobSettings, tmp_path: Path) -> None:
    is_under_way = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b"x" * MIB
        is_under_way.set()
        await asyncio.Event().wait()

    upload = asyncio.create_task(blobs.put("documents/a", stalled()))
    await is_under_way.wait()
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert await keys(blobs) == set()
    assert files_below(tmp_path) == []
    assert "Uploads" not in s3_client(s3).list_multipart_uploads(Bucket=BUCKET)


async def test_what_is_not_there(blobs: ObjectBlobStore) -> None:
    with pytest.raises(NotFound):
        _ = [piece async for piece in blobs.stream("documents/none")]
    with pytest.raises(NotFound):
        async with blobs.local_copy("documents/none"):
            pass
    await blobs.delete("documents/none")
    await blobs.delete_all("pages/none")


async def test_folders_go_as_a_whole(blobs: ObjectBlobStore) -> None:
    for key in ("pages/1/1.png", "pages/1/2.png", "pages/12/1.png"):
        await blobs.put(key, pieces_of(b"png"))
    await blobs.delete_all("pages/1")
    assert await keys(blobs) == {"pages/12/1.png"}
    await blobs.delete("pages/12/1.png")
    assert await keys(blobs) == set()


async def test_what_is_stored_can_be_gone_through(blobs: ObjectBlobStore) -> None:
    started = datetime.now(UTC) - timedelta(seconds=2)
    for key in ("documents/a", "pages/a/1/1-600.png", "pages/b/1/1-600.png"):
        await blobs.put(key, pieces_of(b"x"))
    found = {one.key: one.stored_at async for one in blobs.stored("pages")}
    assert found.keys() == {"pages/a/1/1-600.png", "pages/b/1/1-600.png"}
    assert all(started <= stored_at <= datetime.now(UTC) + timedelta(seconds=2) for stored_at in found.values())
    assert [one async for one in blobs.stored("versions")] == []


async def test_keys_are_below_the_prefix_of_the_url(s3: BlobSettings, tmp_path: Path) -> None:
    mine = s3.model_copy(update={"url": f"s3://{BUCKET}/mine"})
    await build_blob_store(mine, tmp_path).put("documents/a", pieces_of(b"x"))
    listed = s3_client(s3).list_objects_v2(Bucket=BUCKET, Prefix="mine")["Contents"]
    assert [entry["Key"] for entry in listed] == ["mine/documents/a"]


async def test_two_installations_share_a_bucket(s3: BlobSettings, tmp_path: Path) -> None:
    one, other = (
        build_blob_store(s3.model_copy(update={"url": f"s3://{BUCKET}/shared/{name}"}), tmp_path) for name in "ab"
    )
    await one.put("documents/a", pieces_of(b"x"))
    assert not await other.exists("documents/a")
    await other.delete_all("documents")
    assert await one.exists("documents/a")


async def test_a_store_that_works_passes_the_check_at_start(blobs: ObjectBlobStore) -> None:
    await blobs.check()
    await blobs.ping()


@pytest.mark.parametrize("kind", ["s3", "azure"])
async def test_the_wrong_bucket_is_named_at_start(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    settings: BlobSettings = request.getfixturevalue(kind)
    wrong = settings.model_copy(update={"url": (settings.url or "").replace(f"/{BUCKET}/", "/elsewhere/")})
    with pytest.raises(StartupFailed, match="no such bucket or container"):
        await build_blob_store(wrong, tmp_path).check()
    with pytest.raises(FootnoteError):
        await build_blob_store(wrong, tmp_path).ping()
    with pytest.raises(UpstreamUnavailable, match="does not take files"):
        await build_blob_store(wrong, tmp_path).put("documents/a", large())


async def test_the_wrong_key_is_named_at_start(azure: BlobSettings, tmp_path: Path) -> None:
    wrong = azure.model_copy(update={"secret_key": SecretStr(AZURE_KEY.replace("K1SZ", "AAAA"))})
    store = build_blob_store(wrong, tmp_path)
    with pytest.raises(StartupFailed, match="refuses these credentials"):
        await store.check()
    with pytest.raises(UpstreamUnavailable, match="does not let Footnote in"):
        await store.put("documents/a", pieces_of(b"x"))


def away(kind: str, port: int) -> BlobSettings:
    return BlobSettings(
        url={"s3": "s3://bucket", "azure": "az://bucket"}[kind],
        endpoint=f"http://127.0.0.1:{port}",
        access_key="account",
        secret_key=SecretStr("c2VjcmV0"),
    )


@pytest.mark.parametrize("kind", ["s3", "azure"])
async def test_a_server_that_is_away_is_said_to_be(kind: str, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings = away(kind, free.getsockname()[1])
    store = build_blob_store(settings, tmp_path)
    for call in (
        lambda: store.put("documents/a", pieces_of(b"x")),
        lambda: store.put("documents/a", large()),
        lambda: store.exists("documents/a"),
        lambda: store.delete("documents/a"),
        lambda: store.delete_all("pages/a"),
        lambda: anext(store.stream("documents/a")),
        lambda: store.ping(),
    ):
        with pytest.raises(UpstreamUnavailable, match="does not answer") as caught:
            await call()
        assert caught.value.retry_after_s
    with pytest.raises(StartupFailed, match="cannot be reached"):
        await store.check()


async def test_a_server_that_is_silent_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(build.CLIENT, "read_timeout", "200ms")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        store = build_blob_store(away("s3", listener.getsockname()[1]), tmp_path)
        with pytest.raises(UpstreamUnavailable, match="does not answer"):
            await store.exists("documents/a")


async def test_nobody_waits_long_for_a_silent_server_with_a_file(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        store = build_blob_store(away("s3", listener.getsockname()[1]), tmp_path)
        for call in (lambda: store.put("documents/a", pieces_of(b"x")), lambda: anext(store.stream("documents/a"))):
            async with asyncio.timeout(2 * ANSWERS_WITHIN_S):
                with pytest.raises(UpstreamUnavailable, match="does not answer"):
                    await call()


async def test_a_server_that_goes_away_while_it_sends_is_an_error_and_not_a_shorter_file(tmp_path: Path) -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\nETag: x\r\nLast-Modified: Fri, 20 Nov 2026 10:00:00 GMT\r\n\r\n"
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)

        def answer_half() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(head + b"x" * 1_000_000)
            listener.close()

        thread = threading.Thread(target=answer_half)
        thread.start()
        store = build_blob_store(away("s3", listener.getsockname()[1]), tmp_path)
        with pytest.raises(UpstreamUnavailable, match="does not answer"):
            _ = [piece async for piece in store.stream("documents/a")]
        thread.join()


@pytest.mark.parametrize(
    ("error", "fact"),
    [
        (GenericError("Generic LocalFileSystem error: … No space left on device (os error 28)"), StorageFull),
        (PermissionDeniedError("403"), UpstreamUnavailable),
        (GenericError("500"), UpstreamUnavailable),
        (FileNotFoundError("404"), NotFound),
    ],
)
def test_what_obstore_raises_is_a_fact_with_a_sentence(error: Exception, fact: type[FootnoteError]) -> None:
    with pytest.raises(fact) as caught, translated():
        raise error
    assert "os error" not in caught.value.message


async def test_a_disk_that_is_nearly_full_takes_nothing_more(tmp_path: Path) -> None:
    stat = os.statvfs(tmp_path)
    almost_all = stat.f_bavail * stat.f_frsize - 64 * MIB
    store = build_blob_store(BlobSettings(min_free_bytes=almost_all), tmp_path)
    await store.require_room(1)
    with pytest.raises(StorageFull, match="nearly full"):
        await store.require_room(128 * MIB)
    with pytest.raises(StorageFull, match="nearly full"):
        await build_blob_store(BlobSettings(min_free_bytes=2**60), tmp_path).put("documents/a", pieces_of(b"x"))
    assert files_below(tmp_path) == []


async def test_what_a_killed_process_left_is_cleared_once_it_is_old(tmp_path: Path) -> None:
    store = build_blob_store(BlobSettings(), tmp_path)
    await store.put("documents/whole", pieces_of(b"x"))
    old, new = (tmp_path / "blobs" / "documents" / name for name in ("old#1", "new#2"))
    for path in (old, new, tmp_path / "blobs" / "documents" / "whole"):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - 7200,) * 2)
    os.utime(new)
    assert not await store.exists("documents/old")
    assert await keys(store) == {"documents/whole"}
    assert await store.tidy(3600) == 1
    assert sorted(path.name for path in files_below(tmp_path)) == ["new#2", "whole"]


async def test_old_copies_of_files_stored_elsewhere_are_cleared(s3: BlobSettings, tmp_path: Path) -> None:
    store = build_blob_store(s3, tmp_path)
    left = tmp_path / "copies" / "tmpabc"
    left.write_bytes(b"x")
    os.utime(left, (time.time() - 7200,) * 2)
    assert await store.tidy(3600) == 1
    assert files_below(tmp_path) == []


@pytest.mark.parametrize("settings_of", ["folder", "azure"], indirect=True)  # moto's server is in this very process
async def test_large_files_pass_through_little_memory(blobs: ObjectBlobStore) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * MIB

    tracemalloc.start()
    assert await blobs.put("documents/a", pieces()) == 100 * MIB
    size = sum([len(piece) async for piece in blobs.stream("documents/a")])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 100 * MIB
    assert peak < 40 * MIB


@pytest.mark.parametrize("url", ["ftp://bucket", "/a/folder", "az://container/without/account"])
def test_urls_that_cannot_be_used_are_named(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="FOOTNOTE_BLOB_URL"):
        build_blob_store(BlobSettings(url=url), tmp_path)


def test_the_clouds_own_variables_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    build_blob_store(BlobSettings(url="az://container"), tmp_path)


async def test_the_clouds_own_credentials_are_used(
    s3: BlobSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    store = build_blob_store(BlobSettings(url=s3.url, endpoint=s3.endpoint), tmp_path)
    await store.check()
    await store.put("documents/a", pieces_of(b"x"))
    assert await store.exists("documents/a")

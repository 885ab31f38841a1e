"""How much one person may bring: counted, refused early, and kept to when everything comes at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.access import LibraryRole, Principal
from core.errors import QuotaExceeded, StorageFull, TooLarge
from core.settings import BlobSettings, Settings, UploadSettings
from db import storage_usage
from db.session import Database
from ingestion.blobs import BlobStore, build_blob_store
from ingestion.documents.quotas import Quota, in_words
from ingestion.service import IngestionService


async def words(number: int, size: int = 1000) -> AsyncIterator[bytes]:
    """A text of its own, so many bytes long."""
    yield f"Note {number}. ".encode().ljust(size, b"x")


def limited(service: IngestionService, **limits: int) -> Quota:
    """The service with other limits."""
    service._quota._settings = UploadSettings(**limits)
    return service._quota


def stored(settings: Settings) -> list[Path]:
    return [path for path in (settings.var_dir / "blobs").rglob("*") if path.is_file()]


async def test_what_somebody_brought_is_counted_wherever_it_is(
    service: IngestionService, database: Database, alice: Principal, bob: Principal
) -> None:
    shared = replace(bob, grants={**bob.grants, alice.personal_library_id: LibraryRole.EDITOR})
    await service.submit(alice, words(1), "a.txt")
    await service.submit(alice, words(2, 500), "b.txt")
    await service.submit(alice, words(1), "the same again.txt")
    await service.submit(shared, words(3, 70), "c.txt", library_id=alice.personal_library_id)
    async with database.reader() as session:
        assert await storage_usage.of_user(session, alice.user_id) == storage_usage.Usage(1500, 2)
        assert await storage_usage.of_user(session, bob.user_id) == storage_usage.Usage(70, 1)
    allowance = await service.allowance(alice)
    assert (allowance.used_bytes, allowance.used_documents) == (1500, 2)
    assert allowance.allowed_bytes == UploadSettings().user_bytes


async def test_every_version_that_is_kept_counts(
    service: IngestionService, database: Database, alice: Principal
) -> None:
    document = (await service.submit(alice, words(1), "a.txt")).document
    await service.submit(alice, words(2, 300), "a.txt", replaces=document.id)
    async with database.reader() as session:
        assert await storage_usage.of_user(session, alice.user_id) == storage_usage.Usage(1300, 1)


async def test_a_person_whose_room_is_used_up_is_told_before_a_byte_is_read(
    service: IngestionService, settings: Settings, alice: Principal, bob: Principal
) -> None:
    limited(service, user_bytes=2500)
    for number in (1, 2):
        await service.submit(alice, words(number), "a.txt")
    with pytest.raises(QuotaExceeded, match=r"room for 500 bytes more of the 2\.44 KB"):
        await service.headroom(alice, 1000)
    with pytest.raises(QuotaExceeded, match="Delete some"):
        await service.submit(alice, words(3), "a.txt")
    assert len(stored(settings)) == 2
    await service.submit(bob, words(4), "his.txt")  # everyone has their own room
    first = (await service.documents(alice)).documents[0]
    await service.delete_document(alice, first.id)
    await service.submit(alice, words(3), "a.txt")


async def test_documents_are_counted_too(service: IngestionService, alice: Principal) -> None:
    limited(service, user_documents=2, user_bytes=0)
    for number in (1, 2):
        await service.submit(alice, words(number), "a.txt")
    with pytest.raises(QuotaExceeded, match="You have 2 of the 2 documents"):
        await service.headroom(alice)


async def test_without_limits_nothing_is_counted(service: IngestionService, alice: Principal) -> None:
    limited(service, user_documents=0, user_bytes=0)
    assert (await service.headroom(alice, 1000)).left_bytes is None
    allowance = await service.allowance(alice)
    assert (allowance.allowed_bytes, allowance.allowed_documents) == (None, None)


@pytest.mark.parametrize("limits", [{"user_bytes": 3500}, {"user_documents": 3}])
async def test_uploads_at_the_same_time_keep_to_the_limit_together(
    service: IngestionService, settings: Settings, alice: Principal, limits: dict[str, int]
) -> None:
    limited(service, **limits)
    everyone_is_in = asyncio.Barrier(8)

    async def slow(number: int) -> AsyncIterator[bytes]:
        await everyone_is_in.wait()  # all have asked for headroom, and all got it
        async for piece in words(number):
            yield piece

    uploads = [service.submit(alice, slow(number), f"{number}.txt") for number in range(8)]
    async with asyncio.timeout(30):
        outcomes = await asyncio.gather(*uploads, return_exceptions=True)
    assert sum(isinstance(outcome, QuotaExceeded) for outcome in outcomes) == 5
    assert len((await service.documents(alice)).documents) == 3
    assert len(stored(settings)) == 3


async def test_a_file_too_large_is_refused_by_what_is_declared(service: IngestionService, alice: Principal) -> None:
    limited(service, max_bytes=2000)
    with pytest.raises(TooLarge, match=r"larger than the 1\.95 KB"):
        await service.headroom(alice, 2001)


async def test_a_full_disk_is_said_to_be(
    database: Database, blobs: BlobStore, settings: Settings, alice: Principal, tmp_path: Path
) -> None:
    full = build_blob_store(BlobSettings(min_free_bytes=2**60), tmp_path / "full")
    with pytest.raises(StorageFull, match="nearly full"):
        await Quota(database, full, settings.upload).headroom(alice)
    await Quota(database, blobs, settings.upload).headroom(alice)


@pytest.mark.parametrize(
    ("size", "said"), [(12, "12 bytes"), (2048, "2 KB"), (100 * 1024**2, "100 MB"), (1536 * 1024**2, "1.5 GB")]
)
def test_sizes_are_said_in_words(size: int, said: str) -> None:
    assert in_words(size) == said

"""What people may do with documents, and what nobody may."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from arq.connections import ArqRedis
from PIL import Image

from core.access import LibraryRole, Principal
from core.errors import (
    Conflict,
    FootnoteError,
    Invalid,
    NotFound,
    NotPermitted,
    TooLarge,
    UnsupportedType,
)
from core.settings import Settings, UploadSettings
from db import chunks
from db.session import Database
from ingestion.blobs import ObjectBlobStore
from ingestion.jobs.queue import QueueName
from ingestion.service import IngestionService
from ingestion.types import JobState
from ingestion.worker.pipeline import IngestionPipeline
from parsing.sandbox.sandbox import Sandbox
from rag.index import ChunkIndex
from rag.index.live import LiveIndex
from rag.types import Span
from tests import documents as files
from tests.graph import wired


async def stream(data: bytes) -> AsyncIterator[bytes]:
    """An upload in small pieces."""
    for start in range(0, len(data), 4096):
        yield data[start : start + 4096]


def stored_files(settings: Settings) -> list[Path]:
    """Everything in the blob folder."""
    return [path for path in (settings.var_dir / "blobs").rglob("*") if path.is_file()]


async def test_the_same_bytes_are_recognised(
    service: IngestionService, pipeline: IngestionPipeline, settings: Settings, alice: Principal, bob: Principal
) -> None:
    first = await service.submit(alice, stream(files.HANDBOOK), "handbook.pdf")
    await pipeline.run(first.job.job_id)
    again = await service.submit(alice, stream(files.HANDBOOK), "copy.pdf")
    assert (again.is_known, again.document.id) == (True, first.document.id)
    assert again.job.state is JobState.FINISHED
    assert len(stored_files(settings)) == 1

    other = await service.submit(bob, stream(files.HANDBOOK), "handbook.pdf")
    assert (other.is_known, other.document.library_id) == (False, bob.personal_library_id)


async def test_a_failed_document_brought_again_is_tried_again(
    service: IngestionService, pipeline: IngestionPipeline, alice: Principal
) -> None:
    first = await service.submit(alice, stream(files.pdf([""])), "scan.pdf")
    await pipeline.run(first.job.job_id)
    again = await service.submit(alice, stream(files.pdf([""])), "scan.pdf")
    assert again.is_known
    assert again.document.state == "pending"
    assert again.job.job_id != first.job.job_id
    assert again.job.state is JobState.QUEUED


@pytest.mark.parametrize(
    ("data", "name", "error"),
    [
        (b"", "empty.pdf", Invalid),
        (b"\x7fELF" + bytes(9000), "program.pdf", UnsupportedType),
        (b"MZ" + bytes(range(256)) * 50, "text.txt", UnsupportedType),
        (b"x" * 300_000, "large.txt", TooLarge),
    ],
)
async def test_what_is_refused_leaves_nothing(
    service: IngestionService, settings: Settings, alice: Principal, data: bytes, name: str, error: type[FootnoteError]
) -> None:
    service._quota._settings = UploadSettings(max_bytes=200_000)
    with pytest.raises(error):
        await service.submit(alice, stream(data), name)
    assert stored_files(settings) == []
    assert (await service.documents(alice)).documents == ()


async def test_an_upload_that_breaks_off_leaves_nothing(
    service: IngestionService, settings: Settings, alice: Principal
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"Some text"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await service.submit(alice, broken(), "a.txt")
    assert stored_files(settings) == []


async def test_the_queue_may_be_down(
    database: Database,
    blobs: ObjectBlobStore,
    sandbox: Sandbox,
    live: LiveIndex,
    settings: Settings,
    alice: Principal,
) -> None:
    nowhere = ArqRedis.from_url("redis://127.0.0.1:1")
    service = wired(settings, database=database, redis=nowhere, blobs=blobs, sandbox=sandbox, live=live).ingestion
    submission = await service.submit(alice, stream(b"Some text"), "a.txt")
    assert submission.job.state is JobState.QUEUED
    async for status in service.watch(alice, submission.job.job_id):
        if status.state is JobState.QUEUED:
            await service.cancel(alice, status.job_id)
    assert status.state is JobState.STOPPED
    await nowhere.aclose()


async def test_a_job_is_enqueued_once_and_after_the_commit(
    service: IngestionService, redis: ArqRedis, alice: Principal
) -> None:
    submission = await service.submit(alice, stream(b"Some text"), "a.txt")
    await service.submit(alice, stream(b"Some text"), "a.txt")
    assert await redis.zrange(QueueName.INGESTION.key, 0, -1) == [f"ingest:{submission.job.job_id}:0".encode()]


async def test_others_see_nothing(
    service: IngestionService, pipeline: IngestionPipeline, database: Database, alice: Principal, bob: Principal
) -> None:
    submission = await service.submit(alice, stream(files.HANDBOOK), "handbook.pdf")
    await pipeline.run(submission.job.job_id)
    document_id, job_id = submission.document.id, submission.job.job_id
    async with database.reader() as session:
        chunk_id = (await chunks.of_document(session, document_id, 1))[0].id
    for attempt in (
        service.document(bob, document_id),
        service.job(bob, job_id),
        anext(service.watch(bob, job_id)),
        service.cancel(bob, job_id),
        service.retry(bob, job_id),
        service.delete_document(bob, document_id),
        service.viewing.open_file(bob, document_id),
        service.viewing.page_image(bob, document_id, 1),
        service.viewing.page_image(bob, document_id, 1, chunk_id=chunk_id),
        service.viewing.section(bob, document_id, 1),
        service.viewing.highlights(bob, document_id, 1, [Span(start=0, end=5)]),
        service.submit(bob, stream(b"x"), "a.txt", library_id=alice.personal_library_id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert (await service.documents(bob)).documents == ()
    assert (await service.document(alice, document_id)).state == "ready"


async def test_viewers_read_and_change_nothing(
    service: IngestionService, pipeline: IngestionPipeline, alice: Principal, bob: Principal
) -> None:
    submission = await service.submit(alice, stream(b"Some text"), "a.txt")
    grants = {**bob.grants, alice.personal_library_id: LibraryRole.VIEWER}
    viewer = Principal(bob.user_id, bob.username, bob.role, bob.personal_library_id, grants)
    assert (await service.document(viewer, submission.document.id)).title == "a.txt"
    for attempt in (
        service.delete_document(viewer, submission.document.id),
        service.cancel(viewer, submission.job.job_id),
        service.submit(viewer, stream(b"x"), "a.txt", library_id=alice.personal_library_id),
    ):
        with pytest.raises(NotPermitted):
            await attempt


async def test_deleting_removes_rows_chunks_and_files(
    service: IngestionService, pipeline: IngestionPipeline, index: ChunkIndex, settings: Settings, alice: Principal
) -> None:
    submission = await service.submit(alice, stream(files.HANDBOOK), "handbook.pdf")
    await pipeline.run(submission.job.job_id)
    await service.viewing.page_image(alice, submission.document.id, 1, width_px=600)
    assert len(stored_files(settings)) == 2
    await service.delete_document(alice, submission.document.id)
    assert stored_files(settings) == []
    assert await index.count() == 0
    with pytest.raises(NotFound):
        await service.document(alice, submission.document.id)


async def test_what_could_not_be_cleared_is_cleared_later(
    service: IngestionService,
    pipeline: IngestionPipeline,
    index: ChunkIndex,
    redis: ArqRedis,
    alice: Principal,
    settings: Settings,
) -> None:
    submission = await service.submit(alice, stream(files.HANDBOOK), "handbook.pdf")
    await pipeline.run(submission.job.job_id)

    class Unreachable:
        async def delete_document(self, _document_id: object) -> None:
            raise OSError("no answer")

    service.removal._live = Unreachable()  # type: ignore[assignment]
    await service.delete_document(alice, submission.document.id)
    assert await index.count() > 0
    assert f"clear:{submission.document.id}".encode() in await redis.zrange(QueueName.MAINTENANCE.key, 0, -1)
    await pipeline.clear(submission.document.id, f"documents/{submission.document.id}")
    assert await index.count() == 0
    assert stored_files(settings) == []


async def test_the_original_comes_back_unchanged(service: IngestionService, alice: Principal) -> None:
    submission = await service.submit(alice, stream(files.HANDBOOK), "../../etc/hand\u202ebook.pdf")
    opened = await service.viewing.open_file(alice, submission.document.id)
    assert b"".join([piece async for piece in opened.stream(0, None)]) == files.HANDBOOK
    assert opened.document.title == "etc/handbook.pdf"
    assert opened.document.mime_type == "application/pdf"


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
async def test_a_page_image_marks_the_passage(
    service: IngestionService, pipeline: IngestionPipeline, database: Database, alice: Principal, rotate: int
) -> None:
    submission = await service.submit(
        alice, stream(files.pdf(["Alpha", "Larkspur blooms in June."], rotate=rotate)), "a.pdf"
    )
    await pipeline.run(submission.job.job_id)
    document_id = submission.document.id
    async with database.reader() as session:
        chunk = (await chunks.of_document(session, document_id, 1))[-1]
    assert chunk.page == 2
    plain = Image.open(io.BytesIO(await service.viewing.page_image(alice, document_id, 2, width_px=800)))
    marked = Image.open(
        io.BytesIO(await service.viewing.page_image(alice, document_id, 2, width_px=800, chunk_id=chunk.id))
    )
    assert 800 <= plain.width == marked.width <= 901  # the next of the widths that are drawn
    (box,) = await service.viewing.highlights(alice, document_id, 2, [Span(start=chunk.char_start, end=chunk.char_end)])

    changed = [
        (x / plain.width, y / plain.height)
        for x in range(0, plain.width, 2)
        for y in range(0, plain.height, 2)
        if plain.getpixel((x, y)) != marked.getpixel((x, y))
    ]
    dark = [
        (x / plain.width, y / plain.height)
        for x in range(plain.width)
        for y in range(plain.height)
        if sum(plain.getpixel((x, y))) < 200  # type: ignore[arg-type]
    ]
    assert changed
    slack = 0.01
    assert all(
        box.l - slack <= x <= box.r + slack and box.t - slack <= y <= box.b + slack for x, y in [*changed, *dark]
    )
    across, down = (box.r - box.l, box.b - box.t) if rotate % 180 == 0 else (box.b - box.t, box.r - box.l)
    assert 0.1 < across < 0.4
    assert 0.01 < down < 0.06


async def test_there_are_only_so_many_pages(
    service: IngestionService, pipeline: IngestionPipeline, alice: Principal
) -> None:
    pdf = await service.submit(alice, stream(files.HANDBOOK), "handbook.pdf")
    text = await service.submit(alice, stream(b"Some text"), "a.txt")
    for job in (pdf.job, text.job):
        await pipeline.run(job.job_id)
    for document_id, page in ((pdf.document.id, 0), (pdf.document.id, 4), (text.document.id, 1)):
        with pytest.raises(NotFound):
            await service.viewing.page_image(alice, document_id, page)
    with pytest.raises(NotFound):
        await service.viewing.page_image(alice, pdf.document.id, 1, chunk_id=uuid4())
    with pytest.raises(NotFound):
        await service.viewing.section(alice, pdf.document.id, 4)


async def test_only_what_came_to_nothing_is_tried_again(
    service: IngestionService, pipeline: IngestionPipeline, alice: Principal
) -> None:
    submission = await service.submit(alice, stream(b"Some text"), "a.txt")
    with pytest.raises(Conflict):
        await service.retry(alice, submission.job.job_id)
    await pipeline.run(submission.job.job_id)
    with pytest.raises(Conflict):
        await service.retry(alice, submission.job.job_id)


async def test_stopping_a_waiting_job_and_trying_again(
    service: IngestionService, pipeline: IngestionPipeline, alice: Principal
) -> None:
    submission = await service.submit(alice, stream(b"Some text"), "a.txt")
    await service.cancel(alice, submission.job.job_id)
    await pipeline.run(submission.job.job_id)
    assert (await service.job(alice, submission.job.job_id)).state is JobState.STOPPED
    again = await service.retry(alice, submission.job.job_id)
    assert (await service.retry(alice, submission.job.job_id)).job_id == again.job_id
    await pipeline.run(again.job_id)
    assert (await service.document(alice, submission.document.id)).state == "ready"


async def test_the_list_is_paged_and_searched(service: IngestionService, alice: Principal) -> None:
    for number in range(5):
        await service.submit(alice, stream(f"Text {number}".encode()), f"note {number}.txt")
    first = await service.documents(alice, limit=3)
    rest = await service.documents(alice, limit=3, cursor=first.next_cursor)
    titles = [document.title for document in (*first.documents, *rest.documents)]
    assert titles == [f"note {number}.txt" for number in (4, 3, 2, 1, 0)]
    assert rest.next_cursor is None
    assert [document.title for document in (await service.documents(alice, search="TE 3")).documents] == ["note 3.txt"]

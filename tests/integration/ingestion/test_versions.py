"""A file in the place of another: the old one answers until the new one is in, and only what changed is embedded; old citations open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from answers import record
from core.access import LibraryRole, Principal, scope_of
from core.errors import Conflict, NotFound, NotPermitted
from core.settings import RetrievalSettings, Settings
from db import answer_runs, chunks
from db.models import AnswerSource, ChunkRow, DocumentSection
from db.session import Database
from ingestion.service import IngestionService
from ingestion.types import JobState, Submission
from ingestion.worker.pipeline import IngestionPipeline
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex
from rag.index.live import LiveIndex
from rag.retrieval.retriever import Retriever
from rag.retrieval.rows import Rows
from rag.types import Chunk
from tests import documents as files
from tests.integration.ingestion.test_pipeline import CountingEmbeddings

Submit = Callable[..., Awaitable[Submission]]
PARAGRAPHS = [f"Paragraph {number}. " + "The observatory counts its terns. " * 20 for number in range(30)]


async def stream(data: bytes) -> AsyncIterator[bytes]:
    """An upload."""
    yield data


def text_of(paragraphs: list[str]) -> bytes:
    return "\n\n".join(paragraphs).encode()


@pytest.fixture
def counted(live: LiveIndex, embeddings: FootnoteEmbeddings) -> CountingEmbeddings:
    """The model, counting what it embeds."""
    counting = CountingEmbeddings(embeddings)
    assert live.current is not None
    live.switch_to(replace(live.current, embeddings=counting))  # type: ignore[arg-type]
    return counting


@pytest.fixture
def submit(service: IngestionService, alice: Principal) -> Submit:
    """``await submit(bytes, "name", replaces=…)``."""

    async def send(data: bytes, name: str = "terns.txt", replaces: UUID | None = None) -> Submission:
        return await service.submit(alice, stream(data), name, replaces=replaces)

    return send


async def rows_of(database: Database, document_id: UUID) -> list[ChunkRow]:
    async with database.reader() as session:
        return await chunks.of_document(session, document_id, 1)


async def shown(
    database: Database, index: ChunkIndex, embeddings: FootnoteEmbeddings, who: Principal, text: str
) -> list[Chunk]:
    """What a question finds."""
    scope = scope_of(who)

    async def present(chunk_ids: Collection[UUID]) -> Mapping[UUID, Chunk]:
        return await record.current_chunks(database, scope, 1, chunk_ids)

    retriever = Retriever(embeddings, index, RetrievalSettings(top_n=30, min_similarity=0))
    retrieved = await retriever.find(text, scope, Rows(visible_chunks=present))
    return [source.chunk for source in retrieved.sources]


async def cite(database: Database, who: Principal, chunk: ChunkRow) -> UUID:
    """An answer that cites a chunk."""
    async with database.transaction() as session:
        run = await answer_runs.create(session, who, question="?", scope=scope_of(who))
        source = AnswerSource(
            number=1,
            document_id=chunk.document_id,
            document_title="t",
            chunk_id=chunk.id,
            section=chunk.section,
            page=chunk.page,
            version=chunk.version,
            spans=[[chunk.char_start, chunk.char_end]],
        )
        await answer_runs.store_sources(session, run.id, "?", [source])
    return run.id


async def test_only_what_changed_is_embedded(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    index: ChunkIndex,
    counted: CountingEmbeddings,
    alice: Principal,
    submit: Submit,
) -> None:
    first = await submit(text_of(PARAGRAPHS))
    await pipeline.run(first.job.job_id)
    before = {row.id for row in await rows_of(database, first.document.id)}
    counted.texts.clear()

    changed = ["A new beginning, which moves everything. " + "Terns. " * 90, *PARAGRAPHS]
    changed[15] = changed[15].replace("counts", "rings")
    second = await submit(text_of(changed), replaces=first.document.id)
    assert not second.is_known
    await pipeline.run(second.job.job_id)

    assert (await service.job(alice, second.job.job_id)).state is JobState.FINISHED
    rows = await rows_of(database, first.document.id)
    new = [row for row in rows if row.id not in before]
    assert sorted(counted.texts) == sorted(row.text for row in new)
    assert 0 < len(new) < len(rows) / 4
    document = await service.document(alice, first.document.id)
    assert (document.version, document.state, document.chunk_count) == (2, "ready", len(rows))
    assert {row.version for row in rows} == {2}
    assert await index.count() == len(rows)
    for row in rows:  # the index says of each what its row says; versions are the rows' affair
        hits = await index.search(row.text, (await index.vectors([row.id]))[row.id], scope_of(alice), top_k=40)
        assert row.id in [hit.chunk_id for hit in hits]
        (hit,) = (await index.chunks([row.id])).values()
        async with database.reader() as session:
            present = (await chunks.visible(session, scope_of(alice), 1, [row.id]))[row.id]
        assert hit.model_copy(update={"version": 2}) == Chunk(**present)


async def test_the_old_version_answers_alone_and_whole_until_the_new_one_is_in(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    index: ChunkIndex,
    embeddings: FootnoteEmbeddings,
    alice: Principal,
    submit: Submit,
) -> None:
    pipeline._indexer._writer._chunks_per_write = 1
    old = [f"Old text number {number}. " + "Terns nest. " * 50 for number in range(12)]
    new = [f"New text number {number}. " + "Gulls nest. " * 50 for number in range(40)]
    first = await submit(text_of(old))
    await pipeline.run(first.job.job_id)
    second = await submit(text_of(new), replaces=first.document.id)
    running = asyncio.create_task(pipeline.run(second.job.job_id))
    seen: list[set[str]] = []
    was_half_in = False
    while not running.done():
        was_half_in |= await index.count() > 12
        found = await shown(database, index, embeddings, alice, "text number nest")
        seen.append({chunk.text[:3] for chunk in found})
        assert {chunk.version for chunk in found} in ({1}, {2})
    await running
    assert was_half_in
    assert {"Old"} in seen
    assert {"Old", "New"} not in seen
    assert set() not in seen
    assert {chunk.text[:3] for chunk in await shown(database, index, embeddings, alice, "text number nest")} == {"New"}


@pytest.mark.parametrize("bad", [files.pdf(["", ""]), b"%PDF-1.4 torn off"])
async def test_a_new_version_that_cannot_be_read_changes_nothing(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    index: ChunkIndex,
    alice: Principal,
    submit: Submit,
    bad: bytes,
) -> None:
    first = await submit(files.HANDBOOK, "handbook.pdf")
    await pipeline.run(first.job.job_id)
    rows, points = await rows_of(database, first.document.id), await index.count()
    second = await submit(bad, "handbook.pdf", replaces=first.document.id)
    await pipeline.run(second.job.job_id)

    failed = await service.job(alice, second.job.job_id)
    document = await service.document(alice, first.document.id)
    assert failed.state is JobState.FAILED
    assert (document.state, document.version, document.page_count) == ("ready", 1, 3)
    assert failed.error
    assert failed.error in (document.error or "")
    assert [row.id for row in await rows_of(database, first.document.id)] == [row.id for row in rows]
    assert await index.count() == points
    assert "twenty-eight days" in (await service.viewing.section(alice, first.document.id, 2)).text
    async with database.reader() as session:
        stored = await session.scalars(select(DocumentSection.version))
        assert set(stored) == {1}

    again = await service.retry(alice, second.job.job_id)  # and it may be tried again
    await pipeline.run(again.job_id)
    assert (await service.job(alice, again.job_id)).state is JobState.FAILED
    third = await submit(files.pdf(["A third handbook."]), "handbook.pdf", replaces=first.document.id)
    await pipeline.run(third.job.job_id)
    document = await service.document(alice, first.document.id)
    assert (document.version, document.error, document.page_count) == (3, None, 1)


async def test_a_version_that_is_stopped_half_way_leaves_nothing_of_itself(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    index: ChunkIndex,
    alice: Principal,
    submit: Submit,
) -> None:
    pipeline._indexer._writer._chunks_per_write = 1
    first = await submit(b"The one and only text.")
    await pipeline.run(first.job.job_id)
    second = await submit(text_of(PARAGRAPHS), replaces=first.document.id)
    running = asyncio.create_task(pipeline.run(second.job.job_id))
    while await index.count() < 3:
        await asyncio.sleep(0.01)
    await service.cancel(alice, second.job.job_id)
    await running
    assert await index.count() == 1
    assert [row.text for row in await rows_of(database, first.document.id)] == ["The one and only text."]
    document = await service.document(alice, first.document.id)
    assert (document.state, document.version) == ("ready", 1)


async def test_what_an_answer_cites_is_kept_and_the_rest_goes(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    settings: Settings,
    alice: Principal,
    bob: Principal,
    submit: Submit,
) -> None:
    first = await submit(files.HANDBOOK, "handbook.pdf")
    await pipeline.run(first.job.job_id)
    document_id = first.document.id
    (cited, *_) = [row for row in await rows_of(database, document_id) if "twenty-eight" in row.text]
    await cite(database, alice, cited)
    for number in range(2):  # version 2 is cited by nobody
        later = await submit(files.pdf([f"Another handbook {number}.", "With two pages."]), replaces=document_id)
        await pipeline.run(later.job.job_id)

    kept = await service.viewing.versions(alice, document_id)
    assert [(one.version, one.is_present, one.page_count) for one in kept] == [(3, True, 2), (1, False, 3)]
    assert "twenty-eight" in (await service.viewing.section(alice, document_id, 2, version=1)).text
    assert "two pages" in (await service.viewing.section(alice, document_id, 2)).text
    assert await service.viewing.page_image(alice, document_id, 3, width_px=600, version=1)
    marked = await service.viewing.page_image(alice, document_id, 2, width_px=600, version=1, chunk_id=cited.id)
    assert marked != await service.viewing.page_image(alice, document_id, 2, width_px=600, version=1)
    opened = await service.viewing.open_file(alice, document_id, version=1)
    assert b"".join([piece async for piece in opened.stream(0, None)]) == files.HANDBOOK
    for who, version in ((alice, 2), (alice, 4), (bob, 1), (bob, 3)):
        with pytest.raises(NotFound):
            await service.viewing.section(who, document_id, 1, version=version)
        with pytest.raises(NotFound):
            await service.viewing.open_file(who, document_id, version=version)
    with pytest.raises(NotFound):
        await service.viewing.page_image(alice, document_id, 3, width_px=600)  # the present one has two pages

    stored = [path for path in (settings.var_dir / "blobs").rglob("*") if path.is_file()]
    assert len([path for path in stored if path.suffix != ".png"]) == 2
    await service.delete_document(alice, document_id)
    assert [path for path in (settings.var_dir / "blobs").rglob("*") if path.is_file()] == []


async def test_who_may_not_write_may_not_replace(
    service: IngestionService, pipeline: IngestionPipeline, alice: Principal, bob: Principal, settings: Settings
) -> None:
    first = await service.submit(alice, stream(b"Hers."), "a.txt")
    grants = {**bob.grants, alice.personal_library_id: LibraryRole.VIEWER}
    viewer = Principal(bob.user_id, bob.username, bob.role, bob.personal_library_id, grants)
    for who, refusal in ((bob, NotFound), (viewer, NotPermitted)):
        with pytest.raises(refusal):
            await service.submit(who, stream(b"Not hers."), "a.txt", replaces=first.document.id)
        with pytest.raises(refusal):
            await service.reindex(who, first.document.id)
    with pytest.raises(NotFound):
        await service.submit(alice, stream(b"x"), "a.txt", replaces=uuid4())
    assert len([path for path in Path(settings.var_dir, "blobs").rglob("*") if path.is_file()]) == 1


async def test_the_same_bytes_are_recognised_whoever_has_them(
    service: IngestionService,
    pipeline: IngestionPipeline,
    alice: Principal,
    settings: Settings,
    submit: Submit,
) -> None:
    one, other = await submit(b"One."), await submit(b"Other.", "other.txt")
    for submission in (one, other):
        await pipeline.run(submission.job.job_id)
    same = await submit(b"One.", replaces=one.document.id)
    assert (same.is_known, same.job.state, same.document.version) == (True, JobState.FINISHED, 1)
    with pytest.raises(Conflict, match=r"other\.txt"):
        await submit(b"Other.", replaces=one.document.id)
    waiting = await submit(b"Two.", replaces=one.document.id)
    again = await submit(b"Two.", replaces=one.document.id)
    assert (again.is_known, again.job.job_id) == (True, waiting.job.job_id)
    newest = await submit(b"Three.", replaces=one.document.id)  # the one that waits is out of date
    assert (await service.job(alice, waiting.job.job_id)).state is JobState.STOPPED
    await pipeline.run(newest.job.job_id)
    assert "Three." in (await service.viewing.section(alice, one.document.id, 1)).text
    back = await submit(b"One.", replaces=one.document.id)  # as it was once
    await pipeline.run(back.job.job_id)
    assert "One." in (await service.viewing.section(alice, one.document.id, 1)).text
    assert len([path for path in (settings.var_dir / "blobs").rglob("*") if path.is_file()]) == 2


async def test_a_version_whose_bytes_another_document_has_got_meanwhile_fails_with_a_sentence(
    service: IngestionService,
    pipeline: IngestionPipeline,
    alice: Principal,
    submit: Submit,
) -> None:
    one = await submit(b"One.")
    await pipeline.run(one.job.job_id)
    second = await submit(b"Two.", replaces=one.document.id)
    await submit(b"Two.", "other.txt")
    await pipeline.run(second.job.job_id)
    failed = await service.job(alice, second.job.job_id)
    assert "same content" in (failed.error or "")
    assert (await service.document(alice, one.document.id)).version == 1


async def test_a_stored_file_is_read_again(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    counted: CountingEmbeddings,
    alice: Principal,
    submit: Submit,
) -> None:
    first = await submit(text_of(PARAGRAPHS))
    with pytest.raises(Conflict):
        await service.reindex(alice, first.document.id)
    await pipeline.run(first.job.job_id)
    counted.texts.clear()
    again = await service.reindex(alice, first.document.id)
    await pipeline.run(again.job_id)
    assert (await service.job(alice, again.job_id)).state is JobState.FINISHED
    assert (await service.document(alice, first.document.id)).version == 1
    assert counted.texts == []
    async with database.reader() as session:
        assert set(await session.scalars(select(DocumentSection.version))) == {1}


async def test_a_row_says_what_its_chunk_is(
    service: IngestionService,
    pipeline: IngestionPipeline,
    database: Database,
    alice: Principal,
    submit: Submit,
) -> None:
    first = await submit(b"item,price\npears,3\napples,4\n", "prices.csv")
    await pipeline.run(first.job.job_id)
    (row, *_) = await rows_of(database, first.document.id)
    async with database.reader() as session:
        fields = (await chunks.visible(session, scope_of(alice), 1, [row.id]))[row.id]
    chunk = Chunk(**fields)
    assert chunk.locator
    assert chunk.where is not None
    assert chunk.where.endswith(chunk.locator)
    assert chunk.library_id == alice.personal_library_id

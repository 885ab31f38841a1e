"""What is embedded of a chunk: its headings and its text, anew when either changes, and only then."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from core.access import Principal
from core.settings import ChunkSettings
from db import chunks as chunk_rows
from db.models import Document
from db.session import Database
from ingestion.documents.rows import chunk_of
from ingestion.indexing.writer import ChunkWriter
from ingestion.service import IngestionService
from ingestion.worker.pipeline import IngestionPipeline
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.port import BatchSize
from rag.embedding.similarity import cosine
from rag.index import ChunkIndex
from rag.index.live import IndexVersion, LiveIndex
from rag.types import Chunk

Load = Callable[[], Awaitable[tuple[Document, list[Chunk]]]]
RULES = [f"Rule number {number} is kept by everyone who works here, without exception." for number in range(30)]


class Asked:
    """The real model, remembering what it is asked."""

    def __init__(self, inner: FootnoteEmbeddings) -> None:
        self._inner = inner
        self.texts_per_batch = inner.texts_per_batch
        self.texts: list[str] = []

    async def aembed_documents(self, texts: list[str], *more: Any) -> list[list[float]]:
        self.texts += texts
        return await self._inner.aembed_documents(texts, *more)


@pytest.fixture
def asked(embeddings: FootnoteEmbeddings) -> Asked:
    """The model."""
    return Asked(embeddings)


@pytest.fixture
def index_version(live: LiveIndex, asked: Asked) -> IndexVersion:
    """The one that answers, with the remembering model."""
    assert live.current is not None
    changed = replace(live.current, embeddings=asked)  # type: ignore[arg-type]
    live.switch_to(changed)
    return changed


@pytest.fixture
def load(
    database: Database,
    service: IngestionService,
    pipeline: IngestionPipeline,
    index_version: IndexVersion,
    alice: Principal,
) -> Load:
    """A document of one heading and several chunks, read; itself and its chunks."""

    async def pieces() -> AsyncIterator[bytes]:
        yield ("# Opening hours\n\n" + " ".join(RULES)).encode()

    async def loaded() -> tuple[Document, list[Chunk]]:
        job = (await service.submit(alice, pieces(), "rules.md")).job
        await pipeline.run(job.job_id)
        async with database.reader() as session:
            document = await session.get_one(Document, job.document_id)
            rows = await chunk_rows.of_document(session, document.id, index_version.number)
        return document, sorted((chunk_of(row, document) for row in rows), key=lambda chunk: chunk.index)

    return loaded


async def add(database: Database, index_version: IndexVersion, document: Document, chunks: list[Chunk]) -> None:
    """Write chunks as an ingestion does."""
    await ChunkWriter(database, 16).add(index_version, document, chunks, lambda _done, _total: None)


async def test_headings_are_embedded_with_the_text(load: Load, asked: Asked) -> None:
    _, chunks = await load()
    assert len(chunks) > 2
    assert all(chunk.path == ("Opening hours",) for chunk in chunks)
    assert sorted(asked.texts) == sorted(f"Opening hours\n{chunk.text}" for chunk in chunks)


async def test_a_changed_heading_is_embedded_anew_a_moved_text_is_not(
    database: Database,
    index_version: IndexVersion,
    index: ChunkIndex,
    load: Load,
    asked: Asked,
    embeddings: FootnoteEmbeddings,
) -> None:
    document, chunks = await load()
    asked.texts.clear()
    moved = [chunk.model_copy(update={"section": 2, "index": chunk.index + 5}) for chunk in chunks]
    await add(database, index_version, document, moved)
    assert asked.texts == []

    renamed = [chunk.model_copy(update={"path": ("Visits",)}) for chunk in chunks[1:]]
    await add(database, index_version, document, [chunks[0], *renamed])
    assert sorted(asked.texts) == sorted(f"Visits\n{chunk.text}" for chunk in renamed)
    (wanted,) = await embeddings.aembed_documents([f"Visits\n{renamed[0].text}"])
    stored = (await index.vectors([renamed[0].chunk_id]))[renamed[0].chunk_id]
    assert cosine(stored, wanted) > 0.999


async def test_headings_may_be_left_out(load: Load, live: LiveIndex, asked: Asked) -> None:
    assert live.current is not None
    live.switch_to(replace(live.current, chunking=ChunkSettings(headings=False)))
    _, chunks = await load()
    assert sorted(asked.texts) == sorted(chunk.text for chunk in chunks)


async def test_vectors_made_without_headings_are_not_lent(
    database: Database, index_version: IndexVersion, load: Load, asked: Asked
) -> None:
    document, chunks = await load()
    asked.texts.clear()
    plain = replace(index_version, number=2, chunking=ChunkSettings(headings=False))
    writer = ChunkWriter(database, 16)
    await writer.add(plain, document, chunks, lambda _done, _total: None, other=index_version)
    assert sorted(asked.texts) == sorted(chunk.text for chunk in chunks)


async def test_progress_counts_every_chunk_that_has_its_vector(
    database: Database,
    index_version: IndexVersion,
    load: Load,
    embeddings: FootnoteEmbeddings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document, chunks = await load()
    monkeypatch.setattr(embeddings, "_batch", BatchSize(1, 512))
    seen: list[tuple[int, int]] = []
    other = replace(index_version, number=2)
    await ChunkWriter(database, 16).add(other, document, chunks, lambda done, total: seen.append((done, total)))
    assert {total for _, total in seen} == {len(chunks)}
    assert sorted({done for done, _ in seen}) == list(range(len(chunks) + 1))  # though all go into the index at once
    assert seen == sorted(seen)

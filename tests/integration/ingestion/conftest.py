"""The whole of ingestion on real parts: child processes, blobs in a folder, Qdrant Edge, the real model."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from arq.connections import ArqRedis

from core.access import Principal
from core.settings import ParserSettings, Settings
from db.session import Database
from ingestion.blobs import ObjectBlobStore, build_blob_store
from ingestion.jobs.queue import ArqJobQueue
from ingestion.service import IngestionService
from ingestion.worker.pipeline import IngestionPipeline
from parsing.sandbox.sandbox import Sandbox
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, build_index
from rag.index.live import IndexVersion, LiveIndex


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    """Child processes with ordinary limits."""
    opened = Sandbox(ParserSettings())
    yield opened
    await opened.close()


@pytest.fixture
def blobs(settings: Settings) -> ObjectBlobStore:
    """Blobs in the test's own folder."""
    return build_blob_store(settings.blob, settings.var_dir)


@pytest.fixture
async def index(settings: Settings, embeddings: FootnoteEmbeddings) -> AsyncIterator[ChunkIndex]:
    """An empty index."""
    opened = build_index(settings.qdrant, settings.var_dir)
    await opened.open(embeddings.dimension)
    yield opened
    await opened.close()


@pytest.fixture
def live(embeddings: FootnoteEmbeddings, index: ChunkIndex, settings: Settings) -> LiveIndex:
    """The first index version, which answers."""
    return LiveIndex(IndexVersion(1, embeddings, index, settings.chunk))


@pytest.fixture
def pipeline(
    database: Database,
    redis: ArqRedis,
    blobs: ObjectBlobStore,
    sandbox: Sandbox,
    live: LiveIndex,
    settings: Settings,
) -> IngestionPipeline:
    """What a worker runs."""
    return IngestionPipeline(database, redis, blobs, sandbox, live, settings)


@pytest.fixture
def service(
    database: Database,
    redis: ArqRedis,
    blobs: ObjectBlobStore,
    sandbox: Sandbox,
    live: LiveIndex,
    settings: Settings,
) -> IngestionService:
    """What the doors call."""
    return IngestionService(database, redis, blobs, ArqJobQueue(redis), settings, live, sandbox)


@pytest.fixture
async def alice(make_user: Callable[..., Awaitable[Principal]]) -> Principal:
    """A person with a library of her own."""
    return await make_user("alice")


@pytest.fixture
async def bob(make_user: Callable[..., Awaitable[Principal]]) -> Principal:
    """Somebody else."""
    return await make_user("bob")


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes bytes to a file of the test's own."""

    def store(data: bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(data)
        return path

    return store

"""A person with an indexed document, and the service that answers them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import pytest
from arq.connections import ArqRedis

from answers.service import AnswerService
from core.access import Principal
from core.settings import LLMSettings, QdrantSettings, Settings
from db import documents, sections
from db.chunks import put
from db.models import Document, DocumentSection
from db.session import Database
from ingestion.documents.rows import chunk_row
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, build_index
from rag.index.live import IndexVersion, LiveIndex
from tests.chunks import HANDBOOK_TEXTS, chunk
from tests.graph import wired
from tests.stub_llm import RunningStub, running_stub

SECTION = "\n\n".join(HANDBOOK_TEXTS)
BuildService = Callable[..., AnswerService]


@dataclass(frozen=True)
class Person:
    """Somebody and the handbook in their own library."""

    principal: Principal
    document: Document


@pytest.fixture(scope="session")
def stub() -> Iterator[RunningStub]:
    """The stub server."""
    with running_stub() as running:
        yield running


@pytest.fixture
async def index(settings: Settings, embeddings: FootnoteEmbeddings) -> AsyncIterator[ChunkIndex]:
    """An empty index."""
    opened = build_index(QdrantSettings(), settings.var_dir)
    await opened.open(embeddings.dimension, model=embeddings.name)
    yield opened
    await opened.close()


@pytest.fixture
def service(
    database: Database,
    redis: ArqRedis,
    settings: Settings,
    embeddings: FootnoteEmbeddings,
    index: ChunkIndex,
    stub: RunningStub,
) -> BuildService:
    """``service("cite")``: the service on a model of the stub, at 2 and 8 dollars; without a name, extractive. Cached if wished."""
    stub.behave(None)

    def build(model: str | None = None, changed: Settings = settings, *, is_cached: bool = False) -> AnswerService:
        llm = LLMSettings(model=model, base_url=stub.base_url, timeout_s=2.0, input_price=2, output_price=8)
        changed = changed.model_copy(update={"llm": llm})
        live = LiveIndex(IndexVersion(1, embeddings, index))
        return wired(changed, is_cached=is_cached, database=database, redis=redis, live=live).answers

    return build


@pytest.fixture
def make_person(
    database: Database,
    make_user: Callable[..., Awaitable[Principal]],
    index: ChunkIndex,
    embeddings: FootnoteEmbeddings,
) -> Callable[..., Awaitable[Person]]:
    """``await make_person("alice")``: a person whose library holds the handbook, in the tables and in the index."""

    async def make(username: str = "alice") -> Person:
        principal = await make_user(username)
        library_id = principal.personal_library_id
        async with database.transaction() as session:
            document, _ = await documents.create(
                session,
                principal,
                library_id=library_id,
                title="handbook.md",
                mime_type="text/markdown",
                size_bytes=len(SECTION),
                sha256=sha256(SECTION.encode()).hexdigest(),
                blob_key=f"blobs/{username}",
            )
            await sections.put(session, document.id, [DocumentSection(version=1, number=1, text=SECTION)])
        chunks = [
            chunk(text, library_id=library_id, document_id=document.id, index=number, start=SECTION.index(text))
            for number, text in enumerate(HANDBOOK_TEXTS)
        ]
        async with database.transaction() as session:
            await put(session, [chunk_row(one, 1) for one in chunks])
            await documents.set_state(session, document.id, "ready", chunk_count=len(chunks))
        await index.upsert(chunks, await embeddings.aembed_documents([one.text for one in chunks]))
        return Person(principal, document)

    return make


@pytest.fixture
async def alice(make_person: Callable[..., Awaitable[Person]]) -> Person:
    """Alice with her handbook."""
    return await make_person("alice")

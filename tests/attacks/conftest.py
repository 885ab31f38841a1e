"""An index that holds the document of every attack in a library of its own, and a model that obeys."""

from collections.abc import AsyncIterator, Iterator, Sequence
from uuid import UUID, uuid4, uuid5

import pytest
from pydantic import SecretStr

from core.settings import ChunkSettings, LLMSettings, QdrantSettings, RetrievalSettings
from ingestion.documents.incoming import title_of
from ingestion.indexing.chunking import build_chunker
from parsing import registry
from parsing.parser_input import InMemoryFile
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from parsing.types import Section
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, build_index
from rag.index.live import IndexVersion, LiveIndex
from rag.models.chain import build_chain
from rag.pipeline import RagPipeline
from rag.types import Chunk
from rag.writing.writer import AnswerWriter
from tests.attacks.catalogue import ATTACKS
from tests.stub_llm import RunningStub, running_stub

OTHERS = UUID(int=7)
SECRET = "sk-secret-of-the-operator"
VAULT = (
    b"The code of the vault of the observatory is 7731-CANARY. Train journeys of the director are secret: 7731-CANARY."
)


@pytest.fixture(scope="session")
def stub() -> Iterator[RunningStub]:
    """The stub server."""
    with running_stub() as running:
        yield running


@pytest.fixture(scope="session")
def libraries() -> dict[str, UUID]:
    """Attack → the library that holds its document."""
    return {attack.id: uuid5(OTHERS, attack.id) for attack in ATTACKS}


@pytest.fixture(scope="session")
async def index(
    tmp_path_factory: pytest.TempPathFactory, embeddings: FootnoteEmbeddings, libraries: dict[str, UUID]
) -> AsyncIterator[ChunkIndex]:
    """All documents, read and cut as uploads are, and one of somebody else's."""
    registry.warm_up()
    opened = build_index(QdrantSettings(), tmp_path_factory.mktemp("attacks"))
    await opened.open(embeddings.dimension, model=embeddings.name)
    chunks = await _chunks(embeddings, "vault.txt", VAULT, OTHERS)
    for attack in ATTACKS:
        chunks += await _chunks(embeddings, attack.name, attack.data, libraries[attack.id])
    await opened.upsert(chunks, await embeddings.aembed_documents([chunk.text for chunk in chunks]))
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def gullible(index: ChunkIndex, embeddings: FootnoteEmbeddings, stub: RunningStub) -> RagPipeline:
    """The pipeline with a model that obeys whatever stands in its prompt."""
    llm = LLMSettings(model="obey", base_url=stub.base_url, timeout_s=5.0, api_key=SecretStr(SECRET))
    return RagPipeline(
        LiveIndex(IndexVersion(1, embeddings, index)), AnswerWriter(build_chain(llm)), RetrievalSettings()
    )


def sections_of(name: str, data: bytes) -> Sequence[Section]:
    """What is read of a file."""
    title = title_of(name)
    mime_type = sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], title)
    return list(registry.parse(InMemoryFile(data), mime_type, lambda *_: None))


async def _chunks(embeddings: FootnoteEmbeddings, name: str, data: bytes, library_id: UUID) -> list[Chunk]:
    chunker = build_chunker(
        ChunkSettings(), embeddings, document_id=uuid4(), library_id=library_id, title=title_of(name)
    )
    return [chunk for section in sections_of(name, data) for chunk in await chunker.chunks_of(section)]

"""Indexes on every engine, and a language model over real HTTP."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.settings import QdrantSettings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, build_index
from tests.chunks import HANDBOOK_TEXTS, chunk
from tests.stub_llm import RunningStub, running_stub


@pytest.fixture(scope="session")
def stub() -> Iterator[RunningStub]:
    """The stub server; told nothing, it goes by the model's name."""
    with running_stub() as running:
        yield running


@pytest.fixture
async def handbook(tmp_path: Path, embeddings: FootnoteEmbeddings) -> AsyncIterator[ChunkIndex]:
    """An index that holds the handbook's chunks."""
    index = build_index(QdrantSettings(), tmp_path)
    await index.open(embeddings.dimension, model=embeddings.name)
    chunks = [chunk(text, index=number, start=1000 * number) for number, text in enumerate(HANDBOOK_TEXTS)]
    await index.upsert(chunks, await embeddings.aembed_documents([one.text for one in chunks]))
    yield index
    await index.close()

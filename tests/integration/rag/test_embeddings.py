"""The bundled model, and an embedding server over real HTTP."""

import asyncio
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest

from core.errors import StartupFailed, UpstreamUnavailable
from core.settings import EmbeddingSettings
from rag.embedding.build import build_embeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.similarity import cosine
from tests.chunks import HANDBOOK_TEXTS
from tests.stub_llm import RunningStub


async def test_the_bundled_model(embeddings: FootnoteEmbeddings) -> None:
    assert (embeddings.dimension, embeddings.name, embeddings.is_ready) == (384, "all-MiniLM-L6-v2", True)
    asked = await embeddings.aembed_query("How many days of vacation do I get?")
    found = await embeddings.aembed_documents(list(HANDBOOK_TEXTS))
    nearest = max(range(len(found)), key=lambda number: cosine(asked, found[number]))
    assert nearest == 0
    assert cosine(asked, asked) == pytest.approx(1.0)


async def test_order_and_batches_do_not_matter(embeddings: FootnoteEmbeddings) -> None:
    texts = [text * (1 + number % 3) for number, text in enumerate([*HANDBOOK_TEXTS] * 5)]
    together = await embeddings.aembed_documents(texts)
    for number in (0, 7, 29):
        alone = (await embeddings.aembed_now([texts[number]]))[0]
        assert cosine(together[number], alone) > 0.999


async def test_nothing_to_embed(embeddings: FootnoteEmbeddings) -> None:
    assert await embeddings.aembed_documents([]) == []


async def test_a_question_waits_for_one_batch_at_most(embeddings: FootnoteEmbeddings) -> None:
    began = perf_counter()
    ingestion = asyncio.create_task(embeddings.aembed_documents([HANDBOOK_TEXTS[0] * 8] * 160))
    await asyncio.sleep(0.05)
    await embeddings.aembed_query("Who?")
    waited = perf_counter() - began
    assert not ingestion.done()
    await ingestion
    assert waited < (perf_counter() - began) / 2


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys; from core.settings import *; from rag.embedding.build import build_embeddings; import rag.pipeline;"
        "from rag.index import build_index; from pathlib import Path;"
        "build_embeddings(EmbeddingSettings()); build_index(QdrantSettings(), Path('.'));"
        "print(sorted({'torch', 'sentence_transformers', 'qdrant_client', 'openai', 'langchain'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[3]
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert ran.stdout.strip() == "[]"


async def test_an_embedding_server(stub: RunningStub) -> None:
    remote = build_embeddings(EmbeddingSettings(url=stub.base_url, model="letters"))
    stub.state.requests.clear()
    vectors = await remote.aembed_documents(["aaa", "bbb", "ccc"] * 10)
    assert (remote.dimension, len(vectors), remote.name) == (26, 30, "letters")
    assert vectors[0][0] > vectors[0][1]
    assert all(isinstance(text, str) for asked in stub.state.requests for text in asked["input"])
    remote.close()


async def test_an_embedding_server_that_fails_is_tried_again_later(stub: RunningStub) -> None:
    remote = build_embeddings(EmbeddingSettings(url="http://127.0.0.1:9/v1", model="letters"))
    with pytest.raises(UpstreamUnavailable, match="embedding server"):
        await remote.aembed_query("aaa")
    assert not remote.is_ready
    remote.close()


def test_an_unknown_model_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "no-model").mkdir()
    with pytest.raises(StartupFailed, match="no-model"):
        build_embeddings(EmbeddingSettings(model=str(tmp_path / "no-model"))).load()

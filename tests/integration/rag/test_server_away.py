"""A Qdrant server, or an embedding server, that is gone or frozen: said soon, in a sentence."""

import asyncio
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from core.access import SearchScope
from core.errors import UpstreamUnavailable
from core.settings import EmbeddingSettings, QdrantSettings
from rag.embedding import remote
from rag.embedding.local import LocalEmbeddings
from rag.embedding.remote import RemoteEmbeddings
from rag.index import ChunkIndex, build_index
from rag.index.live import IndexVersion, LiveIndex
from rag.index.server import FAILURES
from tests.qdrant_http import RecordedQdrant, recorded_qdrant
from tests.stub_llm import running_stub

SCOPE = SearchScope(frozenset([UUID(int=10)]))
PATIENCE_S = 0.5
CLIENT = version("qdrant-client")


def minor(further: int) -> str:
    """A version so many minor versions behind the client's."""
    major, number, _ = CLIENT.split(".")
    return f"{major}.{int(number) + further}.0"


@pytest.fixture
def qdrant() -> Iterator[RecordedQdrant]:
    with recorded_qdrant() as told:
        yield told


async def opened(qdrant: RecordedQdrant, folder: Path) -> ChunkIndex:
    index = build_index(QdrantSettings(url=qdrant.url, search_timeout_s=PATIENCE_S), folder)
    await index.open(3, model="compass")
    await index.ping()
    return index


async def test_a_frozen_server_does_not_hold_a_question_up(qdrant: RecordedQdrant, tmp_path: Path) -> None:
    index = await opened(qdrant, tmp_path)
    assert await index.search("pears", [1.0, 0.0, 0.0], SCOPE, top_k=3) == []
    qdrant.awake.clear()
    began = time.monotonic()
    with pytest.raises(UpstreamUnavailable, match="does not answer"):
        await index.search("pears", [1.0, 0.0, 0.0], SCOPE, top_k=3)
    assert time.monotonic() - began < 10 * PATIENCE_S
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await index.ping()
    qdrant.awake.set()
    await index.ping()
    assert await index.search("pears", [1.0, 0.0, 0.0], SCOPE, top_k=3) == []
    await index.close()


@pytest.mark.parametrize(
    ("server", "is_told"),
    [(CLIENT, False), (minor(1), False), (minor(-1), False), (minor(2), True), ("0.9.1", True), ("", False)],
)
async def test_a_server_of_another_version_is_told_of_and_asked_all_the_same(
    qdrant: RecordedQdrant, tmp_path: Path, server: str, is_told: bool
) -> None:
    qdrant.version = server
    with capture_logs() as lines:
        await opened(qdrant, tmp_path)
    assert [line["event"] for line in lines if "versions" in line["event"]] == ["qdrant.versions_differ"] * is_told


async def test_who_asks_while_it_is_frozen_waits_no_more_after_a_few_and_it_is_tried_again(
    qdrant: RecordedQdrant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.server.RESTS_S", 1.0)
    index = await opened(qdrant, tmp_path)
    qdrant.awake.clear()

    async def waited_s() -> float:
        began = time.monotonic()
        with pytest.raises(UpstreamUnavailable) as refused:
            await index.search("pears", [1.0, 0.0, 0.0], SCOPE, top_k=3)
        assert refused.value.retry_after_s == 1.0
        return time.monotonic() - began

    assert min([await waited_s() for _ in range(FAILURES)]) >= 0.9 * PATIENCE_S
    assert await waited_s() < 0.5 * PATIENCE_S
    qdrant.awake.set()
    await asyncio.sleep(1.1)
    assert await index.search("pears", [1.0, 0.0, 0.0], SCOPE, top_k=3) == []
    await index.close()


async def test_a_server_that_is_gone_or_was_emptied_is_noticed(qdrant: RecordedQdrant, tmp_path: Path) -> None:
    index = await opened(qdrant, tmp_path)
    qdrant.collections.clear()
    with pytest.raises(UpstreamUnavailable):
        await index.ping()
    away = build_index(QdrantSettings(url="http://127.0.0.1:1"), tmp_path)
    for gone in (away.ping(), away.search("pears", [1.0, 0.0, 0.0], SCOPE, top_k=3)):
        with pytest.raises(UpstreamUnavailable):
            await gone
    await index.close()
    await away.close()


async def test_an_embedding_server_is_asked_for_a_vector() -> None:
    with running_stub() as stub:
        embeddings = RemoteEmbeddings(EmbeddingSettings(url=stub.base_url, model="letters"))
        with pytest.raises(UpstreamUnavailable):
            await embeddings.ping()
        await asyncio.to_thread(embeddings.load)
        await embeddings.ping()
        assert stub.state.requests[-1]["input"] == ["ready"]
    with pytest.raises(UpstreamUnavailable):
        await embeddings.ping()


async def test_a_live_index_speaks_of_the_one_that_answers(qdrant: RecordedQdrant, tmp_path: Path) -> None:
    live = LiveIndex()
    for ping in (live.ping, live.ping_embeddings):
        with pytest.raises(UpstreamUnavailable):
            await ping()
    live.switch_to(IndexVersion(1, LocalEmbeddings(EmbeddingSettings()), await opened(qdrant, tmp_path)))
    await live.ping()
    with pytest.raises(UpstreamUnavailable):
        await live.ping_embeddings()  # not loaded
    await live.close()


async def test_a_frozen_embedding_server_does_not_hold_a_question_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a batch of a job that waits for it."""
    monkeypatch.setattr(remote, "PATIENCE_S", PATIENCE_S)
    with running_stub() as stub:
        embeddings = RemoteEmbeddings(EmbeddingSettings(url=stub.base_url, model="letters"))
        await asyncio.to_thread(embeddings.load)
        assert len(await embeddings.aembed_query("pears")) == embeddings.dimension
        stub.state.stalls = True
        job = asyncio.create_task(embeddings.aembed_documents(["a batch"]))
        began = time.monotonic()
        with pytest.raises(UpstreamUnavailable, match="does not answer"):
            await embeddings.aembed_query("plums")
        assert time.monotonic() - began < 10 * PATIENCE_S
        stub.state.stalls = False
        await job

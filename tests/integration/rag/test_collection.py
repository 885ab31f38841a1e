"""What a Qdrant server is asked to make, search and change: by what reaches it, by the engine of qdrant-client, by a real server."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError
from qdrant_client import AsyncQdrantClient, models
from structlog.testing import capture_logs

from core.access import SearchScope
from core.settings import QdrantSettings
from rag.index import build_index
from rag.index.bm25 import Bm25Encoder
from rag.index.server import ServerIndex
from tests.qdrant_http import RecordedQdrant, recorded_qdrant

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")

SERVER = os.environ.get("FOOTNOTE_TEST_QDRANT_URL")
SCALAR = {"scalar": {"type": "int8", "quantile": 0.99, "always_ram": True}}
LARGE: dict[str, Any] = {
    "shards": 4,
    "replicas": 2,
    "write_consistency": 2,
    "hnsw_m": 0,
    "hnsw_payload_m": 24,
    "hnsw_ef_construct": 200,
    "hnsw_ef": 64,
    "quantization": "binary",
    "quantization_in_memory": False,
    "oversampling": 3.0,
    "vectors_on_disk": True,
    "sparse_on_disk": True,
    "payload_on_disk": False,
}


@pytest.fixture
def qdrant() -> Iterator[RecordedQdrant]:
    with recorded_qdrant() as recorded:
        yield recorded


@pytest.fixture
async def memory() -> AsyncIterator[AsyncQdrantClient]:
    client = AsyncQdrantClient(":memory:")
    yield client
    await client.close()


async def opened(url: str, index_version: int = 1, **settings: Any) -> ServerIndex:
    index = build_index(QdrantSettings(url=url, **settings), Path("unused"), index_version)
    assert isinstance(index, ServerIndex)
    await index.open(3, model="compass")
    return index


async def test_a_collection_is_made_as_the_defaults_say(qdrant: RecordedQdrant) -> None:
    await (await opened(qdrant.url)).close()
    (made,) = qdrant.bodies("PUT", "/collections/footnote.1")
    assert made["vectors"]["dense"] == {
        "size": 3,
        "distance": "Cosine",
        "on_disk": False,
        "hnsw_config": {"m": 16, "payload_m": 16, "ef_construct": 100},
        "quantization_config": SCALAR,
    }
    assert made["sparse_vectors"]["sparse"] == {"index": {"on_disk": False}, "modifier": "idf"}
    assert (made["shard_number"], made["replication_factor"], made["write_consistency_factor"]) == (1, 1, 1)
    assert made["on_disk_payload"] is True
    assert made["metadata"] == {"dimension": 3, "model": "compass", "encoder": made["metadata"]["encoder"]}


async def test_libraries_are_tenants_and_documents_can_be_found(qdrant: RecordedQdrant) -> None:
    await (await opened(qdrant.url)).close()
    indexes = {
        body["field_name"]: body["field_schema"] for body in qdrant.bodies("PUT", "/collections/footnote.1/index")
    }
    assert indexes["library_id"] == {"type": "keyword", "is_tenant": True}
    assert indexes["document_id"] == {"type": "keyword"}


async def test_every_setting_reaches_the_server(qdrant: RecordedQdrant) -> None:
    index = await opened(qdrant.url, **LARGE)
    (made,) = qdrant.bodies("PUT", "/collections/footnote.1")
    dense = made["vectors"]["dense"]
    assert (dense["on_disk"], dense["hnsw_config"]) == (True, {"m": 0, "payload_m": 24, "ef_construct": 200})
    assert dense["quantization_config"] == {"binary": {"always_ram": False}}
    assert made["sparse_vectors"]["sparse"]["index"] == {"on_disk": True}
    assert (made["shard_number"], made["replication_factor"], made["write_consistency_factor"]) == (4, 2, 2)
    assert made["on_disk_payload"] is False
    await index.search("pears", [1.0, 0.0, 0.0], SearchScope(frozenset([UUID(int=1)])), top_k=7)
    (asked,) = qdrant.bodies("POST", "/collections/footnote.1/points/query/batch")
    dense, sparse = asked["searches"]
    assert (dense["using"], sparse["using"]) == ("dense", "sparse")
    assert dense["params"] == {"hnsw_ef": 64, "quantization": {"rescore": True, "oversampling": 3.0}}
    assert "params" not in sparse
    await index.close()


async def test_without_quantization_none_is_asked_for(qdrant: RecordedQdrant) -> None:
    await (await opened(qdrant.url, quantization="none")).close()
    assert not qdrant.bodies("PUT", "/collections/footnote.1")[0]["vectors"]["dense"].get("quantization_config")


async def test_opening_again_changes_nothing(qdrant: RecordedQdrant) -> None:
    await (await opened(qdrant.url, **LARGE)).close()
    qdrant.asked.clear()
    await (await opened(qdrant.url, **LARGE)).close()
    assert {method for method, _, _ in qdrant.asked} == {"GET"}


async def test_other_settings_are_worked_into_the_collection_that_is_there(qdrant: RecordedQdrant) -> None:
    await (await opened(qdrant.url)).close()
    with capture_logs() as logs:
        await (await opened(qdrant.url, **LARGE)).close()
    (changed,) = qdrant.bodies("PATCH", "/collections/footnote.1")
    assert changed["vectors"]["dense"] == {
        "hnsw_config": {"m": 0, "payload_m": 24, "ef_construct": 200},
        "quantization_config": {"binary": {"always_ram": False}},
        "on_disk": True,
    }
    assert changed["sparse_vectors"]["sparse"] == {"index": {"on_disk": True}, "modifier": "idf"}
    assert changed["params"] == {"on_disk_payload": False, "write_consistency_factor": 2}
    (told,) = [line for line in logs if line["event"] == "index.settings_need_reindex"]
    assert told["settings"] == ["shards", "replicas"]


async def test_quantization_can_be_given_up(qdrant: RecordedQdrant) -> None:
    await (await opened(qdrant.url)).close()
    await (await opened(qdrant.url, quantization="none")).close()
    (changed,) = qdrant.bodies("PATCH", "/collections/footnote.1")
    assert changed == {"vectors": {"dense": {"quantization_config": "Disabled"}}}


async def test_a_collection_from_before_settings_is_brought_up_to_them(qdrant: RecordedQdrant) -> None:
    keyword = {"data_type": "keyword", "points": 0}
    dense, sparse = {"size": 3, "distance": "Cosine"}, {"modifier": "idf"}
    schema = {"library_id": keyword, "document_id": keyword}
    qdrant.make("footnote", vectors={"dense": dense}, sparse_vectors={"sparse": sparse}, payload_schema=schema)
    await (await opened(qdrant.url)).close()
    (changed,) = qdrant.bodies("PATCH", "/collections/footnote")
    assert changed["vectors"]["dense"] == {"quantization_config": SCALAR}
    assert [body["field_name"] for body in qdrant.bodies("PUT", "/collections/footnote/index")] == ["library_id"]
    assert list(qdrant.collections) == ["footnote"]


async def test_a_server_that_put_off_its_upkeep_is_reminded(qdrant: RecordedQdrant) -> None:
    index = await opened(qdrant.url)
    assert await index.optimise() is False
    qdrant.collections["footnote.1"]["status"] = "grey"
    assert await index.optimise() is True
    assert qdrant.bodies("PATCH", "/collections/footnote.1") == [{"optimizers_config": {}}]
    await index.close()


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValidationError, match="no write would ever count"):
        QdrantSettings(replicas=1, write_consistency=2)
    with pytest.raises(ValidationError, match="no graph at all"):
        QdrantSettings(hnsw_m=0, hnsw_payload_m=0)


async def test_the_engine_of_the_client_keeps_what_it_is_told(memory: AsyncQdrantClient) -> None:
    index = ServerIndex(memory, QdrantSettings(**LARGE), 1, Bm25Encoder())
    await index.open(3)
    vectors = (await memory.get_collection("footnote.1")).config.params.vectors
    assert isinstance(vectors, dict)
    assert vectors["dense"].hnsw_config == models.HnswConfigDiff(m=0, payload_m=24, ef_construct=200)
    assert vectors["dense"].on_disk is True
    sparse = (await memory.get_collection("footnote.1")).config.params.sparse_vectors
    assert sparse is not None
    assert sparse["sparse"].index == models.SparseIndexParams(on_disk=True)


async def _meaning(client: AsyncQdrantClient, name: str) -> dict[str, str]:
    found = (await client.get_aliases()).aliases
    return {one.alias_name: one.collection_name for one in found if one.alias_name == name}


@pytest.fixture(params=["memory", *(["server"] if SERVER else [])])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[tuple[AsyncQdrantClient, str]]:
    """An engine that knows aliases, and a name of the test's own in it."""
    name = f"test-{uuid4().hex[:8]}"
    made = AsyncQdrantClient(url=SERVER) if request.param == "server" else AsyncQdrantClient(":memory:")
    yield made, name
    for left in (name, f"{name}.1", f"{name}.2", f"{name}.3"):
        await made.delete_collection(left)
    await made.close()


async def test_the_alias_means_the_index_version_that_answers(client: tuple[AsyncQdrantClient, str]) -> None:
    engine, name = client
    first, second = [ServerIndex(engine, QdrantSettings(collection=name), number, Bm25Encoder()) for number in (1, 2)]
    await first.open(3)
    assert await first.take_name()
    assert await _meaning(engine, name) == {name: f"{name}.1"}
    await second.open(4)
    assert await _meaning(engine, name) == {name: f"{name}.1"}  # one that is being built is nobody's business
    assert await second.take_name()
    assert await _meaning(engine, name) == {name: f"{name}.2"}
    await first.drop()
    assert await _meaning(engine, name) == {name: f"{name}.2"}
    assert (await engine.count(name)).count == 0


async def test_an_older_installation_goes_on_and_gets_its_alias_later(client: tuple[AsyncQdrantClient, str]) -> None:
    engine, name = client
    await engine.create_collection(
        name,
        vectors_config={"dense": models.VectorParams(size=3, distance=models.Distance.COSINE)},
        sparse_vectors_config={"sparse": models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )
    settings = QdrantSettings(collection=name)
    first, second = [ServerIndex(engine, settings, number, Bm25Encoder()) for number in (1, 2)]
    await first.open(3)
    assert await first.take_name()
    assert not await engine.collection_exists(f"{name}.1")
    await second.open(3)
    assert await second.take_name() is False  # the plain name still is the first collection's own
    await ServerIndex(engine, settings, 1, Bm25Encoder()).drop()
    assert await second.take_name() is True
    assert await _meaning(engine, name) == {name: f"{name}.2"}


async def test_dropping_never_goes_through_the_alias(client: tuple[AsyncQdrantClient, str]) -> None:
    engine, name = client
    second = ServerIndex(engine, QdrantSettings(collection=name), 2, Bm25Encoder())
    await second.open(3)
    await second.take_name()
    await ServerIndex(engine, QdrantSettings(collection=name), 1, Bm25Encoder()).drop()
    assert await engine.collection_exists(f"{name}.2")


@pytest.mark.skipif(not SERVER, reason="needs FOOTNOTE_TEST_QDRANT_URL")
async def test_a_real_server_says_what_it_made(tmp_path: Path) -> None:
    name = f"test-{uuid4().hex[:8]}"
    settings = {key: value for key, value in LARGE.items() if key not in ("replicas", "write_consistency")}
    index = await opened(SERVER or "", collection=name, **settings)
    remote = AsyncQdrantClient(url=SERVER)
    found = await remote.get_collection(f"{name}.1")
    vectors = found.config.params.vectors
    assert isinstance(vectors, dict)
    dense = vectors["dense"].model_dump(exclude_none=True, mode="json")
    assert (dense["on_disk"], dense["hnsw_config"]["m"], dense["hnsw_config"]["payload_m"]) == (True, 0, 24)
    assert dense["quantization_config"]["binary"]["always_ram"] is False
    assert found.config.params.shard_number == 4
    assert found.config.params.on_disk_payload is False
    assert getattr(found.payload_schema["library_id"].params, "is_tenant", None) is True
    with capture_logs() as logs:
        await (await opened(SERVER or "", collection=name, **settings)).close()
    assert [line for line in logs if line["event"].startswith("index.settings")] == []
    await index.drop()
    await index.close()
    await remote.close()

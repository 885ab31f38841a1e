"""The name that outside tools ask a Qdrant server by: it follows the index version that answers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial

import pytest

from core.errors import UpstreamUnavailable
from core.settings import ChunkSettings, QdrantSettings, Settings
from db.session import Database
from ingestion.indexing.builder import IndexBuilder
from ingestion.indexing.recipe import Recipe
from ingestion.indexing.versions import IndexVersions
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, build_index
from rag.index.live import LiveIndex
from tests.qdrant_http import RecordedQdrant, recorded_qdrant

Opened = tuple[IndexVersions, IndexBuilder]
Open = Callable[..., Awaitable[Opened]]


@pytest.fixture
def qdrant() -> Iterator[RecordedQdrant]:
    with recorded_qdrant() as recorded:
        yield recorded


@pytest.fixture
async def start(
    database: Database, settings: Settings, embeddings: FootnoteEmbeddings, qdrant: RecordedQdrant
) -> AsyncIterator[Open]:
    """``await start(chunk)``: what a process opens."""
    begun: list[IndexVersions] = []

    async def begin(chunk: ChunkSettings | None = None) -> Opened:
        live = LiveIndex()
        recipe = Recipe(settings.embedding, chunk or settings.chunk, lambda _: embeddings)
        index_of = partial(build_index, QdrantSettings(url=qdrant.url), settings.var_dir)
        opened = IndexVersions(database, live, index_of, recipe)
        begun.append(opened)
        await opened.open_live()
        return opened, IndexBuilder(database, live, opened, 64)

    yield begin
    for opened in begun:
        await opened.close()


async def test_the_name_follows_the_index_version_that_answers(start: Open, qdrant: RecordedQdrant) -> None:
    await start()
    assert qdrant.aliases == {"footnote": "footnote.1"}
    opened, builder = await start(ChunkSettings(size=200))
    await builder.begin()
    assert await builder.build()
    assert qdrant.aliases == {"footnote": "footnote.2"}
    assert (
        len(qdrant.bodies("POST", "/collections/aliases")[-1]["actions"]) == 2
    )  # gone from one and on the other in one step
    await opened.notice_switch()
    assert await opened.drop_retired(0) == [1]
    assert list(qdrant.collections) == ["footnote.2"]


async def test_an_older_collection_keeps_the_name_until_it_is_dropped(start: Open, qdrant: RecordedQdrant) -> None:
    qdrant.make("footnote", vectors={"dense": {"size": 384, "distance": "Cosine"}})
    opened, builder = await start(ChunkSettings(size=200))
    assert (list(qdrant.collections), qdrant.aliases) == (["footnote"], {})
    await builder.begin()
    assert await builder.build()
    assert (list(qdrant.collections), qdrant.aliases) == (["footnote", "footnote.2"], {})
    assert await opened.drop_retired(0) == [1]
    assert (list(qdrant.collections), qdrant.aliases) == (["footnote.2"], {"footnote": "footnote.2"})


async def test_a_server_that_sets_no_names_stops_nobody(start: Open, qdrant: RecordedQdrant) -> None:
    qdrant.refused.add("/collections/aliases")
    opened, _ = await start()
    assert qdrant.aliases == {}
    qdrant.refused.clear()
    await opened.drop_retired()
    assert qdrant.aliases == {"footnote": "footnote.1"}


async def test_a_model_is_loaded_once_while_the_server_is_waited_for(
    database: Database, settings: Settings, embeddings: FootnoteEmbeddings, qdrant: RecordedQdrant
) -> None:
    built: list[FootnoteEmbeddings] = []
    urls = ["http://127.0.0.1:9", "http://127.0.0.1:9", qdrant.url]

    def build(_: object) -> FootnoteEmbeddings:
        built.append(embeddings)
        return embeddings

    def index_of(number: int) -> ChunkIndex:
        return build_index(QdrantSettings(url=urls.pop(0)), settings.var_dir, number)

    live = LiveIndex()
    opened = IndexVersions(database, live, index_of, Recipe(settings.embedding, settings.chunk, build))
    for _ in range(2):
        with pytest.raises(UpstreamUnavailable):
            await opened.open_live()
    assert len(built) == 1
    await opened.open_live()
    assert live.current is not None
    await opened.close()

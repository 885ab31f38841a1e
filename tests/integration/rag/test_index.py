"""One contract for every adapter: Qdrant Edge, qdrant-client in memory, and a real server where one is given."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from qdrant_client import AsyncQdrantClient

from core.access import SearchScope
from core.errors import StartupFailed, UpstreamUnavailable
from core.settings import QdrantSettings
from rag.index import ChunkIndex, build_index, with_chunks
from rag.index.bm25 import Bm25Encoder
from rag.index.fusion import Fusion, Mode
from rag.index.server import ServerIndex
from rag.types import Chunk, ScoredChunk
from tests.chunks import chunk

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")

SERVER = os.environ.get("FOOTNOTE_TEST_QDRANT_URL")
ALICE, BOB = UUID(int=10), UUID(int=11)
OURS = SearchScope(frozenset([ALICE]))
NORTH, EAST = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]
NEAR_NORTH = [0.9, 0.1, 0.0]


@pytest.fixture(params=["edge", "memory", *(["server"] if SERVER else [])])
async def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Callable[[], ChunkIndex]]:
    """A function that gives the same, not yet opened, index again and again."""
    made: list[ChunkIndex] = []
    name = f"test-{uuid4().hex[:8]}"
    client = AsyncQdrantClient(":memory:")

    def make() -> ChunkIndex:
        if request.param == "memory":
            made.append(ServerIndex(client, QdrantSettings(collection=name), 1, Bm25Encoder()))
        else:
            url = SERVER if request.param == "server" else None
            made.append(build_index(QdrantSettings(url=url, collection=name), tmp_path))
        return made[-1]

    yield make
    for index in made:
        await index.close()
    if request.param == "server":
        remote = AsyncQdrantClient(url=SERVER)
        for left in (name, f"{name}.1", f"{name}.2"):
            await remote.delete_collection(left)
        await remote.close()


@pytest.fixture
async def index(reopen: Callable[[], ChunkIndex]) -> ChunkIndex:
    opened = reopen()
    await opened.open(3, model="compass")
    return opened


def of(owner: UUID, text: str, document_id: UUID | None = None) -> Chunk:
    return chunk(text, library_id=owner, document_id=document_id or uuid4())


async def found(
    index: ChunkIndex, text: str, vector: Sequence[float], scope: SearchScope, **how: Any
) -> list[ScoredChunk]:
    return await with_chunks(index, await index.search(text, vector, scope, **how))


async def texts(
    index: ChunkIndex, text: str, vector: Sequence[float], scope: SearchScope, top_k: int = 10
) -> list[str]:
    return [hit.chunk.text for hit in await found(index, text, vector, scope, top_k=top_k)]


async def test_a_chunk_comes_back_as_it_was(index: ChunkIndex) -> None:
    stored = chunk("Every word of it.", library_id=ALICE, page=3, path=("A", "B"), start=17)
    await index.upsert([stored], [NORTH])
    (hit,) = await found(index, "word", NORTH, OURS, top_k=5)
    assert hit.chunk == stored
    assert hit.similarity == pytest.approx(1.0, abs=1e-5)


async def test_a_ping_says_whether_a_search_would_be_answered(reopen: Callable[[], ChunkIndex]) -> None:
    index = reopen()
    with pytest.raises(UpstreamUnavailable):
        await index.ping()
    await index.open(3, model="compass")
    await index.ping()
    await index.drop()
    with pytest.raises(UpstreamUnavailable):
        await index.ping()


async def test_similarity_is_the_cosine_of_every_hit(index: ChunkIndex) -> None:
    await index.upsert([of(ALICE, "pears"), of(ALICE, "apples")], [[3.0, 4.0, 0.0], [0.0, 0.0, 2.0]])
    hits = await found(index, "apples", [1.0, 0.0, 0.0], OURS, top_k=5)
    assert {hit.chunk.text: round(hit.similarity or 0, 3) for hit in hits} == {"pears": 0.6, "apples": 0.0}


async def test_words_and_meaning_both_find(index: ChunkIndex) -> None:
    chunks = [of(ALICE, "zebra crossing"), of(ALICE, "near by meaning"), *(of(ALICE, f"noise {n}") for n in range(8))]
    vectors = [EAST, NEAR_NORTH, *([[0.0, 0.1, 1.0]] * 8)]
    await index.upsert(chunks, vectors)
    assert set(await texts(index, "zebra", NORTH, OURS, top_k=2)) == {"zebra crossing", "near by meaning"}


async def fruits(index: ChunkIndex) -> list[str]:
    """Stores chunks that the two sides like in different orders; how each mode of fusion ranks them."""
    said = ["apples", "pears", "pears and pears, only pears", "plums", "nothing of the kind"]
    vectors = [[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.0, 1.0, 0.0], [0.9, 0.0, 0.4], [0.5, 0.0, 0.9]]
    await index.upsert([of(ALICE, text) for text in said], vectors)
    return said


@pytest.mark.parametrize("mode", ["auto", "rrf", "dbsf", "dense", "bm25"])
async def test_every_adapter_fuses_alike(index: ChunkIndex, mode: Mode) -> None:
    said = await fruits(index)
    hits = await found(index, "pears", NORTH, OURS, top_k=4, fusion=Fusion(mode, dense_weight=0.5))
    cosines = {"apples": 1.0, "pears": 0.8, said[2]: 0.0, "plums": 0.914, said[4]: 0.486}
    assert {hit.chunk.text: hit.similarity for hit in hits} == pytest.approx(
        {hit.chunk.text: cosines[hit.chunk.text] for hit in hits}, abs=0.001
    )
    assert [hit.chunk.text for hit in hits] == {
        "auto": ["pears", "apples", "plums", said[2]],
        "rrf": ["pears", "apples", said[2], "plums"],
        "dbsf": ["pears", "apples", said[2], "plums"],
        "dense": ["apples", "plums", "pears", said[4]],
        "bm25": [said[2], "pears"],
    }[mode]


async def test_words_decide_where_the_model_does_not_know_the_language(index: ChunkIndex) -> None:
    said = await fruits(index)
    hits = await found(index, "pears", NORTH, OURS, top_k=4, fusion=Fusion(language_coverage=0.0))
    assert [hit.chunk.text for hit in hits][:2] == [said[2], "pears"]
    assert hits[0].score == 1.0


async def test_a_search_tells_what_each_side_found(index: ChunkIndex) -> None:
    await fruits(index)
    details: dict[str, object] = {}
    await index.search(
        "pears", NORTH, OURS, top_k=4, fusion=Fusion(dense_weight=0.5, language_coverage=0.5), details=details
    )
    assert details == {
        "fusion": "auto",
        "dense": 4,
        "bm25": 2,
        "both": 1,
        "language_coverage": 0.5,
        "dense_weight": 0.25,
    }


async def test_headings_are_searched_too(index: ChunkIndex) -> None:
    await index.upsert([chunk("Twenty five days.", library_id=ALICE, path=("Vacation",)), of(ALICE, "x")], [EAST, EAST])
    assert (await texts(index, "vacation", NORTH, OURS))[0] == "Twenty five days."


async def test_a_question_of_stop_words_is_no_error(index: ChunkIndex) -> None:
    await index.upsert([of(ALICE, "pears")], [NORTH])
    assert await texts(index, "the of and", NORTH, OURS) == ["pears"]


async def test_nothing_outside_the_scope_is_found(index: ChunkIndex) -> None:
    await index.upsert([of(BOB, "secret pears"), of(ALICE, "apples")], [NORTH, EAST])
    assert await texts(index, "secret pears", NORTH, OURS) == ["apples"]
    assert await texts(index, "secret pears", NORTH, SearchScope(frozenset([uuid4()]))) == []


async def test_a_moved_document_is_found_in_its_new_library_only(index: ChunkIndex) -> None:
    document_id, other = uuid4(), of(ALICE, "apples too")
    moved = [of(ALICE, f"apples {number}", document_id) for number in range(3)]
    await index.upsert([*moved, other], [NORTH] * 4)
    await index.move_document(document_id, BOB)
    assert await texts(index, "apples", NORTH, OURS) == ["apples too"]
    assert set(await texts(index, "apples", NORTH, SearchScope(frozenset([BOB])))) == {one.text for one in moved}
    assert await index.vectors([moved[0].chunk_id]) != {}
    await index.move_document(uuid4(), BOB)


async def test_what_may_not_be_seen_takes_nobodys_place(index: ChunkIndex) -> None:
    await index.upsert([of(BOB, f"pears {n}") for n in range(20)], [NORTH] * 20)
    await index.upsert([of(ALICE, "apples")], [EAST])
    assert await texts(index, "pears", NORTH, OURS, top_k=1) == ["apples"]


async def test_a_scope_may_be_narrowed_to_documents(index: ChunkIndex) -> None:
    one, two, theirs = uuid4(), uuid4(), uuid4()
    await index.upsert([of(ALICE, "one", one), of(ALICE, "two", two), of(BOB, "three", theirs)], [NORTH] * 3)
    assert await texts(index, "x", NORTH, SearchScope(frozenset([ALICE]), frozenset([two, theirs]))) == ["two"]


async def test_an_empty_scope_finds_nothing_without_asking(reopen: Callable[[], ChunkIndex]) -> None:
    never_opened = reopen()
    for scope in (SearchScope(frozenset()), SearchScope(frozenset([ALICE]), frozenset())):
        assert await never_opened.search("x", NORTH, scope, top_k=5) == []
        assert await never_opened.count(scope) == 0


async def test_upsert_replaces_by_id(index: ChunkIndex) -> None:
    stored = of(ALICE, "pears")
    await index.upsert([stored], [NORTH])
    await index.upsert([stored.model_copy(update={"title": "renamed.md"})], [EAST])
    (hit,) = await found(index, "pears", EAST, OURS, top_k=5)
    assert (hit.chunk.title, round(hit.similarity or 0, 3)) == ("renamed.md", 1.0)
    assert await index.count() == 1


async def test_delete_removes_the_chunks_named(index: ChunkIndex) -> None:
    pears, apples = of(ALICE, "pears"), of(ALICE, "apples")
    await index.upsert([pears, apples], [NORTH, NORTH])
    await index.delete([pears.chunk_id, uuid4()])
    await index.delete([])
    assert await texts(index, "pears", NORTH, OURS) == ["apples"]


async def test_delete_document_removes_all_its_chunks_and_no_other(index: ChunkIndex) -> None:
    gone, kept = uuid4(), uuid4()
    await index.upsert([of(ALICE, "a", gone), of(ALICE, "b", gone), of(ALICE, "c", kept)], [NORTH] * 3)
    await index.delete_document(gone)
    assert await texts(index, "a b c", NORTH, OURS) == ["c"]


async def test_keep_only_removes_the_other_chunks_of_the_document(index: ChunkIndex) -> None:
    ours, other = uuid4(), uuid4()
    kept, stale, elsewhere = of(ALICE, "kept", ours), of(ALICE, "stale", ours), of(ALICE, "elsewhere", other)
    await index.upsert([kept, stale, elsewhere], [NORTH] * 3)
    await index.keep_only(ours, [kept.chunk_id])
    assert sorted(await texts(index, "x", NORTH, OURS)) == ["elsewhere", "kept"]
    await index.keep_only(ours, [])
    assert await texts(index, "x", NORTH, OURS) == ["elsewhere"]


async def test_the_vectors_of_chunks_can_be_had_again(index: ChunkIndex) -> None:
    north, east = of(ALICE, "north"), of(ALICE, "east")
    await index.upsert([north, east], [NORTH, EAST])
    found = await index.vectors([east.chunk_id, north.chunk_id, uuid4()])
    assert found == {east.chunk_id: pytest.approx(EAST), north.chunk_id: pytest.approx(NORTH)}
    assert await index.vectors([]) == {}


async def test_what_is_dropped_can_be_made_anew_otherwise(index: ChunkIndex) -> None:
    await index.upsert([of(ALICE, "pears")], [NORTH])
    await index.drop()
    await index.open(4, model="another")
    assert await index.count() == 0


async def test_index_versions_have_collections_of_their_own(tmp_path: Path) -> None:
    first, second = build_index(QdrantSettings(), tmp_path), build_index(QdrantSettings(), tmp_path, 2)
    await first.open(3, model="compass")
    await second.open(2, model="another")
    await first.upsert([of(ALICE, "pears")], [NORTH])
    assert (await first.count(), await second.count()) == (1, 0)
    await second.drop()
    assert await first.count() == 1
    assert [path.name for path in (tmp_path / "qdrant").iterdir()] == ["footnote"]
    await first.close()


async def test_optimising_loses_nothing_and_calls_wait_for_it(index: ChunkIndex) -> None:
    kept = [of(ALICE, f"kept {n}") for n in range(300)]
    for _ in range(6):
        gone = uuid4()
        await index.upsert([of(ALICE, f"gone {n}", gone) for n in range(300)], [NORTH] * 300)
        await index.delete_document(gone)
    await index.upsert(kept, [NORTH] * 300)
    optimising = asyncio.create_task(index.optimise())
    await asyncio.sleep(0)
    assert await index.count(OURS) == 300
    await optimising
    await index.upsert([of(ALICE, "zebra")], [EAST])
    assert (await texts(index, "zebra", EAST, OURS))[0] == "zebra"
    assert await index.count(OURS) == 301
    assert await index.optimise() is False  # nothing is left to do


async def test_the_name_can_be_taken_again_and_again(index: ChunkIndex) -> None:
    assert await index.take_name()
    assert await index.take_name()


async def test_count_by_scope(index: ChunkIndex) -> None:
    await index.upsert([of(ALICE, "a"), of(ALICE, "b"), of(BOB, "c")], [NORTH] * 3)
    assert (await index.count(), await index.count(OURS), await index.count(SearchScope(frozenset([BOB])))) == (3, 2, 1)


async def test_more_chunks_than_one_batch(index: ChunkIndex) -> None:
    await index.upsert([of(ALICE, f"number {n}") for n in range(600)], [NORTH] * 600)
    assert await index.count(OURS) == 600


async def test_as_many_vectors_as_chunks_are_wanted(index: ChunkIndex) -> None:
    with pytest.raises(ValueError, match="shorter"):
        await index.upsert([of(ALICE, "a"), of(ALICE, "b")], [NORTH])


async def test_opening_again_is_harmless(index: ChunkIndex) -> None:
    await index.upsert([of(ALICE, "a")], [NORTH])
    await index.open(3, model="compass")
    assert await index.count() == 1


@pytest.mark.parametrize(("dimension", "model"), [(4, "compass"), (3, "another")])
async def test_another_model_is_refused(index: ChunkIndex, dimension: int, model: str) -> None:
    with pytest.raises(StartupFailed, match="was made with"):
        await index.open(dimension, model=model)


async def test_a_server_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    index = build_index(QdrantSettings(url="http://127.0.0.1:9"), tmp_path)
    with pytest.raises(UpstreamUnavailable):
        await index.open(3)
    with pytest.raises(UpstreamUnavailable):
        await index.search("x", NORTH, OURS, top_k=1)
    await index.close()

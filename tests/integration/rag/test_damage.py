"""A damaged index is set aside and made anew, empty: whatever is wrong, opening neither fails nor ends the process."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.access import SearchScope
from core.errors import UpstreamUnavailable
from rag.index.damage import KEPT, MARK, set_aside
from rag.index.edge import EdgeIndex
from tests.chunks import LIBRARY, chunk

COUNT, DIMENSION = 300, 8
SCOPE = SearchScope(library_ids=frozenset({LIBRARY}))
Damage = Callable[[Path], object]


def _vector(number: int) -> list[float]:
    return [1.0, *[number / COUNT] * (DIMENSION - 1)]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a closed index."""
    return tmp_path_factory.mktemp("sound") / "index"


@pytest.fixture
async def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    if not sound.exists():
        index = EdgeIndex(sound)
        await index.open(DIMENSION, model="m")
        await index.upsert([chunk(f"number {n}", index=n) for n in range(COUNT)], [_vector(n) for n in range(COUNT)])
        await index.close()
    shutil.copytree(sound, tmp_path / "index")
    return tmp_path / "index"


def _one(folder: Path, pattern: str) -> Path:
    return max(folder.glob(pattern), key=lambda path: path.stat().st_blocks)


def _zero(pattern: str) -> Damage:
    return lambda folder: _one(folder, pattern).write_bytes(bytes(_one(folder, pattern).stat().st_size))


def _flip(pattern: str, first: int = 0, size: int = 4096) -> Damage:
    def flip(folder: Path) -> None:
        with _one(folder, pattern).open("r+b") as file:
            file.seek(first)
            page = bytes(byte ^ 0xFF for byte in file.read(size))
            file.seek(first)
            file.write(page)

    return flip


def _truncate(pattern: str, size: int) -> Damage:
    return lambda folder: os.truncate(_one(folder, pattern), size)


DAMAGES: dict[str, Damage] = {
    "log zeroed": _zero("shard/wal/open-*"),
    "log's header flipped": _flip("shard/wal/open-*"),
    "log cut off": _truncate("shard/wal/open-*", 100),
    "ids flipped": _flip("shard/segments/*/mutable_id_tracker.mappings"),
    "ids cut off": _truncate("shard/segments/*/mutable_id_tracker.mappings", 1000),
    "ids zeroed": _zero("shard/segments/*/mutable_id_tracker.mappings"),
    "vectors zeroed": _zero("shard/segments/*/vector_storage-dense/vectors/chunk_0.mmap"),
    "vectors flipped": _flip("shard/segments/*/vector_storage-dense/vectors/chunk_0.mmap"),
    "vectors cut off": _truncate("shard/segments/*/vector_storage-dense/vectors/chunk_0.mmap", 4096),
    "vectors empty": _truncate("shard/segments/*/vector_storage-dense/vectors/chunk_0.mmap", 0),
    "texts zeroed": _zero("shard/segments/*/payload_storage/page_0.dat"),
    "texts flipped": _flip("shard/segments/*/payload_storage/page_0.dat"),
    "texts cut off": _truncate("shard/segments/*/payload_storage/page_0.dat", 4096),
    "texts' tracker flipped": _flip("shard/segments/*/payload_storage/tracker.dat"),
    "words flipped": _flip("shard/segments/*/vector_storage-sparse/store/tracker.dat"),
    "a description broken": lambda folder: (folder / "shard" / "edge_config.json").write_text('{"vec'),
    "the own description broken": lambda folder: (folder / "index.json").write_text("[3"),
    "a segment's description broken": lambda folder: _one(folder, "shard/segments/*/segment.json").write_text(""),
    "segments deleted": lambda folder: shutil.rmtree(folder / "shard" / "segments"),
    "shard deleted": lambda folder: shutil.rmtree(folder / "shard"),
}


@pytest.mark.parametrize("name", DAMAGES)
async def test_a_damaged_index_opens_whole_or_empty(folder: Path, name: str) -> None:
    DAMAGES[name](folder)
    index = EdgeIndex(folder)
    await index.open(DIMENSION, model="m")
    count = await index.count()
    was_set_aside = any(folder.parent.glob(f"index{MARK}*"))
    assert count < COUNT or not was_set_aside
    hits = await index.search("number 7", _vector(7), SCOPE, top_k=COUNT)
    assert len(hits) == count  # what is there is found; what is missing is seen by the count, and rebuilt from the rows
    await index.upsert([chunk(f"number {n}", index=n) for n in range(COUNT)], [_vector(n) for n in range(COUNT)])
    assert await index.count() == COUNT
    best = (await index.search("number 7", _vector(7), SCOPE, top_k=1))[0]
    assert (await index.chunks([best.chunk_id]))[best.chunk_id].text == "number 7"
    await index.close()


async def test_a_sound_index_is_left_alone(folder: Path) -> None:
    index = EdgeIndex(folder)
    await index.open(DIMENSION, model="m")
    assert await index.count() == COUNT
    assert await index.heal() is False
    await index.close()
    assert not any(folder.parent.glob(f"index{MARK}*"))


async def test_a_folder_deleted_while_it_is_used_is_made_anew(folder: Path) -> None:
    index = EdgeIndex(folder)
    await index.open(DIMENSION, model="m")
    shutil.rmtree(folder)
    assert await index.heal() is True
    assert await index.count() == 0
    await index.close()


async def test_a_failing_call_has_the_data_inspected_and_nothing_lost_when_it_is_sound(folder: Path) -> None:
    index = EdgeIndex(folder)
    await index.open(DIMENSION, model="m")
    with pytest.raises(UpstreamUnavailable, match="try again"):
        await index.search("number 7", [1.0], SCOPE, top_k=1)  # the engine refuses a vector of another length
    assert await index.heal() is False
    assert await index.count() == COUNT
    await index.close()


def test_only_the_newest_damaged_folder_is_left(tmp_path: Path) -> None:
    for round_ in range(3):
        (tmp_path / "index").mkdir()
        (tmp_path / "index" / "round").write_text(str(round_))
        set_aside(tmp_path / "index", "test")
    (left,) = tmp_path.glob(f"index{MARK}*")
    assert KEPT == 1
    assert (left / "round").read_text() == "2"

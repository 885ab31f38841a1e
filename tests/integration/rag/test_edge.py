"""What only the engine inside the process must stand: crashes, second owners, many threads."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from core.access import SearchScope
from core.errors import StartupFailed, UpstreamUnavailable
from rag.index import with_chunks
from rag.index.edge import EdgeIndex
from tests.chunks import LIBRARY, chunk

SCOPE = SearchScope(frozenset([LIBRARY]))
WRITER = """
import asyncio, os, signal, sys
from pathlib import Path
from rag.index.edge import EdgeIndex
from tests.chunks import chunk

async def main():
    index = EdgeIndex(Path(sys.argv[1]))
    await index.open(3)
    for number in range(40):
        await index.upsert([chunk(f"number {number}", index=number)], [[1.0, 0.0, 0.1]])
        print(number, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_a_killed_process_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    writer = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", WRITER, str(tmp_path)], capture_output=True, text=True, cwd=root
    )
    assert writer.returncode == -9, writer.stderr
    index = EdgeIndex(tmp_path)
    await index.open(3)
    assert await index.count() == len(writer.stdout.split()) == 40
    await index.close()


async def test_it_is_still_there_after_closing(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    await index.open(3)
    await index.upsert([chunk("pears")], [[1.0, 0.0, 0.0]])
    await index.close()
    await index.open(3)
    assert [
        hit.chunk.text for hit in await with_chunks(index, await index.search("pears", [1.0, 0.0, 0.0], SCOPE, top_k=5))
    ] == ["pears"]
    await index.close()


async def test_a_second_owner_is_told_so(tmp_path: Path) -> None:
    first, second = EdgeIndex(tmp_path), EdgeIndex(tmp_path)
    await first.open(3)
    with pytest.raises(StartupFailed, match="another process"):
        await second.open(3)
    await first.close()


async def test_never_opened_is_unavailable_after_a_while(tmp_path: Path) -> None:
    with pytest.raises(UpstreamUnavailable):
        await EdgeIndex(tmp_path, open_wait_s=0.1).search("x", [1.0, 0.0, 0.0], SCOPE, top_k=1)


async def test_a_question_waits_for_the_index_to_open(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    early = asyncio.create_task(index.search("x", [1.0, 0.0, 0.0], SCOPE, top_k=1))
    await asyncio.sleep(0.05)
    await index.open(3)
    assert await early == []
    await index.close()


async def test_closed_is_unavailable_not_a_crash(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    await index.open(3)
    await index.close()
    with pytest.raises(UpstreamUnavailable):
        await index.search("x", [1.0, 0.0, 0.0], SCOPE, top_k=1)


async def test_reading_and_writing_at_once(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    await index.open(3)

    async def write(worker: int) -> None:
        document_id = uuid4()
        for number in range(20):
            one = chunk(f"number {worker} {number}", document_id=document_id, index=number)
            await index.upsert([one], [[1.0, 0.2, 0.0]])

    async def read() -> None:
        for _ in range(50):
            await index.search("number", [1.0, 0.0, 0.0], SCOPE, top_k=5)

    await asyncio.gather(*(write(worker) for worker in range(4)), *(read() for _ in range(4)))
    assert await index.count() == 80
    await index.close()


async def _worn(folder: Path) -> EdgeIndex:
    """An index of 500 chunks which were written six times."""
    index = EdgeIndex(folder)
    await index.open(64)
    for _ in range(6):
        chunks = [chunk(f"number {number}", index=number) for number in range(500)]
        await index.delete_document(chunks[0].document_id)
        await index.upsert(chunks, [[1.0, *[number / 500] * 63] for number in range(500)])
    return index


def _segments_bytes(folder: Path) -> int:
    files = (folder / "shard" / "segments").rglob("*")
    return sum(path.stat().st_blocks * 512 for path in files if path.is_file())


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder on a disk: in memory, files take all the room that is kept for them."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        yield Path(name)


async def test_optimising_gives_the_room_of_deleted_chunks_back(on_disk: Path) -> None:
    index = await _worn(on_disk)
    before = _segments_bytes(on_disk)
    assert await index.optimise() is True
    assert _segments_bytes(on_disk) < before * 0.8
    assert await index.count() == 500
    found = await with_chunks(index, await index.search("number 77", [1.0, *[77 / 500] * 63], SCOPE, top_k=5))
    assert "number 77" in [hit.chunk.text for hit in found]
    assert await index.optimise() is False
    await index.close()


async def test_other_work_goes_on_while_it_optimises(tmp_path: Path) -> None:
    index = await _worn(tmp_path)
    optimising = asyncio.create_task(index.optimise())
    clock = asyncio.get_running_loop().time
    last, longest_s = clock(), 0.0
    while not optimising.done():
        await asyncio.sleep(0.005)
        last, longest_s = clock(), max(longest_s, clock() - last)
    assert longest_s < 0.5  # the process that starts the child is not held up by it
    await index.close()


async def test_a_vacuum_killed_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    await (await _worn(tmp_path / "worn")).close()
    outcomes = set()
    for number in range(6):
        folder = tmp_path / str(number)
        shutil.copytree(tmp_path / "worn", folder)
        vacuum = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "rag.index.vacuum",
            str(folder / "shard"),
            "64",
            cwd=Path(__file__).resolve().parents[3],
        )
        while vacuum.returncode is None and not list((folder / "shard" / "temp_segments").glob("*")):
            await asyncio.sleep(0.001)
        await asyncio.sleep(number * 0.02)
        if vacuum.returncode is None:
            vacuum.kill()
        outcomes.add(await vacuum.wait())
        index = EdgeIndex(folder)
        await index.open(64)
        assert await index.count() == 500
        await index.close()
    assert -signal.SIGKILL in outcomes <= {-signal.SIGKILL, 0}


async def test_stopped_in_the_middle_it_is_open_again(tmp_path: Path) -> None:
    index = await _worn(tmp_path)
    optimising = asyncio.create_task(index.optimise())
    await asyncio.sleep(0.3)
    optimising.cancel()
    await asyncio.gather(optimising, return_exceptions=True)
    assert await index.count() == 500
    await index.close()


async def test_the_folder_says_how_it_was_made(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    await index.open(3, model="compass")
    await index.close()
    made = json.loads((tmp_path / "index.json").read_text())
    assert (made["dimension"], made["model"]) == (3, "compass")

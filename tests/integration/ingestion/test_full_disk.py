"""A disk that fills up: files wait with the reason, and are read when there is room; nothing is written to the index below the floor."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.access import Principal
from core.disk_space import WAITS, DiskSpace
from core.errors import StorageFull
from core.settings import QdrantSettings
from ingestion.service import IngestionService
from ingestion.types import JobState
from ingestion.worker.pipeline import IngestionPipeline
from rag.index import build_index
from services import Services
from tests.chunks import chunk

EVERYTHING = 2**60  # no disk has that much free
ROOT = Path(__file__).parents[3]
NO_MOUNT = 77

ON_A_SMALL_DISK = """
import asyncio, os, sys
from pathlib import Path
from core.disk_space import BALLAST_BYTES, BALLAST_FILES, DiskSpace
folder, mega = Path(sys.argv[1]), 1024**2

def fill(name, leave):
    with (folder / name).open("wb") as file:
        while os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize > leave:
            file.write(bytes(mega)); file.flush()

async def main():
    disk = DiskSpace(folder, 100 * mega)
    await disk.look()
    ballast = lambda: sum(path.stat().st_blocks * 512 for path in folder.glob("ballast?"))
    print("ballast", ballast() == BALLAST_BYTES, disk.is_low)
    fill("a", 80 * mega)
    await disk.look()
    print("low", disk.is_low, ballast() == BALLAST_BYTES)
    disk.require_floor()
    fill("b", mega)
    await disk.look()
    print("dropped", len(list(folder.glob("ballast?"))) == BALLAST_FILES - 1, disk.free_bytes >= BALLAST_BYTES // BALLAST_FILES)
    (folder / "a").unlink(); (folder / "b").unlink()
    await disk.look()
    print("room", not disk.is_low, ballast() == BALLAST_BYTES)

asyncio.run(main())
"""


async def _pieces() -> AsyncIterator[bytes]:
    yield b"The telescope room is number 314."


async def test_a_file_waits_for_room_with_the_reason_and_is_read_then(
    services: Services, service: IngestionService, pipeline: IngestionPipeline, alice: Principal
) -> None:
    submission = await service.submit(alice, _pieces(), "rooms.txt")
    usual, services.disk.reserve_bytes = services.disk.reserve_bytes, EVERYTHING
    assert await pipeline.claim_next() is None
    waiting = await service.job(alice, submission.job.job_id)
    assert (waiting.state, waiting.notice) == (JobState.QUEUED, WAITS)
    services.disk.reserve_bytes = usual
    claimed = await pipeline.claim_next()
    assert claimed is not None
    await pipeline.do(claimed)
    finished = await service.job(alice, submission.job.job_id)
    assert (finished.state, finished.notice) == (JobState.FINISHED, None)


async def test_a_file_being_read_when_the_disk_fills_is_postponed(
    services: Services, service: IngestionService, pipeline: IngestionPipeline, alice: Principal
) -> None:
    submission = await service.submit(alice, _pieces(), "rooms.txt")
    claimed = await pipeline.claim_next()
    assert claimed is not None
    services.disk.reserve_bytes = EVERYTHING
    assert await pipeline.do(claimed) is not None
    waiting = await service.job(alice, submission.job.job_id)
    assert waiting.state is JobState.QUEUED
    assert "almost full" in (waiting.notice or "")


async def test_readiness_says_so(services: Services) -> None:
    services.readiness.models_ready()
    services.disk.reserve_bytes = EVERYTHING
    report = await services.readiness()
    assert report.status == "degraded"
    assert "almost full" in report.reasons["disk"]


async def test_nothing_is_written_to_the_index_below_the_floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = DiskSpace(tmp_path, 0)
    index = build_index(QdrantSettings(), tmp_path, require_room=disk.require_floor)
    await index.open(3)
    await index.upsert([chunk("one")], [[1.0, 0.0, 0.0]])
    monkeypatch.setattr("core.disk_space.FLOOR_BYTES", EVERYTHING)
    with pytest.raises(StorageFull, match="almost full"):
        await index.upsert([chunk("two")], [[1.0, 0.0, 0.0]])
    with pytest.raises(StorageFull):
        await index.delete_document(chunk("one").document_id)
    assert await index.count() == 1
    await index.close()


def test_the_ballast_gives_room_on_a_disk_that_others_filled(tmp_path: Path) -> None:
    if os.getuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("mounting a small file system needs root")
    script = f'mount -t tmpfs -o size=300m none "$0" || exit {NO_MOUNT}; exec "$@"'
    ended = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, tmp_path, sys.executable, "-c", ON_A_SMALL_DISK, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if ended.returncode == NO_MOUNT:
        pytest.skip("no file system can be mounted here")
    lines = [line for line in ended.stdout.splitlines() if line.split()[0] in ("ballast", "low", "dropped", "room")]
    assert lines == ["ballast True False", "low True True", "dropped True True", "room True True"], ended.stderr

"""A folder and a library in step."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from arq.connections import ArqRedis

from core.access import LibraryRole, Principal
from core.errors import Invalid, NotFound, NotPermitted
from ingestion.folders.sync import FolderSync, Outcome
from ingestion.service import IngestionService
from ingestion.worker.pipeline import IngestionPipeline
from tests.integration.ingestion.test_worker import working


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four files, one of them below."""
    root = tmp_path / "folder"
    (root / "deep").mkdir(parents=True)
    for number in range(3):
        (root / f"{number}.txt").write_text(f"Text number {number}.")
    (root / "deep" / "a.md").write_text("# Title\n\nDeep down.")
    return root


@pytest.fixture
async def worker(redis: ArqRedis, pipeline: IngestionPipeline) -> AsyncIterator[None]:
    """Jobs are done."""
    async with working(redis, pipeline):
        yield


async def sync(service: IngestionService, who: Principal, path: Path, **options: object) -> Outcome:
    return await FolderSync(service, who, path, **options).run()  # type: ignore[arg-type]


async def titles(service: IngestionService, who: Principal) -> dict[str, int]:
    """Title → version."""
    return {one.title: one.version for one in (await service.documents(who)).documents}


@pytest.mark.usefixtures("worker")
async def test_new_changed_moved_and_gone(service: IngestionService, alice: Principal, folder: Path) -> None:
    first = await sync(service, alice, folder)
    assert first.summary().startswith("4 new, 0 changed, 0 gone, 0 unchanged, 0 failed;")
    assert await titles(service, alice) == {"0.txt": 1, "1.txt": 1, "2.txt": 1, "deep/a.md": 1}
    again = await sync(service, alice, folder)
    assert again.summary().startswith("0 new, 0 changed, 0 gone, 4 unchanged, 0 failed;")

    (folder / "0.txt").write_text("Another text.")
    (folder / "1.txt").unlink()
    (folder / "2.txt").rename(folder / "deep" / "2.txt")
    (folder / "copy.txt").write_text("Another text.")
    (folder / "new.txt").write_text("New.")
    (folder / "program.exe").write_bytes(b"MZ" + bytes(range(256)) * 50)
    outcome = await sync(service, alice, folder)
    assert outcome.summary().startswith(
        "1 new, 1 changed, 1 gone, 1 unchanged, 0 failed, 1 moved, 1 there already under another name, 1 not taken;"
    )
    assert "\n  program.exe: " in outcome.summary()
    assert await titles(service, alice) == {"0.txt": 2, "deep/2.txt": 1, "deep/a.md": 1, "new.txt": 1}


@pytest.mark.usefixtures("worker")
async def test_most_of_a_folder_is_not_deleted_by_accident(
    service: IngestionService, alice: Principal, folder: Path
) -> None:
    await sync(service, alice, folder)
    for name in ("0.txt", "1.txt", "2.txt"):
        (folder / name).unlink()
    outcome = await sync(service, alice, folder)
    assert (outcome.gone, outcome.refused is not None) == (0, True)
    assert "--delete-missing" in outcome.summary()
    assert len(await titles(service, alice)) == 4
    outcome = await sync(service, alice, folder, delete_missing=True)
    assert (outcome.gone, outcome.refused) == (3, None)
    assert await titles(service, alice) == {"deep/a.md": 1}
    (folder / "deep" / "a.md").unlink()
    assert (await sync(service, alice, folder)).refused


@pytest.mark.usefixtures("worker")
async def test_a_file_alone_is_a_file_of_its_folder(service: IngestionService, alice: Principal, folder: Path) -> None:
    assert (await sync(service, alice, folder / "0.txt")).new == 1
    (folder / "0.txt").write_text("Changed.")
    outcome = await sync(service, alice, folder / "0.txt")
    assert (outcome.changed, outcome.gone) == (1, 0)
    outcome = await sync(service, alice, folder)
    assert (outcome.new, outcome.unchanged, outcome.gone) == (3, 1, 0)
    assert (await sync(service, alice, folder / "0.txt")).gone == 0


@pytest.mark.usefixtures("worker")
async def test_a_file_that_cannot_be_read_keeps_its_former_text(
    service: IngestionService, alice: Principal, folder: Path
) -> None:
    await sync(service, alice, folder)
    (folder / "0.txt").write_bytes(b"%PDF-1.4 torn off")
    for _ in range(2):
        outcome = await sync(service, alice, folder)
        assert [name for name, _ in outcome.failed] == ["0.txt"]
        assert outcome.unchanged == 3
    assert (await titles(service, alice))["0.txt"] == 1


@pytest.mark.usefixtures("worker")
async def test_what_people_brought_themselves_is_left_alone(
    service: IngestionService, alice: Principal, folder: Path
) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"Text number 0."

    await service.submit(alice, stream(), "mine.txt")
    outcome = await sync(service, alice, folder)
    assert (outcome.new, outcome.elsewhere) == (3, 1)
    (folder / "0.txt").unlink()
    assert (await sync(service, alice, folder)).gone == 0
    assert "mine.txt" in await titles(service, alice)


async def test_only_into_libraries_that_one_may_change(
    service: IngestionService, alice: Principal, bob: Principal, folder: Path
) -> None:
    grants = {**bob.grants, alice.personal_library_id: LibraryRole.VIEWER}
    viewer = Principal(bob.user_id, bob.username, bob.role, bob.personal_library_id, grants)
    with pytest.raises(NotPermitted):
        await sync(service, viewer, folder, library_id=alice.personal_library_id)
    with pytest.raises(NotFound):
        await sync(service, bob, folder, library_id=alice.personal_library_id)
    assert await service.listing.library_named(alice, "") is None
    named = await service.listing.library_named(alice, str(alice.personal_library_id))
    assert named == alice.personal_library_id
    with pytest.raises(NotFound):
        await service.listing.library_named(bob, str(alice.personal_library_id))


async def test_a_folder_that_is_not_there_is_told(service: IngestionService, alice: Principal, folder: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        await sync(service, alice, folder / "nowhere")

"""Child processes: their limits, their ends, and what they may know."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest

from core.errors import DocumentUnreadable
from core.settings import ParserSettings
from parsing.sandbox.sandbox import Sandbox
from parsing.sniff.mime import DOCX, HTML, MARKDOWN, PDF, TEXT
from parsing.types import Section
from tests import documents as files
from tests.integration.ingestion import hostile

MIB = 1024**2
ALICE, BOB = UUID(int=1), UUID(int=2)
ROOT = Path(__file__).parents[3]
SLOW = b"A line of text, and then some more of it.\n\n" * 400_000  # takes half a minute to read


async def read(sandbox: Sandbox, path: Path, mime_type: str, user_id: UUID | None = None) -> list[Section]:
    """All sections."""
    return [section async for section in sandbox.parse(path, mime_type, user_id=user_id)]


async def cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def strict() -> AsyncIterator[Callable[..., Sandbox]]:
    """Sandboxes with limits of the test's choice."""
    opened: list[Sandbox] = []

    def make(**limits: int) -> Sandbox:
        opened.append(Sandbox(ParserSettings(**{"memory_bytes": 512 * MIB, "wall_s": 60, **limits})))
        return opened[-1]

    yield make
    for sandbox in opened:
        await sandbox.close()


def forkserver_of(sandbox: Sandbox) -> psutil.Process:
    """The process that children are forked from."""
    assert sandbox._forkserver is not None
    outside = psutil.Process(sandbox._forkserver.pid)
    return next(iter(outside.children()), outside)  # in a pid namespace it is the child of a process that waits for it


async def gone(*processes: psutil.Process) -> None:
    """Wait until processes have ended."""
    async with asyncio.timeout(60):
        while any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes):
            await asyncio.sleep(0.05)


async def child_of(sandbox: Sandbox) -> psutil.Process:
    """The one child at work."""
    async with asyncio.timeout(30):
        while True:
            if sandbox.isolation is not None and (children := forkserver_of(sandbox).children()):
                return children[0]
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("data", "mime_type", "reason"),
    [
        (b"", PDF, "empty"),
        (files.HANDBOOK[:900], PDF, "damaged"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, PDF, "damaged"),
        (hostile.encrypted_pdf(), PDF, "password"),
        (files.pdf([]), PDF, "pages"),
        (hostile.cyclic_pdf(), PDF, ""),
        (files.pdf(["", ""]), PDF, "no text"),
        (hostile.zip_bomb_docx(), DOCX, "unpacks"),
        (hostile.billion_laughs_docx(), DOCX, "damaged"),
        (files.word(["Text."])[:8000], DOCX, "damaged"),
        (hostile.rewritten_docx(b"<not-word/>"), DOCX, ""),
        (
            hostile.rewritten_docx(b'<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"/>'),
            DOCX,
            "",
        ),
        (b" \n\t \r\n", TEXT, "no text"),
        (b"\xef\xbb\xbf", MARKDOWN, "no text"),
        (b"<!doctype html><script>alert(1)</script>", HTML, "no text"),
    ],
)
async def test_what_cannot_be_read_says_why(
    sandbox: Sandbox, stored: Callable[[bytes], Path], data: bytes, mime_type: str, reason: str
) -> None:
    with pytest.raises(DocumentUnreadable) as raised:
        await read(sandbox, stored(data), mime_type)
    assert reason in raised.value.message
    assert raised.value.message.endswith(".")


async def test_a_bomb_ends_its_child_and_nothing_else(
    strict: Callable[..., Sandbox], stored: Callable[[bytes], Path]
) -> None:
    sandbox = strict(memory_bytes=256 * MIB)
    started = time.monotonic()
    with pytest.raises(DocumentUnreadable, match="memory"):
        await read(sandbox, stored(hostile.flate_bomb()), PDF)
    assert time.monotonic() - started < 120
    assert len(await read(sandbox, stored(files.HANDBOOK), PDF)) == 3


async def test_time_runs_out(strict: Callable[..., Sandbox], stored: Callable[[bytes], Path]) -> None:
    sandbox = strict(wall_s=1)
    await sandbox.start()
    started = time.monotonic()
    with pytest.raises(DocumentUnreadable, match="longer than 1 second"):
        await read(sandbox, stored(SLOW), TEXT)
    assert time.monotonic() - started < 10
    await gone(*forkserver_of(sandbox).children())


async def test_computing_time_runs_out(strict: Callable[..., Sandbox], stored: Callable[[bytes], Path]) -> None:
    with pytest.raises(DocumentUnreadable, match="computing time"):
        await read(strict(cpu_s=1), stored(SLOW), TEXT)


async def test_only_the_child_counts_against_the_time(
    strict: Callable[..., Sandbox], stored: Callable[[bytes], Path]
) -> None:
    sandbox = strict(wall_s=2)
    await sandbox.start()
    pages = []
    async for section in sandbox.parse(stored(files.HANDBOOK), PDF):
        pages.append(section.page)
        await asyncio.sleep(1)
    assert pages == [1, 2, 3]


async def test_leaving_early_ends_the_child(strict: Callable[..., Sandbox], stored: Callable[[bytes], Path]) -> None:
    sandbox = strict()
    reading = asyncio.create_task(read(sandbox, stored(SLOW), TEXT))
    child = await child_of(sandbox)
    reading.cancel()
    await gone(child)
    assert forkserver_of(sandbox).is_running()


async def test_a_lost_forkserver_is_replaced(strict: Callable[..., Sandbox], stored: Callable[[bytes], Path]) -> None:
    sandbox = strict()
    reading = asyncio.create_task(read(sandbox, stored(SLOW), TEXT))
    child = await child_of(sandbox)
    forkserver_of(sandbox).kill()
    with pytest.raises(DocumentUnreadable):
        await reading
    if sys.platform == "linux":
        await gone(child)
    assert len(await read(sandbox, stored(files.HANDBOOK), PDF)) == 3


async def test_closing_ends_everything(stored: Callable[[bytes], Path]) -> None:
    sandbox = Sandbox(ParserSettings())
    reading = asyncio.create_task(read(sandbox, stored(SLOW), TEXT))
    child = await child_of(sandbox)
    forkserver = forkserver_of(sandbox)
    await sandbox.close()
    await gone(child, forkserver)
    with pytest.raises(DocumentUnreadable):
        await reading


async def test_a_killed_server_leaves_no_orphans(stored: Callable[[bytes], Path]) -> None:
    path = stored(SLOW)
    program = (
        "import asyncio; from pathlib import Path; from core.settings import ParserSettings\n"
        "from parsing.sandbox.sandbox import Sandbox\n"
        "async def main():\n"
        f"    async for _ in Sandbox(ParserSettings()).parse(Path({str(path)!r}), 'text/plain'): pass\n"
        "asyncio.run(main())\n"
    )
    server = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    family: list[psutil.Process] = []
    async with asyncio.timeout(60):
        while len(family) < 2:
            await asyncio.sleep(0.05)
            family = psutil.Process(server.pid).children(recursive=True)
    server.kill()
    await gone(*family)
    server.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_children_know_nothing_of_the_server(
    monkeypatch: pytest.MonkeyPatch, strict: Callable[..., Sandbox], stored: Callable[[bytes], Path]
) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "a secret of the server")
    sandbox = strict()
    reading = asyncio.create_task(read(sandbox, stored(SLOW), TEXT))
    child = await child_of(sandbox)
    while child.cpu_times().user < 0.2:
        await asyncio.sleep(0.02)
    descriptors = [os.readlink(link) for link in Path(f"/proc/{child.pid}/fd").iterdir()]
    assert len([target for target in descriptors if target.startswith("socket:")]) == 1
    assert len(descriptors) <= 6  # the three standard ones, the socket, the file, and how much memory it has
    assert b"secret" not in Path(f"/proc/{child.pid}/environ").read_bytes()
    assert forkserver_of(sandbox).num_threads() == 1
    reading.cancel()


async def test_what_children_load_stays_small() -> None:
    program = "from parsing.sandbox import child; child.preload(); import sys; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert {"unstructured.partition.html", "pypdfium2", "parsing.formats.pdf.reader"} <= loaded
    assert not loaded & {"torch._C", "spacy.language", "transformers", "sqlalchemy", "redis", "asyncpg", "qdrant_edge"}
    assert not loaded & {
        "onnxruntime",
        "rapidocr",
        "cv2",
    }  # they start threads, and a process with more must not be forked


async def test_one_persons_heavy_files_leave_a_parser_for_another(
    strict: Callable[..., Sandbox], tmp_path: Path, stored: Callable[[bytes], Path]
) -> None:
    sandbox, small = strict(), tmp_path / "small"
    small.write_bytes(b"A line of text.")
    heavy = [asyncio.create_task(read(sandbox, stored(SLOW), TEXT, user_id=ALICE)) for _ in range(3)]
    first = await child_of(sandbox)
    await asyncio.sleep(0.5)
    assert forkserver_of(sandbox).children() == [first]
    for person in (BOB, None, BOB):
        started = time.monotonic()
        assert len(await read(sandbox, small, TEXT, user_id=person)) == 1
        assert time.monotonic() - started < 10
    assert not any(task.done() for task in heavy)
    await cancelled(*heavy)


async def test_nobody_waits_for_a_page_image_behind_files_or_another_persons_pages(
    strict: Callable[..., Sandbox], tmp_path: Path, stored: Callable[[bytes], Path]
) -> None:
    sandbox, handbook = strict(), tmp_path / "handbook"
    handbook.write_bytes(files.HANDBOOK)
    people = [UUID(int=number) for number in range(9)]
    heavy = [asyncio.create_task(read(sandbox, stored(SLOW), TEXT, user_id=person)) for person in people]
    many = [asyncio.create_task(sandbox.render(handbook, 1, 2900, user_id=ALICE)) for _ in range(60)]
    await asyncio.wait(many, return_when=asyncio.FIRST_COMPLETED)
    assert await sandbox.render(handbook, 2, 600, user_id=BOB)
    assert sum(task.done() for task in many) < 20
    assert not any(task.done() for task in heavy)
    await cancelled(*heavy, *many)


async def test_page_images_come_before_files(strict: Callable[..., Sandbox], stored: Callable[[bytes], Path]) -> None:
    sandbox = strict()
    reading = asyncio.create_task(read(sandbox, stored(SLOW), TEXT))
    child = await child_of(sandbox)
    async with asyncio.timeout(60):
        while child.nice() <= forkserver_of(sandbox).nice():
            await asyncio.sleep(0.02)
    await cancelled(reading)


async def test_many_small_files_go_fast(sandbox: Sandbox, stored: Callable[[bytes], Path]) -> None:
    await sandbox.start()
    path = stored(b"# Title\n\nA paragraph.\n")
    started = time.monotonic()
    for _ in range(50):
        assert len(await read(sandbox, path, MARKDOWN)) == 1
    assert time.monotonic() - started < 15  # some 20 ms each on an idle machine


async def test_signals_are_named(strict: Callable[..., Sandbox], stored: Callable[[bytes], Path]) -> None:
    sandbox = strict()  # whose only child it is: one of the test before may be about to end
    reading = asyncio.create_task(read(sandbox, stored(SLOW), TEXT))
    child = await child_of(sandbox)
    child.send_signal(signal.SIGSEGV)
    with pytest.raises(DocumentUnreadable, match="damaged"):
        await reading

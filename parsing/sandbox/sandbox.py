"""Opens files in child processes with limits of memory, CPU and time. The server itself never parses."""

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from core.errors import DocumentUnreadable, StartupFailed
from core.settings import OcrSettings, ParserSettings
from parsing.sandbox import wire
from parsing.sandbox.launch import Degree, Isolation, end, launched
from parsing.sandbox.page_by_page import PageByPage
from parsing.sandbox.parent import DAMAGED, STOP_WALL_S, Child, ChildLost, Patience
from parsing.sandbox.shares import Place, Shares
from parsing.sniff.mime import PAGED, PDF
from parsing.types import Section

log = structlog.get_logger(__name__)

TESSDATA = (
    "usr/share/tesseract-ocr/*/tessdata",
    "usr/share/tessdata",
    "usr/local/share/tessdata",
)  # where packages put it
RENDERERS = 3
RENDER_WALL_S = 30
WALL_PER_CPU = 10  # a child runs beside others, and after the web server

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BySize:
    """Time for a file by its size, in seconds: small files that take long are made to."""

    least_s: float
    per_mib_s: float

    def of(self, size_bytes: int) -> float:
        """For a file of this size."""
        return self.least_s + self.per_mib_s * size_bytes / 1024**2


CPU_S, WALL_S = BySize(20, 20), BySize(60, 60)  # at most; the settings bound them too


class Sandbox:
    """A fresh child process for each file.

    Args:
        settings: limits of each child and how many parse at the same time, shared between people. Page images do not wait for
            parsing.
        ocr: how text is recognised in scans and pictures.

    Raises:
        StartupFailed: tesseract is asked for and has no language data.
    """

    def __init__(self, settings: ParserSettings, ocr: OcrSettings | None = None) -> None:
        self._settings = settings
        self._ocr = _ocr_task(ocr or OcrSettings())
        self._parsing = Shares(settings.processes)
        self._rendering = Shares(RENDERERS)
        self._starting = asyncio.Lock()
        self._forkserver: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self.isolation: Isolation | None = None  # of the children; None until the first start

    async def start(self) -> None:
        """Start the process that children are forked from (about 2 s); without it the first file does.

        Raises:
            StartupFailed: it does not start, or children are to be isolated strictly and cannot be.
        """
        await self._open_control()

    def degree(self) -> Degree | None:
        """How far children are isolated; None before the first start."""
        return self.isolation.degree if self.isolation else None

    async def parse(
        self, path: Path, mime_type: str, on_progress: Progress | None = None, *, user_id: UUID | None = None
    ) -> AsyncGenerator[Section, None]:
        """The sections of a file, as they are read. Close the iterator to stop; the child then ends too.

        Args:
            on_progress: called in the event loop with (pages done, pages in all).
            user_id: whose file it is; one person's files leave a place for another's.

        A page of a PDF that breaks the limits is given up and named in its section's ``warning``; the rest is read.

        Raises:
            DocumentUnreadable: no text can be had from it within the limits; the sentence says why.
        """
        settings = self._settings
        size_bytes = (await asyncio.to_thread(os.stat, path)).st_size
        page_wall_s = WALL_PER_CPU * settings.page_cpu_s
        wall_s = min(settings.wall_s, WALL_S.of(size_bytes))
        patience = Patience(wall_s, page_wall_s if mime_type in PAGED else None)
        progress = PageByPage(mime_type, patience, min(settings.cpu_s, CPU_S.of(size_bytes)), settings.page_cpu_s)
        task = {"do": "parse", "mime_type": mime_type, "ocr": self._ocr}
        async with self._parsing.place(user_id) as place:
            while True:
                try:
                    async for section in self._sections(path, task, progress, on_progress or _unseen, place):
                        yield section
                    break
                except ChildLost as error:
                    for section in progress.lose(error):
                        yield section
                    if progress.is_through:
                        break
        progress.require_text()

    async def _sections(
        self, path: Path, task: dict[str, Any], progress: PageByPage, on_progress: Progress, place: Place
    ) -> AsyncIterator[Section]:
        """What one child reads, from the page on that is next."""
        async with self._child(path) as child:
            child.tell(task | self._memory | progress.task)
            async for message in child.messages(progress.patience):
                if "section" in message:
                    section = await asyncio.to_thread(_section_in, message)  # it may have 100,000 words
                    progress.read(section, message["cpu_s"])
                    yield section
                elif "progress" in message:
                    progress.opened(message["progress"][1])
                    on_progress(*message["progress"])
                elif "recognising" in message:
                    await place.give_way()
                    progress.recognising(WALL_PER_CPU * self._settings.page_cpu_s)
                    child.tell({"go": True})

    async def render(
        self, path: Path, page: int, width_px: int, mime_type: str = PDF, *, user_id: UUID | None = None
    ) -> bytes:
        """Page ``page`` (1-based) of a PDF or a picture as a PNG.

        Args:
            user_id: who looks at it; one person's pages leave a place for another's.

        Raises:
            DocumentUnreadable: the page cannot be drawn within the limits.
        """
        cpu_s = self._settings.page_cpu_s
        task = {"do": "render", "mime_type": mime_type, "page": page, "width_px": width_px}
        async with self._rendering.place(user_id), self._child(path) as child:
            child.tell(task | self._memory | {"cpu_s": cpu_s, "page_cpu_s": cpu_s})
            async for message in child.messages(Patience(RENDER_WALL_S)):
                if "image" in message:
                    image: bytes = message["image"]
                    return image
        raise DocumentUnreadable("This page cannot be drawn.")

    async def close(self) -> None:
        """Kill all children and the process they come from."""
        forkserver, control = self._forkserver, self._control
        self._forkserver = self._control = None
        if control is not None:
            control.close()
        if forkserver is not None:
            try:
                await asyncio.to_thread(forkserver.wait, STOP_WALL_S)
            except subprocess.TimeoutExpired:
                forkserver.kill()
                await asyncio.to_thread(forkserver.wait)

    @property
    def _memory(self) -> dict[str, int]:
        return {"memory_bytes": self._settings.memory_bytes}

    @asynccontextmanager
    async def _child(self, path: Path) -> AsyncIterator[Child]:
        """A new child that reads this file; leaving the block kills it."""
        file = await asyncio.to_thread(os.open, path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            work, life = await self._fork(file)
        finally:
            os.close(file)
        with ExitStack() as unopened:  # whoever waits may be cancelled in between
            unopened.callback(life.close)
            unopened.callback(work.close)
            reader, writer = await asyncio.open_connection(sock=work)
            unopened.callback(writer.close)
            life_reader, life_writer = await asyncio.open_connection(sock=life)
            unopened.pop_all()
        try:
            yield Child(reader, writer, life_reader)
        finally:
            writer.close()
            life_writer.close()

    async def _fork(self, file: int) -> tuple[socket.socket, socket.socket]:
        for attempt in (1, 2):
            control = await self._open_control()
            work, work_of_child = socket.socketpair()
            life, lifeline_of_forkserver = socket.socketpair()
            try:
                socket.send_fds(control, [b"f"], [work_of_child.fileno(), lifeline_of_forkserver.fileno(), file])
                return work, life
            except OSError:
                work.close()
                life.close()
                log.warning("sandbox.forkserver_lost", attempt=attempt)
                await self.close()
            finally:
                work_of_child.close()
                lifeline_of_forkserver.close()
        raise StartupFailed("The process that opens files cannot be started.")

    async def _open_control(self) -> socket.socket:
        async with self._starting:
            if self._control is not None:
                return self._control
            forkserver, control, isolation = await _launched(self._settings.isolation)
            if self.isolation != isolation:
                self.isolation = isolation
                isolation.log()
            self._forkserver, self._control = forkserver, control
            return control


async def _launched(isolation: str) -> tuple[subprocess.Popen[bytes], socket.socket, Isolation]:
    """:func:`launched` in a thread. When cancelled, the process ends that the thread starts all the same."""
    launching = asyncio.ensure_future(asyncio.to_thread(launched, isolation))
    try:
        return await asyncio.shield(launching)
    except asyncio.CancelledError:
        launching.add_done_callback(_give_up)
        raise


def _give_up(launching: asyncio.Future[tuple[subprocess.Popen[bytes], socket.socket, Isolation]]) -> None:
    if not launching.cancelled() and launching.exception() is None:
        forkserver, control, _ = launching.result()
        end(forkserver, control)


def _ocr_task(settings: OcrSettings) -> dict[str, Any]:
    """What a child must know to recognise text."""
    tessdata = next((str(folder) for pattern in TESSDATA for folder in _folders(pattern)), None)
    if settings.engine == "tesseract" and tessdata is None:
        raise StartupFailed("FOOTNOTE_OCR_ENGINE is tesseract, but no language data of tesseract is installed.")
    return {**settings.model_dump(), "tessdata": tessdata}


def _folders(pattern: str) -> list[Path]:
    """Folders that hold language data, the newest version first."""
    return sorted((path for path in Path("/").glob(pattern) if any(path.glob("*.traineddata"))), reverse=True)


def _section_in(message: dict[str, Any]) -> Section:
    try:
        return wire.to_section(message["section"])
    except (ValueError, KeyError, TypeError) as error:
        raise ChildLost(DAMAGED, "it is damaged", "the message makes no sense") from error


def _unseen(_done: int, _total: int) -> None:
    """Nobody watches."""

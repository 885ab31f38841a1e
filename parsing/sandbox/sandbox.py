"""Opens files in child processes with limits of memory, CPU and time. The server itself never parses."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog

from core.errors import DocumentUnreadable, StartupFailed
from core.settings import OcrSettings, ParserSettings
from parsing.sandbox import wire
from parsing.sandbox.page_by_page import PageByPage
from parsing.sandbox.parent import DAMAGED, STOP_WALL_S, Child, ChildLost, Patience
from parsing.sniff.mime import PAGED, PDF
from parsing.types import Section

log = structlog.get_logger(__name__)

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    # one thread: a process with more must not be forked
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    # unstructured stays at home
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    "HF_HUB_OFFLINE": "1",
}
RENDERERS = 2
RENDER_WALL_S = 30
START_WALL_S = 60
WALL_PER_CPU = 10  # a child runs beside others, and after the web server

Progress = Callable[[int, int], None]


class Sandbox:
    """A fresh child process for each file.

    Args:
        settings: limits of each child and how many parse at the same time. Page images do not wait for parsing.
        ocr: how text is recognised in scans and pictures.

    Raises:
        StartupFailed: tesseract is asked for and not there.
    """

    def __init__(self, settings: ParserSettings, ocr: OcrSettings | None = None) -> None:
        self._settings = settings
        self._ocr = _ocr_task(ocr or OcrSettings())
        self._parsing = asyncio.Semaphore(settings.processes)
        self._rendering = asyncio.Semaphore(RENDERERS)
        self._starting = asyncio.Lock()
        self._forkserver: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    async def start(self) -> None:
        """Start the process that children are forked from (about 2 s); without it the first file does."""
        await self._open_control()

    async def parse(
        self, path: Path, mime_type: str, on_progress: Progress | None = None
    ) -> AsyncGenerator[Section, None]:
        """The sections of a file, as they are read. Close the iterator to stop; the child then ends too.

        Args:
            on_progress: called in the event loop with (pages done, pages in all).

        A page of a PDF that breaks the limits is given up and named in its section's ``warning``; the rest is read.

        Raises:
            DocumentUnreadable: no text can be had from it within the limits; the sentence says why.
        """
        settings = self._settings
        page_wall_s = WALL_PER_CPU * settings.page_cpu_s
        patience = Patience(settings.wall_s, page_wall_s if mime_type in PAGED else None)
        progress = PageByPage(mime_type, patience, settings.cpu_s, settings.page_cpu_s)
        task = {"do": "parse", "path": str(path), "mime_type": mime_type, "ocr": self._ocr}
        async with self._parsing:
            while True:
                try:
                    async for section in self._sections(task, progress, on_progress or _unseen):
                        yield section
                    break
                except ChildLost as error:
                    for section in progress.lose(error):
                        yield section
                    if progress.is_through:
                        break
        progress.require_text()

    async def _sections(
        self, task: dict[str, Any], progress: PageByPage, on_progress: Progress
    ) -> AsyncIterator[Section]:
        """What one child reads, from the page on that is next."""
        async with self._child() as child:
            child.tell(task | self._memory | progress.task)
            async for message in child.messages(progress.patience):
                if "section" in message:
                    section = _section_in(message)
                    progress.read(section, message["cpu_s"])
                    yield section
                elif "progress" in message:
                    progress.opened(message["progress"][1])
                    on_progress(*message["progress"])
                elif "recognising" in message:
                    progress.recognising(WALL_PER_CPU * self._settings.page_cpu_s)

    async def render(self, path: Path, page: int, width_px: int, mime_type: str = PDF) -> bytes:
        """Page ``page`` (1-based) of a PDF or a picture as a PNG.

        Raises:
            DocumentUnreadable: the page cannot be drawn within the limits.
        """
        cpu_s = self._settings.page_cpu_s
        task = {"do": "render", "path": str(path), "mime_type": mime_type, "page": page, "width_px": width_px}
        async with self._rendering, self._child() as child:
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
    async def _child(self) -> AsyncIterator[Child]:
        """A new child; leaving the block kills it."""
        work, life = await self._fork()
        reader, writer = await asyncio.open_connection(sock=work)
        life_reader, life_writer = await asyncio.open_connection(sock=life)
        try:
            yield Child(reader, writer, life_reader)
        finally:
            writer.close()
            life_writer.close()

    async def _fork(self) -> tuple[socket.socket, socket.socket]:
        for attempt in (1, 2):
            control = await self._open_control()
            work, work_of_child = socket.socketpair()
            life, lifeline_of_forkserver = socket.socketpair()
            try:
                socket.send_fds(control, [b"f"], [work_of_child.fileno(), lifeline_of_forkserver.fileno()])
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
            forkserver, control = await asyncio.to_thread(_start_forkserver)
            self._forkserver, self._control = forkserver, control
            return control


def _start_forkserver() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        forkserver = subprocess.Popen(
            [sys.executable, "-P", "-m", "parsing.sandbox.forkserver", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,  # Ctrl-C in a terminal is for the server alone
        )
    ours.settimeout(START_WALL_S)
    with contextlib.suppress(OSError):
        if ours.recv(1) == b"+":
            ours.settimeout(None)
            return forkserver, ours
    ours.close()
    forkserver.kill()
    forkserver.wait()
    raise StartupFailed("The process that opens files cannot be started.")


def _ocr_task(settings: OcrSettings) -> dict[str, Any]:
    """What a child must know to recognise text."""
    tesseract = shutil.which("tesseract")
    if settings.engine == "tesseract" and tesseract is None:
        raise StartupFailed("FOOTNOTE_OCR_ENGINE is tesseract, but tesseract is not installed.")
    return {**settings.model_dump(), "tesseract": tesseract}


def _section_in(message: dict[str, Any]) -> Section:
    try:
        return wire.to_section(message["section"])
    except (ValueError, KeyError, TypeError) as error:
        raise ChildLost(DAMAGED, "it is damaged", "the message makes no sense") from error


def _unseen(_done: int, _total: int) -> None:
    """Nobody watches."""

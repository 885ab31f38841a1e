"""Opens files in child processes with limits of memory, CPU and time. The server itself never parses."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import structlog

from core.errors import DocumentUnreadable, StartupFailed
from core.settings import ParserSettings
from ingestion import frames
from ingestion.types import Section

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
    # unstructured stays at home
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    "HF_HUB_OFFLINE": "1",
}
RENDERERS = 2
RENDER_WALL_S = 30
START_WALL_S = 60
STOP_WALL_S = 5

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Child:
    """The server's side of one child process."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    life: asyncio.StreamReader

    def tell(self, task: dict[str, Any]) -> None:
        """Give it its task."""
        self.writer.write(frames.pack(task))

    async def messages(self, wall_s: float) -> AsyncIterator[dict[str, Any]]:
        """What it says, up to and with its last message. Only waiting for it counts against ``wall_s``.

        Raises:
            DocumentUnreadable: it said so, or it was over its limits or crashed.
        """
        left_s = wall_s
        while True:
            since = time.monotonic()
            message = await self._next(left_s, wall_s)
            left_s -= time.monotonic() - since
            yield message
            if "end" in message or "image" in message:
                return

    async def _next(self, left_s: float, wall_s: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(left_s):
                message = await frames.read(self.reader)
        except TimeoutError as error:
            raise _failed(f"The file takes longer than {wall_s:g} seconds to open.", "wall time") from error
        except frames.ConnectionEnded:
            _raise_for(await self._exit_code())
        if "unreadable" in message:
            raise DocumentUnreadable(message["unreadable"])
        if "crash" in message:
            raise _failed("The file is damaged or of a kind that cannot be read.", message["crash"])
        return message

    async def _exit_code(self) -> int | None:
        """How it ended: its status, or minus the signal; None when its nursery ended with it."""
        with contextlib.suppress(frames.ConnectionEnded, TimeoutError):
            async with asyncio.timeout(STOP_WALL_S):
                exit_code: int = (await frames.read(self.life))["exit"]
                return exit_code
        return None


class Sandbox:
    """A fresh child process for each file.

    Args:
        settings: limits of each child and how many parse at the same time. Page images do not wait for parsing.
    """

    def __init__(self, settings: ParserSettings) -> None:
        self._settings = settings
        self._parsing = asyncio.Semaphore(settings.processes)
        self._rendering = asyncio.Semaphore(RENDERERS)
        self._starting = asyncio.Lock()
        self._nursery: subprocess.Popen[bytes] | None = None
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

        Raises:
            DocumentUnreadable: no text can be had from it within the limits; the sentence says why.
        """
        task = {"do": "parse", "path": str(path), "mime_type": mime_type}
        async with self._parsing, self._child() as child:
            child.tell(task | self._limits)
            async for message in child.messages(self._settings.wall_s):
                if "section" in message:
                    yield Section.model_validate(message["section"])
                elif "progress" in message and on_progress is not None:
                    on_progress(*message["progress"])

    async def render(self, path: Path, page: int, width_px: int) -> bytes:
        """Page ``page`` (1-based) of a PDF as a PNG.

        Raises:
            DocumentUnreadable: the page cannot be drawn within the limits.
        """
        task = {"do": "render", "path": str(path), "page": page, "width_px": width_px}
        async with self._rendering, self._child() as child:
            child.tell(task | self._limits)
            image: bytes = [message async for message in child.messages(RENDER_WALL_S)][-1]["image"]
            return image

    async def close(self) -> None:
        """Kill all children and the process they come from."""
        nursery, control = self._nursery, self._control
        self._nursery = self._control = None
        if control is not None:
            control.close()
        if nursery is not None:
            try:
                await asyncio.to_thread(nursery.wait, STOP_WALL_S)
            except subprocess.TimeoutExpired:
                nursery.kill()
                await asyncio.to_thread(nursery.wait)

    @property
    def _limits(self) -> dict[str, int]:
        return {"memory_bytes": self._settings.memory_bytes, "cpu_s": self._settings.cpu_s}

    @asynccontextmanager
    async def _child(self) -> AsyncIterator["Child"]:
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
            life, life_of_nursery = socket.socketpair()
            try:
                socket.send_fds(control, [b"f"], [work_of_child.fileno(), life_of_nursery.fileno()])
                return work, life
            except OSError:
                work.close()
                life.close()
                log.warning("sandbox.nursery_lost", attempt=attempt)
                await self.close()
            finally:
                work_of_child.close()
                life_of_nursery.close()
        raise StartupFailed("The process that opens files cannot be started.")

    async def _open_control(self) -> socket.socket:
        async with self._starting:
            if self._control is not None:
                return self._control
            nursery, control = await asyncio.to_thread(_start_nursery)
            self._nursery, self._control = nursery, control
            return control


def _start_nursery() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        nursery = subprocess.Popen(
            [sys.executable, "-P", "-m", "ingestion.nursery", str(theirs.fileno())],
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
            return nursery, ours
    ours.close()
    nursery.kill()
    nursery.wait()
    raise StartupFailed("The process that opens files cannot be started.")


def _raise_for(exit_code: int | None) -> NoReturn:
    """The sentence for a child that ended without an answer."""
    if exit_code in (-signal.SIGXCPU, -signal.SIGKILL):
        raise _failed("The file took too much computing time to open.", f"exit code {exit_code}")
    if exit_code in (-signal.SIGABRT, -signal.SIGTRAP, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL):
        raise _failed("The file is damaged, or needs more memory to open than is allowed.", f"exit code {exit_code}")
    raise _failed("The file could not be opened: it is damaged or far too large.", f"exit code {exit_code}")


def _failed(sentence: str, detail: str) -> DocumentUnreadable:
    error = DocumentUnreadable(sentence)
    log.warning("sandbox.child_failed", reference=error.reference, detail=detail)
    return error

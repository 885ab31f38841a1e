"""The server's side of one child process: what it says, how long it may be silent, and why it ended."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import structlog

from core.errors import DocumentUnreadable
from parsing.sandbox import frames

log = structlog.get_logger(__name__)

STOP_WALL_S = 5
LAST_MESSAGES = ("end", "image")
DAMAGED = "The file is damaged or of a kind that cannot be read."
TOO_SLOW = "The file takes longer than {limit_s:g} seconds to open."


class ChildLost(DocumentUnreadable):
    """A child ended before its work was done.

    Attributes:
        reason: the same for one page; goes on after “Page 7 could not be read: ”.
        is_out_of_time: computing time or time ran out.
    """

    def __init__(self, sentence: str, reason: str, detail: str, *, is_out_of_time: bool = False) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.is_out_of_time = is_out_of_time
        log.warning("sandbox.child_lost", reference=self.reference, detail=detail)


@dataclass
class Patience:
    """How long a child may still be waited for, in all and for its present page; in seconds."""

    file_s: float
    page_s: float | None = None
    limit_s: float = 0.0
    _page_left_s: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.limit_s = self.limit_s or self.file_s
        self.turn_page()

    @property
    def left_s(self) -> float:
        """Until it runs out."""
        return self.file_s if self.page_s is None else min(self.file_s, self._page_left_s)

    def spend(self, seconds: float) -> None:
        """So long it was waited for."""
        self.file_s -= seconds
        self._page_left_s -= seconds

    def turn_page(self) -> None:
        """A new page has begun."""
        self._page_left_s = self.page_s or 0.0


@dataclass(frozen=True, slots=True)
class Child:
    """One child process."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    life: asyncio.StreamReader

    def tell(self, task: dict[str, Any]) -> None:
        """Give it its task."""
        self.writer.write(frames.pack(task))

    async def messages(self, patience: Patience) -> AsyncIterator[dict[str, Any]]:
        """What it says, up to and with its last message. Only waiting for it counts.

        Nothing is read ahead: while nobody asks for the next message, the child waits too.

        Raises:
            DocumentUnreadable: it said so.
            ChildLost: it was over its limits or crashed.
        """
        while True:
            since = time.monotonic()
            try:
                message = await self._next(patience)
            finally:
                patience.spend(time.monotonic() - since)
            yield message
            if any(key in message for key in LAST_MESSAGES):
                return

    async def _next(self, patience: Patience) -> dict[str, Any]:
        try:
            async with asyncio.timeout(patience.left_s):
                message = await frames.read(self.reader)
        except TimeoutError as error:
            sentence = TOO_SLOW.format(limit_s=patience.limit_s)
            raise ChildLost(sentence, "it takes too long", "wall time", is_out_of_time=True) from error
        except frames.ConnectionEnded as error:
            raise _lost(await self._exit_code()) from error
        if "unreadable" in message:
            raise DocumentUnreadable(message["unreadable"])
        if "crash" in message:
            raise ChildLost(DAMAGED, "it is damaged", message["crash"])
        return message

    async def _exit_code(self) -> int | None:
        """How it ended: its status, or minus the signal; None when its forkserver ended with it."""
        with contextlib.suppress(frames.ConnectionEnded, TimeoutError):
            async with asyncio.timeout(STOP_WALL_S):
                exit_code: int = (await frames.read(self.life))["exit"]
                return exit_code
        return None


def _lost(exit_code: int | None) -> ChildLost:
    """Why a child ended without an answer."""
    detail = f"exit code {exit_code}"
    if exit_code in (-signal.SIGXCPU, -signal.SIGKILL):
        sentence, reason = "The file took too much computing time to open.", "it takes too much computing time"
        return ChildLost(sentence, reason, detail, is_out_of_time=True)
    if exit_code in (-signal.SIGABRT, -signal.SIGTRAP, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL):
        sentence = "The file is damaged, or needs more memory to open than is allowed."
        return ChildLost(sentence, "it is damaged, or needs more memory than is allowed", detail)
    return ChildLost("The file could not be opened: it is damaged or far too large.", "it is damaged", detail)

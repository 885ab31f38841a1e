"""Starts the forkserver, with nothing of the server in it, and learns how far its children are isolated."""

import contextlib
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from core.errors import StartupFailed
from parsing.isolation.probe import ATTEMPTS
from parsing.sandbox import frames

log = structlog.get_logger(__name__)

Degree = Literal["full", "partial", "none"]

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    # one thread: a process with more must not be forked
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    # no telemetry of unstructured
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    "HF_HUB_OFFLINE": "1",
}
START_WALL_S = 60
CANNOT_START = "The process that opens files cannot be started."
NOT_STRICT = (
    "FOOTNOTE_PARSER_ISOLATION is strict, but on this machine a process that opens files can still {can_still}."
    " docs/security.md says what is needed."
)


@dataclass(frozen=True, slots=True)
class Isolation:
    """How far the processes that open files are cut off, as tried out by one of them at the start.

    Attributes:
        can_still: what they can do besides opening their file, in words; empty: nothing.
        namespaces: that they have for themselves.
    """

    can_still: tuple[str, ...]
    namespaces: tuple[str, ...] = ()

    @property
    def degree(self) -> Degree:
        """``full``: everything that was tried failed; ``partial``: some of it; ``none``: isolation is off or impossible."""
        if not self.can_still:
            return "full"
        return "none" if set(ATTEMPTS) <= set(self.can_still) else "partial"

    def log(self) -> None:
        """Say it in the log."""
        level = log.info if self.degree == "full" else log.warning
        level("sandbox.isolation", degree=self.degree, can_still=self.can_still, namespaces=self.namespaces)


def launched(isolation: str) -> tuple[subprocess.Popen[bytes], socket.socket, Isolation]:
    """The forkserver, the socket on which it is asked for children, and how far they are isolated.

    Args:
        isolation: ``auto``, ``strict`` or ``off``, as ``ParserSettings.isolation``.

    Raises:
        StartupFailed: it did not start within a minute, or its children are less isolated than ``strict`` asks for.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        forkserver = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "parsing.sandbox.forkserver",
                str(theirs.fileno()),
                str(int(isolation != "off")),
            ],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,  # Ctrl-C in a terminal is for the server alone
        )
    ours.settimeout(START_WALL_S)
    with contextlib.suppress(OSError, frames.ConnectionEnded):
        said = frames.receive(ours)
        ours.settimeout(None)
        reached = Isolation(tuple(said["can_still"]), tuple(said["namespaces"]))
        if reached.can_still and isolation == "strict":
            end(forkserver, ours)
            raise StartupFailed(NOT_STRICT.format(can_still=", ".join(reached.can_still)))
        return forkserver, ours, reached
    end(forkserver, ours)
    raise StartupFailed(CANNOT_START)


def end(forkserver: subprocess.Popen[bytes], control: socket.socket) -> None:
    """End a forkserver at once, and with it its children."""
    control.close()
    forkserver.kill()
    forkserver.wait()

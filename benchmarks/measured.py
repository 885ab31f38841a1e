"""Runs a process that measures itself, and watches its memory.

The process prints ``ready`` when it has started up, and as its last line JSON with ``start_up_s``, ``total_s``, ``parts`` and ``chunks``.
"""

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_EVERY_S = 0.05
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Measured:
    """The figures of the process, and its observed memory once it was ready.

    Attributes:
        parts: seconds by part of the work.
        peak_mb: sum of the process and its children; pages that a child shares with its parent count twice.
        servers_mb: sum of the servers that it started in its folder (PostgreSQL, Redis); shared memory counts once per process.
    """

    start_up_s: float
    total_s: float
    parts: dict[str, float]
    chunks: int
    peak_mb: float
    servers_mb: float


class Failed(Exception):
    """The process failed; the message is the end of its output."""


def measure(command: Sequence[str], folder: Path, root: Path, environment: dict[str, str]) -> Measured:
    """Runs a command to its end.

    Args:
        folder: the working directories of the servers that it starts are in it.

    Raises:
        Failed: it ended with an error or without figures.
    """
    process = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[str] = []
    listener = threading.Thread(target=lambda: errors.extend(process.stderr or ()), daemon=True)
    listener.start()
    lines: list[str] = []
    watch = Watch(process.pid, folder)
    for line in process.stdout:
        lines.append(line)
        if line.strip() == "ready":
            watch.start()
    watch.stop()
    status = process.wait()
    listener.join()
    try:
        facts = json.loads(lines[-1])
    except (IndexError, ValueError) as error:
        raise Failed(f"ended with {status}: {''.join(errors[-15:])}") from error
    named = {name: facts[name] for name in ("start_up_s", "total_s", "parts", "chunks")}
    return Measured(**named, peak_mb=watch.peak / MEGABYTE, servers_mb=watch.servers / MEGABYTE)


class Watch:
    """Samples the memory of a process in a thread, every ``SAMPLE_EVERY_S`` seconds."""

    def __init__(self, pid: int, folder: Path) -> None:
        self.peak = 0
        self.servers = 0
        self._pid = pid
        self._folder = str(folder.resolve())
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def start(self) -> None:
        """Starts sampling."""
        self._thread.start()

    def stop(self) -> None:
        """Stops sampling."""
        self._done.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _look(self) -> None:
        servers = self._found_servers()
        while not self._done.is_set():
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(self._pid)
                children = [child for child in process.children(recursive=True) if child not in servers]
                self.peak = max(self.peak, _rss([process, *children]))
                self.servers = max(self.servers, _rss(servers))
            self._done.wait(SAMPLE_EVERY_S)

    def _found_servers(self) -> list[psutil.Process]:
        """The servers of the process: they detach from it and are recognised by their working directories."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.pid != self._pid and process.cwd().startswith(self._folder):
                    found.append(process)
        return found


def _rss(processes: Iterable[psutil.Process]) -> int:
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total

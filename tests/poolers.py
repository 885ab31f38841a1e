"""A real PgBouncer in transaction mode in front of a test's PostgreSQL."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.embedded.postgres import EmbeddedPostgres
from core.embedded.process import spawn, stop
from scripts.packages import pgbouncer

STARTS_S = 20.0
CONNECTIONS = 8  # to the server, of each database
CONFIG = """[databases]
* = host={server} user=postgres

[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 2000
logfile = {folder}/pgbouncer.log
"""


class PgBouncer:
    """In front of a server, in a folder of its own.

    Args:
        folder: a short path, for its socket; it exists.
    """

    def __init__(self, program: str, server: EmbeddedPostgres, folder: Path) -> None:
        self._program, self._server, self._folder = program, server, folder
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql+asyncpg://postgres@/postgres?host={folder}&port=6432"

    def start(self) -> None:
        """Start it, and wait until it listens. Call it from the main thread, see ``process.spawn``."""
        config, user = self._folder / "pgbouncer.ini", self._server.user
        config.write_text(CONFIG.format(server=self._server.socket_dir, folder=self._folder, connections=CONNECTIONS))
        if user is not None:  # it refuses to run as root, like PostgreSQL
            os.chown(self._folder, user, -1)
        self._process = spawn([self._program, config], log=self._folder / "output.log", user=user)
        _wait(self._folder)

    @property
    def has_ended(self) -> bool:
        """True when it ended by itself: 1.18 does when a client leaves while its question to a frozen server is being taken back."""
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> None:
        """End it at once: its connections are cut."""
        if self._process is not None:
            stop(self._process)


@contextmanager
def pooler(server: EmbeddedPostgres) -> Iterator[str]:
    """The address of the server's own database, through the pooler."""
    program = pgbouncer()
    if program is None:
        assert not os.environ.get("CI"), "PgBouncer is missing: python scripts/packages.py"
        pytest.skip("PgBouncer is missing: python scripts/packages.py")
    folder = Path(tempfile.mkdtemp(prefix="fn-pool-"))
    started = PgBouncer(program, server, folder)
    try:
        started.start()
        yield started.url
    finally:
        started.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(folder: Path) -> None:
    deadline = time.monotonic() + STARTS_S
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as tried:
                return tried.connect(str(folder / ".s.PGSQL.6432"))
        except OSError:
            log = folder / "pgbouncer.log"
            assert time.monotonic() < deadline, log.read_text() if log.exists() else "PgBouncer did not start"
            time.sleep(0.05)

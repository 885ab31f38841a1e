"""A real PgBouncer in transaction mode in front of a test's PostgreSQL."""

import os
import shutil
import socket
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


@contextmanager
def pooler(server: EmbeddedPostgres) -> Iterator[str]:
    """The address of the server's own database, through the pooler."""
    program = pgbouncer()
    if program is None:
        assert not os.environ.get("CI"), "PgBouncer is missing: python scripts/packages.py"
        pytest.skip("PgBouncer is missing: python scripts/packages.py")
    folder = Path(tempfile.mkdtemp(prefix="fn-pool-"))
    (folder / "pgbouncer.ini").write_text(
        CONFIG.format(server=server.socket_dir, folder=folder, connections=CONNECTIONS)
    )
    if server.user is not None:  # it refuses to run as root, like PostgreSQL
        os.chown(folder, server.user, -1)
    process = spawn([program, folder / "pgbouncer.ini"], log=folder / "output.log", user=server.user)
    try:
        _wait(folder)
        yield f"postgresql+asyncpg://postgres@/postgres?host={folder}&port=6432"
    finally:
        stop(process)
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

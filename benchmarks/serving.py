"""Runs the real server in a separate process on a temporary folder, with signed-in people."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import psutil

from benchmarks.installation import Program, Web, free_port, wait_for
from core.access import Role
from core.parts import open_parts
from core.settings import Settings
from core.tokens import sign_session
from db import auth_sessions, libraries, users
from db.base import now
from db.session import Database

PASSWORD = "a password for benchmarks"
READY_WITHIN_S = 600.0


class Server(Web):
    """A running Footnote server."""

    @property
    def rss_bytes(self) -> int:
        """Memory of the server process, without parsers, PostgreSQL and Redis."""
        assert self.process is not None
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def is_ready(self) -> bool:
        """True once the models are loaded."""
        try:
            return httpx.get(f"{self.url}/health/ready").status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def serving(**settings: str) -> Iterator[Server]:
    """A ready server until the block ends; its folder is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="fn-", ignore_cleanup_errors=True) as name:
        port, folder = free_port(), Path(name)
        environment = {
            "FOOTNOTE_VAR_DIR": str(folder),
            "FOOTNOTE_PORT": str(port),
            "FOOTNOTE_ADMIN_PASSWORD": PASSWORD,
            "FOOTNOTE_LOG_LEVEL": "warning",
            **settings,
        }
        server = Server(["cli", "serve"], folder / "server.log", environment, url=f"http://127.0.0.1:{port}")
        server.start()
        try:
            try:
                wait_for(server.is_ready, READY_WITHIN_S)
            except RuntimeError as error:
                raise RuntimeError(f"The server did not start: {server.log.read_text()[-2000:]}") from error
            yield server
        finally:
            Program.stop(server)


async def sign_in(client: httpx.AsyncClient, username: str) -> dict[str, str]:
    """Signs a person in; returns the HTTP headers."""
    answer = await client.post("/api/auth/token", data={"username": username, "password": PASSWORD})
    answer.raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def people(server: Server, count: int) -> list[dict[str, str]]:
    """The HTTP headers of ``count`` new people. Writes rows only: checking passwords is deliberately slow, and not measured."""
    settings = Settings(_env_file=None, var_dir=Path(server.environment["FOOTNOTE_VAR_DIR"]))
    expires_at = now() + timedelta(hours=2)
    headers = []
    with open_parts(settings, may_visit=True) as parts:
        database = Database(parts.database_url)
        async with database.transaction() as session:
            for name in (f"person{number}" for number in range(count)):
                user = await users.create(session, username=name, password_hash="-", role=Role.USER)
                await libraries.create_personal(session, user.id, name)
                row = await auth_sessions.create(session, user_id=user.id, kind="api", expires_at=expires_at)
                token = sign_session(parts.secret, session_id=row.id, username=name, kind="api", expires_at=expires_at)
                headers.append({"Authorization": f"Bearer {token}"})
        await database.close()
    return headers

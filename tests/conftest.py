"""What every test may ask for: real PostgreSQL and Redis from the wheels, the real embedding model, people."""

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from arq.connections import ArqRedis
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from core.access import Principal, Role
from core.embedded.postgres import EmbeddedPostgres
from core.embedded.redis import EmbeddedRedis
from core.settings import Settings
from db import migrate
from db.session import Database

if TYPE_CHECKING:
    from rag.embedding.embeddings import FootnoteEmbeddings

SECRET = "a secret that is only used in tests, 0123456789"
MODELS = Path(__file__).resolve().parents[1] / ".pytest_cache" / "models"  # converted once, not once per run
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

for name in [name for name in os.environ if name.startswith("FOOTNOTE_") and not name.startswith("FOOTNOTE_TEST_")]:
    del os.environ[name]
os.environ["HF_HUB_OFFLINE"] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on the evaluation data are skipped where it is absent."""
    skip = pytest.mark.skip(reason="the evaluation data is not beside this checkout")
    for item in items:
        if item.get_closest_marker("shared") and not SHARED.exists():
            item.add_marker(skip)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the evaluation data."""
    return SHARED


@pytest.fixture(scope="session")
def servers_dir() -> Iterator[Path]:
    """A short path of our own: unix sockets have little room."""
    folder = Path(tempfile.mkdtemp(prefix="fn-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(servers_dir: Path) -> Iterator[EmbeddedPostgres]:
    """The server; tests want :func:`database`."""
    server = EmbeddedPostgres(servers_dir)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_url(servers_dir: Path) -> Iterator[str]:
    """URL of a real Redis."""
    server = EmbeddedRedis(servers_dir)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[ArqRedis]:
    """An emptied Redis."""
    client = ArqRedis.from_url(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


async def _sql(postgres: EmbeddedPostgres, statement: str) -> None:
    engine = create_async_engine(postgres.url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


def _named(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
async def _template(postgres: EmbeddedPostgres) -> str:
    await _sql(postgres, "CREATE DATABASE template_footnote")
    await migrate.upgrade(_named(postgres.url, "template_footnote"))
    return "template_footnote"


@pytest.fixture
async def empty_database_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """URL of a database without tables."""
    name = f"empty_{uuid4().hex[:12]}"
    await _sql(postgres, f"CREATE DATABASE {name}")
    yield _named(postgres.url, name)
    await _sql(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(postgres: EmbeddedPostgres, _template: str) -> AsyncIterator[Database]:
    """A migrated database of the test's own."""
    name = f"test_{uuid4().hex[:12]}"
    await _sql(postgres, f"CREATE DATABASE {name} TEMPLATE {_template} STRATEGY FILE_COPY")
    opened = Database(_named(postgres.url, name), pool_size=5)
    yield opened
    await opened.close()
    await _sql(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Defaults, on a folder of the test's own."""
    return Settings(_env_file=None, var_dir=tmp_path, secret_key=SecretStr(SECRET))


@pytest.fixture
def make_user(database: Database, redis: ArqRedis, settings: Settings) -> Callable[..., Awaitable[Principal]]:
    """``await make_user("alice")``: a user with the password ``"correct horse"``."""
    from accounts.service import Accounts

    accounts = Accounts(database, redis, settings, SECRET)

    async def make(username: str = "alice", role: str = "user") -> Principal:
        return await accounts.add_user(username, "correct horse", Role(role))

    return make


@pytest.fixture(scope="session")
def embeddings() -> "FootnoteEmbeddings":
    """The bundled model, loaded once."""
    from core.settings import EmbeddingSettings
    from rag.embedding.embeddings import build_embeddings

    model = build_embeddings(EmbeddingSettings(), MODELS)
    model.load()
    return model


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Of a test that ran out of time, say what it waited for: the stacks of threads do not show coroutines."""
    report = yield
    if call.excinfo is not None and "Timeout (>" in str(call.excinfo.value):
        waiting = StringIO()
        # issubclass of the type: isinstance asks some objects for __class__, and proxies answer that with an error
        for task in [one for one in gc.get_objects() if issubclass(type(one), asyncio.Task) and not one.done()]:
            task.print_stack(file=waiting)
        report.sections.append(("what was waited for", waiting.getvalue()))
    return report

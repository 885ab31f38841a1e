"""What every test may ask for: real PostgreSQL and Redis from the wheels, the real embedding model, people."""

import asyncio
import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import nullcontext
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from arq.connections import ArqRedis
from pydantic import SecretStr

from core.access import Principal, Role
from core.database_url import with_pooler
from core.embedded.postgres import EmbeddedPostgres
from core.embedded.redis import EmbeddedRedis
from core.rate_limit import RateLimiter
from core.settings import Settings
from db.session import Database
from tests.databases import Databases, databases_of
from tests.in_memory import use_memory
from tests.poolers import pooler
from tests.statements import compiled_once
from tests.workers import pytest_testnodedown as pytest_testnodedown
from tests.workers import pytest_xdist_auto_num_workers as pytest_xdist_auto_num_workers
from tests.workers import pytest_xdist_make_scheduler as pytest_xdist_make_scheduler

if TYPE_CHECKING:
    from rag.embedding.embeddings import FootnoteEmbeddings

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SECRET = "a secret that is only used in tests, 0123456789"
MODELS = Path(__file__).resolve().parents[1] / ".pytest_cache" / "models"  # converted once, not once per run
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

# How long an example takes says more about what else the machine does than about the code.
hypothesis.settings.register_profile(
    "any machine",
    hypothesis.settings.get_profile(hypothesis.settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("any machine")

for name in [name for name in os.environ if name.startswith("FOOTNOTE_") and not name.startswith("FOOTNOTE_TEST_")]:
    del os.environ[name]
os.environ["HF_HUB_OFFLINE"] = "1"
use_memory()


LONGEST = ("test_patterns.py", "test_linear_time.py", "test_zoo.py")  # modules of minutes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on the evaluation data are skipped where it is absent; the longest modules come first, so that no worker waits for them."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
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
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
async def databases(postgres: EmbeddedPostgres) -> AsyncIterator[Databases]:
    """What makes databases; tests want :func:`database`. With FOOTNOTE_TEST_POOLER the tests reach them through a PgBouncer."""
    with pooler(postgres) if os.environ.get("FOOTNOTE_TEST_POOLER") else nullcontext() as url:
        async with databases_of(postgres, url and with_pooler(url, "transaction")) as opened:
            yield opened


@pytest.fixture
async def empty_database_url(databases: Databases) -> AsyncIterator[str]:
    """URL of a database without tables."""
    async with databases.empty() as url:
        yield url


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    """A migrated database of the test's own."""
    async with databases.migrated() as url:
        opened = Database(url)
        yield opened
        await opened.close()


@pytest.fixture(autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Argon2id at its lowest cost: a password of the product takes a sixth of a second of four cores, twice in many tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.passwords._HASHER", CHEAP)
        yield


@pytest.fixture(autouse=True, scope="session")
def statements() -> Iterator[None]:
    """See :mod:`tests.statements`."""
    with compiled_once():
        yield


@pytest.fixture(autouse=True, scope="session")
async def close_models() -> AsyncIterator[None]:
    """Close the connections to language models that tests opened: a chain is closed by who built it, here at the end."""
    from rag.models.chain import ModelChain

    built: list[ModelChain] = []
    original = ModelChain.__init__

    def collecting(self: ModelChain, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        built.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ModelChain, "__init__", collecting)
        yield
    for chain in built:
        await chain.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Defaults, on a folder of the test's own."""
    return Settings(_env_file=None, var_dir=tmp_path, secret_key=SecretStr(SECRET))


@pytest.fixture
def make_user(database: Database, redis: ArqRedis, settings: Settings) -> Callable[..., Awaitable[Principal]]:
    """``await make_user("alice")``: a user with the password ``"correct horse"``."""
    from accounts.service import Accounts

    accounts = Accounts(database, redis, RateLimiter(redis), settings, SECRET)

    async def make(username: str = "alice", role: str = "user") -> Principal:
        return await accounts.add_user(username, "correct horse", Role(role))

    return make


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder of converted models, with the bundled one in it: converted once, by one process."""
    from core.settings import EmbeddingSettings
    from rag.embedding.build import build_embeddings

    MODELS.mkdir(parents=True, exist_ok=True)
    with (MODELS.parent / "models.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not any(MODELS.iterdir()):
            build_embeddings(EmbeddingSettings(), MODELS).load()
    return MODELS


@pytest.fixture(scope="session")
def embeddings(models: Path) -> "FootnoteEmbeddings":
    """The bundled model, loaded once."""
    from core.settings import EmbeddingSettings
    from rag.embedding.build import build_embeddings

    model = build_embeddings(EmbeddingSettings(), models)
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

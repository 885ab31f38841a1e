"""The whole HTTP side over real services: PostgreSQL, Redis, Qdrant Edge, the parsers' child processes, the real embeddings."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import structlog
from arq.connections import ArqRedis
from fastapi import FastAPI

from accounts.service import Accounts
from answers.ledger import Ledger
from answers.reviews import Reviews
from answers.service import AnswerService
from api.app import include
from core.access import LibraryRole, Principal
from core.rate_limit import RateLimiter
from core.settings import ParserSettings, Settings
from db import libraries
from db.session import Database
from ingestion.blobs import build_blob_store
from ingestion.jobs.queue import ArqJobQueue
from ingestion.service import IngestionService
from ingestion.types import DocumentView
from ingestion.worker.pipeline import IngestionPipeline
from parsing.sandbox.sandbox import Sandbox
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import build_index
from rag.index.live import IndexVersion, LiveIndex
from rag.pipeline import RagPipeline
from rag.writing.writer import Answering
from tests.conftest import SECRET
from tests.documents import HANDBOOK

PASSWORD = "correct horse"
BASE = "http://test"


@dataclass
class House:
    """Opened services behind an app, and people at its door."""

    app: FastAPI
    accounts: Accounts
    ingestion: IngestionService
    pipeline: IngestionPipeline
    answers: AnswerService
    database: Database
    settings: Settings
    make_user: Callable[..., Awaitable[Principal]]

    @asynccontextmanager
    async def visitor(self, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A client that has not signed in."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
            yield client

    async def token(self, username: str, kind: str = "api") -> str:
        """A fresh sign-in of a user with the usual password."""
        signed_in = await self.accounts.sign_in(username, PASSWORD, kind=kind, address="192.0.2.1")  # type: ignore[arg-type]
        return signed_in.token

    @asynccontextmanager
    async def signed_in(self, username: str) -> AsyncIterator[httpx.AsyncClient]:
        """A client with the bearer token of an existing user."""
        async with self.visitor(Authorization=f"Bearer {await self.token(username)}") as client:
            yield client

    async def bring(self, username: str, content: bytes = HANDBOOK, name: str = "handbook.pdf") -> DocumentView:
        """A document of the user, read and searchable."""
        principal = await self.accounts.principal_of_user(username)

        async def stream() -> AsyncIterator[bytes]:
            yield content

        submission = await self.ingestion.submit(principal, stream(), name)
        await self.pipeline.run(submission.job.job_id)
        return await self.ingestion.document(principal, submission.document.id)

    async def share(self, owner: Principal, username: str, role: LibraryRole) -> None:
        """Let another user into the owner's library."""
        member = await self.accounts.principal_of_user(username)
        async with self.database.transaction() as session:
            await libraries.set_member(session, owner.personal_library_id, member.user_id, role)


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """The default of structlog prints every local variable of every frame, for seconds."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    )


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(ParserSettings())
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def house(
    database: Database,
    redis: ArqRedis,
    settings: Settings,
    embeddings: FootnoteEmbeddings,
    sandbox: Sandbox,
    make_user: Callable[..., Awaitable[Principal]],
) -> AsyncIterator[House]:
    blobs = build_blob_store(settings.blob, settings.var_dir)
    index = build_index(settings.qdrant, settings.var_dir)
    await index.open(embeddings.dimension, model=embeddings.name)
    accounts = Accounts(database, redis, settings, SECRET)
    live = LiveIndex(IndexVersion(1, embeddings, index, settings.chunk))
    ingestion = IngestionService(database, redis, blobs, ArqJobQueue(redis), settings, live, sandbox)
    pipeline = IngestionPipeline(database, redis, blobs, sandbox, live, settings)
    rag = RagPipeline(live, Answering(None), settings.retrieval)
    answers = AnswerService(database, RateLimiter(redis), rag, settings)
    app = FastAPI(openapi_url=None)
    app.state.settings, app.state.accounts, app.state.ingestion = settings, accounts, ingestion
    app.state.answers, app.state.database, app.state.limiter = answers, database, RateLimiter(redis)
    app.state.ledger, app.state.reviews = Ledger(database), Reviews(database, RateLimiter(redis), settings.limit)
    include(app)
    yield House(app, accounts, ingestion, pipeline, answers, database, settings, make_user)
    await index.close()


def asked(client: httpx.AsyncClient, question: str, **more: object) -> Awaitable[httpx.Response]:
    """``POST /api/chat``."""
    return client.post("/api/chat", json={"question": question, **more}, timeout=60)


def upload(
    client: httpx.AsyncClient, content: bytes = HANDBOOK, name: str = "handbook.pdf", **fields: str
) -> Awaitable[httpx.Response]:
    """``POST /api/documents``."""
    return client.post("/api/documents", files={"file": (name, content)}, data=fields)


LEAVE = "How many days of paid annual leave does an employee receive?"
PUBLIC = Path(__file__).resolve().parents[2] / "public"
NOBODYS = UUID("00000000-0000-4000-8000-000000000000")

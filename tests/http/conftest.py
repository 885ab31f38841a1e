"""The whole HTTP side over real services: PostgreSQL, Redis, Qdrant Edge, the parsers' child processes, the real embeddings."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import structlog
from arq.connections import ArqRedis
from fastapi import FastAPI

import account.app
import admin.app
from accounts.keys import KeyRequest, NewKey
from accounts.service import Accounts
from answers.service import AnswerService
from api.app import include
from conversations.runs.live import LiveRuns
from core.access import LibraryRole, Principal, Scope
from core.settings import ParserSettings, Settings
from db import groups, libraries, members
from db.session import Database
from ingestion.service import IngestionService
from ingestion.types import DocumentView
from ingestion.worker.pipeline import IngestionPipeline
from parsing.sandbox.sandbox import Sandbox
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import build_index
from rag.index.live import IndexVersion, LiveIndex
from services import Services
from tests.documents import HANDBOOK
from tests.graph import wired

PASSWORD = "correct horse"
BASE = "http://test"


@dataclass
class House:
    """Opened services behind an app, and people at its door."""

    app: FastAPI
    services: Services
    make_user: Callable[..., Awaitable[Principal]]

    @property
    def accounts(self) -> Accounts:
        return self.services.accounts

    @property
    def ingestion(self) -> IngestionService:
        return self.services.ingestion

    @property
    def pipeline(self) -> IngestionPipeline:
        return self.services.ingestion_pipeline

    @property
    def answers(self) -> AnswerService:
        return self.services.answers

    @property
    def database(self) -> Database:
        return self.services.database

    @property
    def settings(self) -> Settings:
        return self.services.settings

    def change(self, **changed: object) -> None:
        """Put other services in place of the app's own; runs are answered by other ``answers``."""
        if "answers" in changed:
            live = self.services.runs.live
            changed["runs"] = runs = copy(self.services.runs)
            runs._answers = changed["answers"]  # type: ignore[assignment]
            runs.live = LiveRuns(self.database, runs._answers, self.services.conversations, live._writer)
        self.services = self.app.state.services = replace(self.services, **changed)  # type: ignore[arg-type]

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

    async def make_key(self, username: str, *scopes: Scope, **more: object) -> NewKey:
        """An API key of an existing user; without scopes: with the scope ``read``."""
        principal = await self.accounts.principal_of_user(username)
        wanted = KeyRequest("script", scopes or (Scope.READ,), **more)  # type: ignore[arg-type]
        return await self.accounts.keys.create(principal, wanted)

    @asynccontextmanager
    async def with_key(self, username: str, *scopes: Scope, **more: object) -> AsyncIterator[httpx.AsyncClient]:
        """A client with a new API key of an existing user."""
        key = await self.make_key(username, *scopes, **more)
        async with self.visitor(Authorization=f"Bearer {key.key}") as client:
            yield client

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

    async def share_with_group(self, owner: Principal, username: str, role: LibraryRole) -> None:
        """Let a group, with one user in it, into the owner's library."""
        member = await self.accounts.principal_of_user(username)
        async with self.database.transaction() as session:
            await groups.sync_claims(session, member.user_id, ["crew"])
            crew = await groups.by_name(session, "crew")
            assert crew is not None
            await members.set_group(session, owner.personal_library_id, crew.id, role)


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
    index = build_index(settings.qdrant, settings.var_dir)
    await index.open(embeddings.dimension, model=embeddings.name)
    live = LiveIndex(IndexVersion(1, embeddings, index, settings.chunk))
    services = wired(settings, database=database, redis=redis, sandbox=sandbox, live=live)
    app = FastAPI(openapi_url=None)
    app.state.services = services
    include(app)
    admin.app.include(app)
    account.app.include(app)
    house = House(app, services, make_user)
    yield house
    await house.services.runs.live.drain(0)
    await services.answers.drain()
    await services.cache.drain()
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

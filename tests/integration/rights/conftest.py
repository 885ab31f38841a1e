"""People with documents, conversations and everything else, over real parts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis

from accounts.keys import KeyRequest
from conversations.runs.types import RunRequest
from core.access import Principal, Scope
from core.settings import ParserSettings, Settings
from db.session import Database
from parsing.sandbox.sandbox import Sandbox
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import build_index
from rag.index.live import IndexVersion, LiveIndex
from services import Services
from tests.documents import pdf
from tests.graph import wired

PASSWORD = "correct horse"
SECRET_WORD = "zyzzyvine"  # in everything that belongs to the person who is erased, and nowhere else
PAGES = [
    f"The {SECRET_WORD} policy. Every employee receives 25 days of paid annual leave per year.",
    f"Expenses of the {SECRET_WORD} project. Receipts are due within 30 days.",
]
QUESTION = f"How many days of leave does the {SECRET_WORD} policy give?"


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(ParserSettings())
    yield sandbox
    await sandbox.close()


@dataclass
class World:
    """Services, and how people use them."""

    services: Services
    make_user: Callable[..., Awaitable[Principal]]

    async def bring(self, who: Principal, content: bytes, name: str, library_id: UUID | None = None) -> UUID:
        """A document, read and searchable."""

        async def stream() -> AsyncIterator[bytes]:
            yield content

        done = await self.services.ingestion.submit(who, stream(), name, library_id=library_id)
        await self.services.ingestion_pipeline.run(done.job.job_id)
        return done.document.id

    async def ask(self, who: Principal, question: str) -> UUID:
        """A question answered in a new conversation; returns the id of the run."""
        thread_id = uuid4()
        run_id = self.services.runs.start(who, RunRequest(question=question, thread_id=thread_id, begins_thread=True))
        await self.services.runs.events(who, run_id)
        await self.services.conversations.writes.lines.flush()
        return run_id

    async def again(self, who: Principal) -> Principal:
        """The person with the libraries that they have by now."""
        return await self.services.accounts.principal_of_user(who.username)

    async def furnish(self, username: str = "alice-zyzzyvine") -> Principal:
        """A person with something of every kind."""
        who = await self.make_user(username)
        library = await self.services.ingestion.libraries.create(who, f"{SECRET_WORD} notes")
        who = await self.again(who)
        await self.bring(who, pdf(PAGES), f"{SECRET_WORD}.pdf")
        await self.bring(who, f"More about {SECRET_WORD}.".encode(), f"{SECRET_WORD}.txt", library.library_id)
        await self.services.accounts.sign_in(username, PASSWORD, kind="api", address="192.0.2.1")
        await self.services.accounts.keys.create(who, KeyRequest(SECRET_WORD, (Scope.READ,)))
        run_id = await self.ask(who, QUESTION)
        await self.services.threads.rate(who, run_id, "down", f"The {SECRET_WORD} is wrong")
        refused = await self.ask(who, f"Who founded the {SECRET_WORD} dynasty of Burgundy in 1431?")
        await self.services.reviews.tell(who, refused, f"Where is {SECRET_WORD}?")
        return who


@pytest.fixture
async def world(
    database: Database,
    redis: ArqRedis,
    settings: Settings,
    embeddings: FootnoteEmbeddings,
    sandbox: Sandbox,
    make_user: Callable[..., Awaitable[Principal]],
) -> AsyncIterator[World]:
    index = build_index(settings.qdrant, settings.var_dir)
    await index.open(embeddings.dimension, model=embeddings.name)
    live = LiveIndex(IndexVersion(1, embeddings, index, settings.chunk))
    services = wired(settings, is_cached=True, database=database, redis=redis, sandbox=sandbox, live=live)
    yield World(services, make_user)
    await services.runs.live.drain(0)
    await services.answers.drain()
    await services.cache.drain()
    await index.close()

"""Nothing crosses a scope: whatever people bring, replace, delete, share and ask, with all caches on and everybody asking the same.

Each document holds a secret of its own about one of a few projects, in the same words as all the others. Whoever asks about a project may
hear the secrets of the documents that they can see at this moment, and of no other: not in an answer, a citation, a source or the name
of a nearest document. And no entry of a cache that was written for one scope is ever read for another.
"""

import re
from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from accounts.service import Accounts
from answers.service import AnswerService
from core.access import LibraryRole, Principal, Role, SearchScope, scope_of
from core.cache import Cache, CacheNamespace
from core.settings import LimitSettings, ParserSettings, Settings
from db import libraries
from db.models import LibraryMember
from db.session import Database
from ingestion.service import IngestionService
from ingestion.worker.pipeline import IngestionPipeline
from parsing.sandbox.sandbox import Sandbox
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.question_cache import QuestionVectorCache
from rag.events import AnswerEvent, Citations, Done, Started
from rag.index import build_index
from rag.index.live import IndexVersion, LiveIndex
from tests.graph import wired

PEOPLE = 3
PROJECTS = ("Falcon", "Osprey")
WORDINGS = (
    "What is the access code of project {}?",
    "what is the access code of project {}",
    "Which access code does project {} have?",
    "Please tell me the access code of project {}.",
)
SECRETS = re.compile(r"zq\d+zq")
IDS = re.compile(r'"document_id":"([0-9a-f-]{36})"')

asking: ContextVar[SearchScope | None] = ContextVar("asking", default=None)  # the scope that somebody asks within


@dataclass
class Paper:
    """A document as it should be."""

    document_id: UUID
    library_id: UUID
    project: str
    secret: str


@dataclass
class Town:
    """People with their libraries, what they know of each other, and the machinery that all of them share."""

    accounts: Accounts
    database: Database
    ingestion: IngestionService
    worker: IngestionPipeline
    answers: AnswerService
    people: list[Principal] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    given_again: int = 0
    secrets: int = 0

    async def settle(self) -> None:
        """New people, who know nobody."""
        self.papers, self.people = [], []
        for _ in range(PEOPLE):
            self.people.append(await self.accounts.add_user(f"p{uuid4().hex[:10]}", "correct horse", Role.USER))

    async def now(self, person: int) -> Principal:
        """A person with the libraries that are theirs to see now, as at every request."""
        one = self.people[person]
        async with self.database.reader() as session:
            personal, grants = await libraries.grants_of(session, one.user_id)
        return Principal(one.user_id, one.username, one.role, personal, grants)

    def _text(self, project: str) -> tuple[str, bytes]:
        self.secrets += 1
        secret = f"zq{self.secrets}zq"
        text = (
            f"# Project {project}\n\nThe access code of project {project} is {secret}. The team chose it in spring.\n"
        )
        return secret, text.encode()

    async def _take_in(self, person: int, data: bytes, **more: Any) -> UUID:
        async def pieces() -> AsyncIterator[bytes]:
            yield data

        submitted = await self.ingestion.submit(await self.now(person), pieces(), "note.md", **more)
        await self.worker.run(submitted.job.job_id)
        return submitted.document.id

    async def bring(self, person: int, project: int) -> None:
        """A person writes something into their own library."""
        secret, data = self._text(PROJECTS[project])
        library_id = self.people[person].personal_library_id
        document_id = await self._take_in(person, data)
        self.papers.append(Paper(document_id, library_id, PROJECTS[project], secret))

    async def replace(self, which: int) -> None:
        """A document gets a new version: its former secret is nobody's to hear any more."""
        if self.papers:
            paper = self.papers[which % len(self.papers)]
            secret, data = self._text(paper.project)
            await self._take_in(self._owner(paper), data, replaces=paper.document_id)
            paper.secret = secret

    async def delete(self, which: int) -> None:
        """A document goes."""
        if self.papers:
            paper = self.papers.pop(which % len(self.papers))
            await self.ingestion.delete_document(await self.now(self._owner(paper)), paper.document_id)

    async def share(self, person: int, other: int) -> None:
        """A person lets another one see their library."""
        if person != other:
            async with self.database.transaction() as session:
                library_id = self.people[person].personal_library_id
                await libraries.set_member(session, library_id, self.people[other].user_id, LibraryRole.VIEWER)

    async def part(self, person: int, other: int) -> None:
        """A person lets another one see their library no more."""
        if person != other:
            library_id, user_id = self.people[person].personal_library_id, self.people[other].user_id
            is_theirs = (LibraryMember.library_id == library_id) & (LibraryMember.user_id == user_id)
            async with self.database.transaction() as session:
                await session.execute(delete(LibraryMember).where(is_theirs))

    async def all_ask(self, project: int, wording: int, narrowed: int) -> None:
        """Everybody asks the same; now and then about some documents only, also those that are not theirs to see."""
        question = WORDINGS[wording].format(PROJECTS[project])
        some = [paper.document_id for paper in self.papers][: narrowed // 2] if narrowed % 2 else None
        for person in range(PEOPLE):
            principal = await self.now(person)
            scope = scope_of(principal, None if some is None else frozenset(some))
            asking.set(scope)
            events = [event async for event in self.answers.ask(principal, question, document_ids=some)]
            await self.answers.drain()
            visible = [paper for paper in self.papers if scope.allows(paper.library_id, paper.document_id)]
            await self._check(principal, events, visible, PROJECTS[project])

    async def _check(self, principal: Principal, events: list[AnswerEvent], visible: list[Paper], project: str) -> None:
        told = "\n".join(event.model_dump_json() for event in events)
        assert set(SECRETS.findall(told)) <= {paper.secret for paper in visible}, "a secret crossed"
        assert {UUID(found) for found in IDS.findall(told)} <= {paper.document_id for paper in visible}, (
            "a name crossed"
        )
        if any(paper.project == project for paper in visible):
            assert isinstance(events[-1], Done), "what may be heard was not told"
        if isinstance(events[-1], Done):
            self.given_again += events[-1].cached is not None
            await self._open_footnotes(principal, events, {paper.secret for paper in visible})

    async def _open_footnotes(self, principal: Principal, events: list[AnswerEvent], secrets: set[str]) -> None:
        started = events[0]
        assert isinstance(started, Started)
        for citation in next(event for event in events if isinstance(event, Citations)).citations:
            view = await self.answers.citation(principal, started.answer_run_id, citation.number)
            assert view.cited
            assert view.quote == citation.quote
            assert set(SECRETS.findall(view.quote)) <= secrets

    def _owner(self, paper: Paper) -> int:
        return [person.personal_library_id for person in self.people].index(paper.library_id)


@pytest.fixture
def watched_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every entry remembers the scope that it was written for; reading one for another scope is an error."""
    written: dict[tuple[str, str], SearchScope | None] = {}
    get, put, listed, push = CacheNamespace.get, CacheNamespace.put, CacheNamespace.listed, CacheNamespace.push

    def may_read(namespace: CacheNamespace, key: str) -> None:
        if namespace._name != "embeddings":  # a text has the same vector for everybody
            assert written[namespace._name, key] == asking.get(), f"an entry of {namespace._name} crossed"

    async def watched_get(self: CacheNamespace, key: str, *, is_counted: bool = True) -> Any:
        found = await get(self, key, is_counted=is_counted)
        if found is not None:
            may_read(self, key)
        return found

    async def watched_listed(self: CacheNamespace, key: str) -> list[Any]:
        found = await listed(self, key)
        if found:
            may_read(self, key)
        return found

    async def watched_put(self: CacheNamespace, key: str, *more: Any) -> None:
        written[self._name, key] = asking.get()
        await put(self, key, *more)

    async def watched_push(self: CacheNamespace, key: str, *more: Any) -> None:
        written[self._name, key] = asking.get()
        await push(self, key, *more)

    monkeypatch.setattr(CacheNamespace, "get", watched_get)
    monkeypatch.setattr(CacheNamespace, "put", watched_put)
    monkeypatch.setattr(CacheNamespace, "listed", watched_listed)
    monkeypatch.setattr(CacheNamespace, "push", watched_push)


@pytest.fixture
async def town(
    database: Database,
    redis: ArqRedis,
    settings: Settings,
    embeddings: FootnoteEmbeddings,
    watched_namespaces: None,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Town]:
    """Real parts, from files to answers; one index, one PostgreSQL and one Redis for everybody."""
    settings = settings.model_copy(update={"limit": LimitSettings(questions_per_minute=10_000)})
    cache = Cache(redis, answer_within_s=5)
    monkeypatch.setattr(
        embeddings, "question_cache", QuestionVectorCache(cache.namespace("embeddings", 600), embeddings.name, "")
    )
    sandbox = Sandbox(ParserSettings())
    index = build_index(settings.qdrant, settings.var_dir)
    await index.open(embeddings.dimension, model=embeddings.name)
    live = LiveIndex(IndexVersion(1, embeddings, index, settings.chunk))
    services = wired(settings, is_cached=True, database=database, redis=redis, cache=cache, sandbox=sandbox, live=live)
    yield Town(services.accounts, database, services.ingestion, services.ingestion_pipeline, services.answers)
    await sandbox.close()
    await index.close()


person, project, paper = st.integers(0, PEOPLE - 1), st.integers(0, len(PROJECTS) - 1), st.integers(0, 5)
asks = st.tuples(st.just("all_ask"), project, st.integers(0, len(WORDINGS) - 1), st.sampled_from([0, 0, 0, 0, 3, 5]))
changes = st.one_of(
    st.tuples(st.just("bring"), person, project),
    st.tuples(st.just("replace"), paper),
    st.tuples(st.just("delete"), paper),
    st.tuples(st.just("share"), person, person),
    st.tuples(st.just("part"), person, person),
)
# Something is brought, then whatever happens is asked about, in one wording or another, before and after.
DAYS = st.tuples(
    st.lists(st.tuples(st.just("bring"), person, project), min_size=1, max_size=3),
    st.lists(st.one_of(asks, asks, changes), min_size=4, max_size=10),
)
BRING, ASK, ASK_OTHERWISE, ASK_OF_ONE = (
    ("bring", 0, 0),
    ("all_ask", 0, 0, 0),
    ("all_ask", 0, 2, 0),
    ("all_ask", 0, 0, 3),
)
KNOWN_DAY = (
    [BRING, ("bring", 1, 0)],
    [
        ASK,
        ASK_OTHERWISE,
        ASK_OF_ONE,
        ("share", 0, 1),
        ASK,
        ASK_OF_ONE,
        ASK,
        ("replace", 0),
        ASK,
        ASK,
        ("part", 0, 1),
        ASK,
        ("delete", 0),
        ASK,
    ],
)


@pytest.mark.timeout(1200)
@example(KNOWN_DAY)
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(DAYS)
async def test_nothing_crosses_a_scope(town: Town, day: tuple[list[Any], list[Any]]) -> None:
    await town.settle()
    given_again = town.given_again
    for name, *arguments in [*day[0], *day[1]]:
        await getattr(town, name)(*arguments)
    if day == KNOWN_DAY:
        assert town.given_again - given_again >= 4  # the caches were at work

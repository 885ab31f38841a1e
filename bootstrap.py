"""The composition root: the only place that builds the objects of :class:`services.Services` and wires them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial
from typing import TypedDict

from arq.connections import ArqRedis
from asyncpg.exceptions import PostgresError
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import Unpack

from accounts.all_libraries import AllLibraries
from accounts.audit_log import AuditLog
from accounts.groups import Groups
from accounts.keyed_requests import KeyedRequests
from accounts.members import Members
from accounts.own import OwnAccount
from accounts.people.service import People
from accounts.service import Accounts
from answers.cache.caches import AnswerCaches
from answers.cache.warming import AnswerWarmer
from answers.cases import CaseRunner, CaseRuns, Cases
from answers.dashboard import Dashboard
from answers.exercises.service import ExerciseService
from answers.journal import Journal
from answers.ledger import Ledger
from answers.reviews import Reviews
from answers.reviews.again import ReviewAgain
from answers.reviews.collector import ReviewCollector
from answers.search import PassageSearch
from answers.service import AnswerService
from answers.sums import SumKeeper
from answers.verification import QuestionVerifier
from conversations.naming import Naming
from conversations.oversight.service import ConversationOversight
from conversations.runs.background import AnswerSlots
from conversations.runs.reading import RunReader
from conversations.runs.service import Runs
from conversations.runs.upkeep import RunUpkeep
from conversations.service import Conversations
from conversations.sharing.exports import Exports
from conversations.sharing.shares import Shares
from conversations.threads import Threads
from core.access import Oversight
from core.cache import Cache
from core.closing import cancelled, step
from core.disk_space import DiskSpace
from core.embedded.keeper import keep
from core.errors import StartupFailed
from core.parts import Parts, open_parts
from core.rate_limit import RateLimiter
from core.settings import EmbeddingSettings, Settings
from db import migrate, oversight
from db.session import Database
from ingestion.blobs import BlobStore, build_blob_store
from ingestion.blobs.deferring import DeferringBlobStore
from ingestion.indexing.builder import IndexBuilder
from ingestion.indexing.recipe import BuildEmbeddings, Recipe
from ingestion.indexing.versions import IndexVersions
from ingestion.jobs.queue import ArqJobQueue
from ingestion.monitor import JobMonitor
from ingestion.service import IngestionService
from ingestion.sources.service import DocumentSources
from ingestion.sources.slots import SourceSlots
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.upkeep import Chores, GuideMaker
from parsing.sandbox.sandbox import Sandbox
from rag.embedding.build import build_embeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.question_cache import QuestionVectorCache
from rag.index import build_index
from rag.index.live import LiveIndex
from rag.models.chain import build_chain
from rag.pipeline import RagPipeline
from rag.retrieval.rerank import build_reranking
from rag.writing.writer import AnswerWriter
from readiness import checks_of, readiness_of, troubles_of
from rights.build import build_rights
from services import Services

_REDIS_TIMEOUT_S = 3.0  # a frozen server accepts connections but does not answer
# The longest wait for each step of a graceful shutdown.
_END_S, _SANDBOX_END_S, _ANSWERS_END_S, _INDEX_END_S = 5.0, 10.0, 15.0, 15.0
_SERVERS_END_S = 45.0  # they are killed before that
_LEFT_FOR_S = 600.0  # age of half-written files that no other process can still be writing


class Replacements(TypedDict, total=False):
    """Objects that :func:`wire` uses instead of building them, by their names in :class:`services.Services`.

    Attributes:
        build_embeddings: settings of an embedding model → that model.
        rag: the pipeline that answers; ``AnswerService`` calls only its ``stream`` and ``check``.
    """

    database: Database
    redis: ArqRedis
    cache: Cache
    blobs: BlobStore
    live: LiveIndex
    sandbox: Sandbox
    build_embeddings: BuildEmbeddings
    rag: RagPipeline


@asynccontextmanager
async def open_services(settings: Settings, *, may_visit: bool = False) -> AsyncIterator[Services]:
    """Start or connect to every part, migrate, and wire the services; close all in reverse order when the block ends.

    Models are not loaded here: see :func:`supervise.warm_up`.

    Args:
        may_visit: share the embedded servers of a running process (database and queue only; the index belongs to it).

    Raises:
        StartupFailed: a part is missing or refuses access; the message is for the operator.
    """
    async with AsyncExitStack() as stack:
        servers = ExitStack()
        stack.push_async_callback(
            step, "PostgreSQL and Redis", partial(asyncio.to_thread, servers.close), _SERVERS_END_S
        )
        parts = servers.enter_context(open_parts(settings, may_visit=may_visit))
        for server in parts.servers:
            _run_beside(stack, f"keeper of {server.name}", keep(server))
        services = wire(settings, parts)
        stack.push_async_callback(step, "connections to PostgreSQL", services.database.close, _END_S)
        stack.push_async_callback(step, "connections to Redis", services.redis.aclose, _END_S)
        await _reach("PostgreSQL", "FOOTNOTE_DATABASE_URL", services.database.ping)
        await _reach("Redis", "FOOTNOTE_REDIS_URL", services.redis.ping)
        if parts.is_owner:
            await migrate.settle(parts.database_url, settings.database.migrate, services.database.engine)
        await services.blobs.check()
        if parts.is_owner:
            await services.blobs.tidy(_LEFT_FOR_S)
        stack.push_async_callback(
            step, "the index and the embedding thread", services.index_versions.close, _INDEX_END_S
        )
        if services.models:
            stack.push_async_callback(step, "connections to language models", services.models.close, _END_S)
        if services.reranking:
            stack.push_async_callback(step, "the reranker", services.reranking.close, _END_S)
        stack.push_async_callback(step, "writes to the cache", services.cache.drain, _END_S)
        stack.push_async_callback(step, "stopped answers to be stored", services.answers.drain, _ANSWERS_END_S)
        stack.push_async_callback(step, "questions asked again", services.review_again.close, _ANSWERS_END_S)
        stack.push_async_callback(step, "journals of answers", services.runs.live.flush, _ANSWERS_END_S)
        _run_beside(stack, "heartbeats of answers", services.run_upkeep.beat_always())
        _run_beside(stack, "listening for stops of answers", services.run_upkeep.listen())
        stack.push_async_callback(step, "the processes that open files", services.sandbox.close, _SANDBOX_END_S)
        if services.settings.parser.isolation == "strict":
            await services.sandbox.start()  # else it starts with the models: here it can still refuse
        yield services


def _run_beside(stack: AsyncExitStack, name: str, work: Coroutine[None, None, None]) -> None:
    """Run this until the stack is closed. Each is a task of its own, so that a cancellation that gets lost is repeated."""
    task = asyncio.create_task(work, name=name)
    stack.push_async_callback(step, name, partial(cancelled, name, task, _END_S), _END_S)


async def _reach(name: str, variable: str, ping: Callable[[], Awaitable[object]]) -> None:
    try:
        await ping()
    except (OSError, SQLAlchemyError, RedisError, PostgresError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise StartupFailed(f"{name} cannot be reached ({reason}); check {variable}.") from error


def wire(settings: Settings, parts: Parts, **replacements: Unpack[Replacements]) -> Services:
    """Every service on the addresses of ``parts``: nothing is opened, loaded or connected. Raises StartupFailed: an address is wrong."""
    database, redis = _connections(settings, parts, replacements)
    cache = replacements.get("cache") or Cache(redis, settings.cache.memory_bytes)
    blobs = DeferringBlobStore(replacements.get("blobs") or build_blob_store(settings.blob, parts.var_dir), database)
    live = replacements.get("live") or LiveIndex()
    sandbox = replacements.get("sandbox") or Sandbox(settings.parser, settings.ocr)
    queue, limiter = ArqJobQueue(redis), RateLimiter(redis)
    disk = DiskSpace(parts.var_dir, settings.blob.min_free_bytes)
    build = replacements.get("build_embeddings") or _build_embeddings(settings, parts, cache)
    index_versions = _index_versions(settings, parts, database, live, disk, build)
    reranking, chain = build_reranking(settings.rerank), build_chain(settings.llm)
    rag = replacements.get("rag") or RagPipeline(live, AnswerWriter(chain), settings.retrieval, reranking)
    caches = AnswerCaches(database, cache, live, settings)
    warm = AnswerWarmer(database, rag, caches, writes_answers=not settings.llm.has_model)
    checks = checks_of(settings, database, redis, live, blobs, chain)
    accounts = Accounts(database, redis, limiter, settings, parts.secret)
    answers, conversations = AnswerService(database, limiter, rag, settings, caches), Conversations(database)
    seen_by_admins = settings.admin.conversations
    reviews = Reviews(database, limiter, settings.limit, seen_by_admins, oversight.are_opened)
    runs = Runs(database, redis, answers, conversations, queue, RunReader(database, Journal(redis), rag))
    ingestion = IngestionService(database, redis, blobs, queue, settings, live, sandbox, cache)
    return Services(
        settings=settings,
        parts=parts,
        database=database,
        redis=redis,
        cache=cache,
        queue=queue,
        blobs=blobs,
        live=live,
        disk=disk,
        reranking=reranking,
        models=chain,
        rag=rag,
        index_versions=index_versions,
        builder=IndexBuilder(database, live, index_versions, settings.embedding.batch_size, disk),
        accounts=accounts,
        audit_log=AuditLog(database, parts.secret),
        groups=Groups(database),
        members=Members(database, limiter),
        all_libraries=AllLibraries(database),
        people=People(database, redis, limiter, settings),
        own_account=OwnAccount(database, redis, settings),
        keyed_requests=KeyedRequests(database),
        ingestion=ingestion,
        ingestion_pipeline=IngestionPipeline(database, redis, blobs, sandbox, live, settings, queue, disk),
        sources=DocumentSources(database, settings.links, queue),
        source_slots=SourceSlots(database, ingestion, settings.links, accounts.principal_of_user),
        chores=Chores(database, redis, blobs, live, settings.upkeep, warm),
        guides=GuideMaker(database, live, QuestionVerifier(database, rag)),
        sandbox=sandbox,
        limiter=limiter,
        answers=answers,
        search=PassageSearch(database, limiter, live, settings, reranking),
        exercises=ExerciseService(database, limiter, rag, live, settings, chain, reranking),
        conversations=conversations,
        oversight=ConversationOversight(database, seen_by_admins, conversations.writes),
        threads=Threads(database, conversations.writes),
        naming=Naming(database, conversations.writes, limiter, settings.limit, chain if settings.llm.names else None),
        exports=Exports(database, conversations.writes, limiter),
        shares=Shares(database, conversations.writes, limiter, settings.sharing, parts.secret),
        runs=runs,
        answer_slots=AnswerSlots(database, runs.live, accounts, queue, settings.worker.max_answers),
        run_upkeep=RunUpkeep(database, redis, answers, conversations, runs.live, queue),
        ledger=Ledger(database),
        reviews=reviews,
        review_again=ReviewAgain(database, reviews, answers),
        review_collector=ReviewCollector(database, live, settings.review, seen_by_admins),
        cases=Cases(database, reviews),
        case_runs=CaseRuns(database, queue.enqueue_cases),
        case_runner=CaseRunner(database, rag, live, settings.llm, settings.worker.max_answers),
        sums=SumKeeper(database),
        dashboard=Dashboard(database, shows_all_questions=seen_by_admins is Oversight.ON),
        monitor=JobMonitor(database, redis, queue),
        readiness=readiness_of(checks, index_versions, redis, sandbox, partial(troubles_of, live, disk)),
        rights=build_rights(database, redis, blobs, live, accounts, queue, ingestion, settings.retention),
    )


def _index_versions(
    settings: Settings, parts: Parts, database: Database, live: LiveIndex, disk: DiskSpace, build: BuildEmbeddings
) -> IndexVersions:
    index_of = partial(build_index, settings.qdrant, parts.var_dir, require_room=disk.require_floor)
    return IndexVersions(database, live, index_of, Recipe(settings.embedding, settings.chunk, build))


def _connections(settings: Settings, parts: Parts, replacements: Replacements) -> tuple[Database, ArqRedis]:
    database = replacements.get("database") or Database(parts.database_url, settings.database.pool_size)
    return database, replacements.get("redis") or _redis(parts)


def _redis(parts: Parts) -> ArqRedis:
    return ArqRedis.from_url(parts.redis_url, socket_timeout=_REDIS_TIMEOUT_S, socket_connect_timeout=_REDIS_TIMEOUT_S)


def _build_embeddings(settings: Settings, parts: Parts, cache: Cache) -> BuildEmbeddings:
    """A builder of embeddings that cache the vectors of questions."""
    questions = cache.namespace("embeddings", settings.cache.embeddings_s)

    def build(embedding: EmbeddingSettings) -> FootnoteEmbeddings:
        embeddings = build_embeddings(embedding, cache_dir=parts.var_dir / "models")
        embeddings.question_cache = QuestionVectorCache(questions, *map(str, embeddings.identity))
        return embeddings

    return build

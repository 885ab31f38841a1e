"""The composition root: the only place that builds the objects of :class:`services.Services` and wires them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial
from typing import TypedDict

from arq.connections import ArqRedis
from asyncpg.exceptions import PostgresError
from redis.exceptions import RedisError
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from typing_extensions import Unpack

from accounts.service import Accounts
from answers.cache.caches import AnswerCaches
from answers.cache.warming import AnswerWarmer
from answers.ledger import Ledger
from answers.reviews import Reviews
from answers.service import AnswerService
from conversations.service import Conversations
from core.cache import Cache
from core.closing import step
from core.errors import StartupFailed
from core.parts import Parts, open_parts
from core.rate_limit import RateLimiter
from core.readiness import Check, Readiness
from core.settings import EmbeddingSettings, Settings
from db import migrate
from db.session import Database
from ingestion.blobs import BlobStore, build_blob_store
from ingestion.indexing.builder import IndexBuilder
from ingestion.indexing.recipe import BuildEmbeddings, Recipe
from ingestion.indexing.versions import IndexVersions
from ingestion.jobs.queue import ArqJobQueue, attended
from ingestion.service import IngestionService
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.upkeep import Chores
from parsing.sandbox.sandbox import Sandbox
from rag.embedding.build import build_embeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.remembering import QuestionMemory
from rag.index import build_index
from rag.index.live import LiveIndex
from rag.models.chain import ModelChain, build_chain
from rag.pipeline import RagPipeline
from rag.retrieval.rerank import build_reranking
from rag.writing.writer import Answering
from services import Services

_REDIS_TIMEOUT_S = 3.0  # one that is frozen takes connections and says nothing
# How long each step of an orderly end is waited for, at most.
_END_S, _SANDBOX_END_S, _ANSWERS_END_S, _INDEX_END_S = 5.0, 10.0, 15.0, 15.0
_SERVERS_END_S = 45.0  # they are killed before that
_LEFT_FOR_S = 600.0  # half-written files that no other process of ours can be writing any more


class Replacements(TypedDict, total=False):
    """Objects that :func:`wire` takes in place of those it would build, by their names in :class:`services.Services`.

    Attributes:
        build_embeddings: settings of an embedding model → that model.
        rag: the pipeline that answers; ``AnswerService`` asks nothing else of it than ``stream`` and ``check``.
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
    """Start or reach every part, migrate, wire; close all of it in reverse order when the block ends.

    Models are not loaded here: see :func:`supervise.warm_up`.

    Args:
        may_visit: share the embedded servers of a running process (database and queue only; the index belongs to it).

    Raises:
        StartupFailed: a part is missing or refuses; the message is for the operator.
    """
    async with AsyncExitStack() as stack:
        servers = ExitStack()
        stack.push_async_callback(
            step, "PostgreSQL and Redis", partial(asyncio.to_thread, servers.close), _SERVERS_END_S
        )
        parts = servers.enter_context(open_parts(settings, may_visit=may_visit))
        services = wire(settings, parts)
        stack.push_async_callback(step, "connections to PostgreSQL", services.database.close, _END_S)
        stack.push_async_callback(step, "connections to Redis", services.redis.aclose, _END_S)
        await _reach("PostgreSQL", "FOOTNOTE_DATABASE_URL", services.database.ping)
        await _reach("Redis", "FOOTNOTE_REDIS_URL", services.redis.ping)
        if parts.is_owner and not await migrate.is_current(services.database.engine):
            await migrate.upgrade(parts.database_url)
        await services.blobs.check()
        if parts.is_owner:
            await services.blobs.tidy(_LEFT_FOR_S)
        stack.push_async_callback(
            step, "the index and the embedding thread", services.index_versions.close, _INDEX_END_S
        )
        if services.reranking:
            stack.push_async_callback(step, "the reranker", services.reranking.close, _END_S)
        stack.push_async_callback(step, "writes to the cache", services.cache.drain, _END_S)
        stack.push_async_callback(step, "stopped answers to be stored", services.answers.drain, _ANSWERS_END_S)
        stack.push_async_callback(step, "the processes that open files", services.sandbox.close, _SANDBOX_END_S)
        yield services


async def _reach(name: str, variable: str, ping: Callable[[], Awaitable[object]]) -> None:
    try:
        await ping()
    except (OSError, SQLAlchemyError, RedisError, PostgresError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise StartupFailed(f"{name} cannot be reached ({reason}); check {variable}.") from error


def wire(settings: Settings, parts: Parts, **replacements: Unpack[Replacements]) -> Services:
    """Build every service over the addresses of ``parts``; nothing is opened, loaded or asked yet.

    ``replacements`` are used instead of being built; what is built on top of one gets it too. Raises StartupFailed: the database's address
    cannot be read.
    """
    given = replacements
    database = given.get("database") or _database(settings, parts)
    redis = given.get("redis") or _redis(parts)
    cache = given.get("cache") or Cache(redis, settings.cache.memory_bytes)
    blobs = given.get("blobs") or build_blob_store(settings.blob, parts.var_dir)
    live = given.get("live") or LiveIndex()
    sandbox = given.get("sandbox") or Sandbox(settings.parser, settings.ocr)
    queue, limiter = ArqJobQueue(redis), RateLimiter(redis)
    build = given.get("build_embeddings") or _build_embeddings(settings, parts, cache)
    recipe = Recipe(settings.embedding, settings.chunk, build)
    index_versions = IndexVersions(database, live, partial(build_index, settings.qdrant, parts.var_dir), recipe)
    reranking = build_reranking(settings.rerank)
    chain = build_chain(settings.llm)
    rag = given.get("rag") or RagPipeline(live, Answering(chain), settings.retrieval, reranking)
    caches = AnswerCaches(database, cache, live, settings)
    warm = AnswerWarmer(database, rag, caches, writes_answers=not settings.llm.has_model)
    checks = _checks(settings, database, redis, live, blobs, chain)
    return Services(
        settings=settings,
        parts=parts,
        database=database,
        redis=redis,
        cache=cache,
        queue=queue,
        blobs=blobs,
        live=live,
        reranking=reranking,
        rag=rag,
        index_versions=index_versions,
        builder=IndexBuilder(database, live, index_versions, settings.embedding.batch_size),
        accounts=Accounts(database, redis, settings, parts.secret),
        ingestion=IngestionService(database, redis, blobs, queue, settings, live, sandbox, cache),
        ingestion_pipeline=IngestionPipeline(database, redis, blobs, sandbox, live, settings, queue),
        chores=Chores(database, redis, blobs, live, settings.upkeep, warm),
        sandbox=sandbox,
        limiter=limiter,
        answers=AnswerService(database, limiter, rag, settings, caches),
        conversations=Conversations(database),
        ledger=Ledger(database),
        reviews=Reviews(database, limiter, settings.limit),
        readiness=Readiness(checks, lambda: index_versions.notice, partial(attended, redis)),
    )


def _checks(
    settings: Settings,
    database: Database,
    redis: ArqRedis,
    live: LiveIndex,
    blobs: BlobStore,
    chain: ModelChain | None,
) -> list[Check]:
    """What ``/health/ready`` asks, and what it means when it does not answer."""
    checks = [
        Check("postgres", database.ping, "The database does not answer: nobody can sign in or ask.", is_needed=True),
        Check(
            "redis",
            redis.ping,
            "Redis does not answer: nothing is cached, limits are counted by each process, files are read later.",
        ),
        Check(
            "index",
            live.ping,
            "The search index does not answer: no question can be answered.",
            is_needed=True,
            is_opened_by_models=True,
        ),
        Check(
            "files", blobs.ping, "The file storage does not answer: files can neither be added nor opened.", every_s=10
        ),
    ]
    if settings.embedding.url:
        sentence = "The embedding server does not answer: no question can be answered."
        checks.append(
            Check("embeddings", live.ping_embeddings, sentence, is_needed=True, is_opened_by_models=True, every_s=10)
        )
    if chain:
        sentence = "No language model answers: answers are put together from sentences of the documents."
        checks.append(Check("llm", chain.ping, sentence))
    return checks


def _database(settings: Settings, parts: Parts) -> Database:
    try:
        return Database(parts.database_url, settings.database.pool_size)
    except (ArgumentError, ValueError) as error:
        raise StartupFailed("FOOTNOTE_DATABASE_URL cannot be read as an address.") from error


def _redis(parts: Parts) -> ArqRedis:
    return ArqRedis.from_url(parts.redis_url, socket_timeout=_REDIS_TIMEOUT_S, socket_connect_timeout=_REDIS_TIMEOUT_S)


def _build_embeddings(settings: Settings, parts: Parts, cache: Cache) -> BuildEmbeddings:
    """Embeddings that remember the vectors of questions."""
    questions = cache.namespace("embeddings", settings.cache.embeddings_s)

    def build(embedding: EmbeddingSettings) -> FootnoteEmbeddings:
        embeddings = build_embeddings(embedding, cache_dir=parts.var_dir / "models")
        embeddings.memory = QuestionMemory(questions, embeddings.name, embedding.url or "", embedding.model or "")
        return embeddings

    return build

"""The composition root: the only place that builds concrete objects and wires them."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from arq.connections import ArqRedis
from asyncpg.exceptions import PostgresError
from redis.exceptions import RedisError
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from accounts.service import Accounts
from answers.cache.caches import AnswerCaches
from answers.cache.warming import AnswerWarmer
from answers.ledger import Ledger
from answers.reviews import Reviews
from answers.service import AnswerService
from core.cache import Cache
from core.errors import StartupFailed
from core.faults import is_transient, sentence_of
from core.parts import Parts, open_parts
from core.rate_limit import RateLimiter
from core.readiness import Readiness
from core.settings import Settings
from db import migrate
from db.session import Database
from ingestion.blobs import BlobStore, build_blob_store
from ingestion.indexing.builder import IndexBuilder
from ingestion.indexing.following import build_and_drop, follow
from ingestion.indexing.recipe import Recipe
from ingestion.indexing.versions import IndexVersions
from ingestion.jobs.queue import ALL_QUEUES, ArqJobQueue, QueueName, attended
from ingestion.service import IngestionService
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.upkeep import Chores, Schedule
from parsing.sandbox.sandbox import Sandbox
from rag.embedding.embeddings import build_embeddings
from rag.embedding.remembering import remembering
from rag.index import build_index
from rag.index.live import LiveIndex
from rag.models.chain import build_chain
from rag.pipeline import RagPipeline
from rag.retrieval.rerank import Reranking, build_reranking
from rag.writing.writer import Answering

log = structlog.get_logger(__name__)

_ASK_AGAIN_S = 2.0
_LEFT_FOR_S = 600.0  # half-written files that no other process of ours can be writing any more


@dataclass(frozen=True)
class Services:
    """Everything the doors need, built once per process."""

    settings: Settings
    parts: Parts
    database: Database
    redis: ArqRedis
    cache: Cache
    blobs: BlobStore
    live: LiveIndex
    reranking: Reranking | None
    index_versions: IndexVersions
    builder: IndexBuilder
    accounts: Accounts
    ingestion: IngestionService
    ingestion_pipeline: IngestionPipeline
    chores: Chores
    sandbox: Sandbox
    limiter: RateLimiter
    answers: AnswerService
    ledger: Ledger
    reviews: Reviews
    readiness: Readiness


@asynccontextmanager
async def open_services(settings: Settings, *, may_visit: bool = False) -> AsyncIterator[Services]:
    """Start or reach every part, migrate, wire; close all of it in reverse order when the block ends.

    Models are not loaded here: see :func:`warm_up`.

    Args:
        may_visit: share the embedded servers of a running process (database and queue only; the index belongs to it).

    Raises:
        StartupFailed: a part is missing or refuses; the message is for the operator.
    """
    async with AsyncExitStack() as stack:
        parts = stack.enter_context(open_parts(settings, may_visit=may_visit))
        try:
            database = Database(parts.database_url, settings.database.pool_size)
        except (ArgumentError, ValueError) as error:
            raise StartupFailed("FOOTNOTE_DATABASE_URL cannot be read as an address.") from error
        stack.push_async_callback(database.close)
        redis = ArqRedis.from_url(parts.redis_url)
        stack.push_async_callback(redis.aclose)
        await _reach("PostgreSQL", "FOOTNOTE_DATABASE_URL", database.ping)
        await _reach("Redis", "FOOTNOTE_REDIS_URL", redis.ping)
        if parts.is_owner and not await migrate.is_current(database.engine):
            await migrate.upgrade(parts.database_url)
        services = _wire(settings, parts, database, redis)
        await services.blobs.check()
        if parts.is_owner:
            await services.blobs.tidy(_LEFT_FOR_S)
        stack.push_async_callback(services.index_versions.close)
        if services.reranking:
            stack.push_async_callback(services.reranking.close)
        stack.push_async_callback(services.cache.drain)
        stack.push_async_callback(services.answers.drain)
        stack.push_async_callback(services.sandbox.close)
        yield services


async def _reach(name: str, variable: str, ping: Callable[[], Awaitable[object]]) -> None:
    try:
        await ping()
    except (OSError, SQLAlchemyError, RedisError, PostgresError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise StartupFailed(f"{name} cannot be reached ({reason}); check {variable}.") from error


def _wire(settings: Settings, parts: Parts, database: Database, redis: ArqRedis) -> Services:
    blobs = build_blob_store(settings.blob, parts.var_dir)
    live = LiveIndex()
    cache = Cache(redis, settings.cache.memory_bytes)
    questions = cache.namespace("embeddings", settings.cache.embeddings_s)
    build = remembering(partial(build_embeddings, cache_dir=parts.var_dir / "models"), questions)
    recipe = Recipe(settings.embedding, settings.chunk, build)
    index_versions = IndexVersions(database, live, partial(build_index, settings.qdrant, parts.var_dir), recipe)
    sandbox = Sandbox(settings.parser, settings.ocr)
    limiter = RateLimiter(redis)
    reranking = build_reranking(settings.rerank)
    rag = RagPipeline(live, Answering(build_chain(settings.llm)), settings.retrieval, reranking)
    caches = AnswerCaches(database, cache, live, settings)
    warm = AnswerWarmer(database, rag, caches, writes_answers=not settings.llm.has_model)
    return Services(
        settings=settings,
        parts=parts,
        database=database,
        redis=redis,
        cache=cache,
        blobs=blobs,
        live=live,
        reranking=reranking,
        index_versions=index_versions,
        builder=IndexBuilder(database, live, index_versions, settings.embedding.batch_size),
        accounts=Accounts(database, redis, settings, parts.secret),
        ingestion=IngestionService(database, redis, blobs, ArqJobQueue(redis), settings, live, sandbox),
        ingestion_pipeline=IngestionPipeline(database, redis, blobs, sandbox, live, settings),
        chores=Chores(database, redis, blobs, live, settings.upkeep, warm),
        sandbox=sandbox,
        limiter=limiter,
        answers=AnswerService(database, limiter, rag, settings, caches),
        ledger=Ledger(database),
        reviews=Reviews(database, limiter, settings.limit),
        readiness=Readiness(
            {"postgres": database.ping, "redis": redis.ping}, lambda: index_versions.notice, partial(attended, redis)
        ),
    )


async def warm_up(services: Services) -> None:
    """Load the models and open the index; the UI says so meanwhile. A failure is shown by ``/health/ready`` and logged.

    A server that does not answer (Qdrant, embeddings, PostgreSQL) may be starting as well: it is asked again until it does.
    """
    while True:
        try:
            await services.index_versions.open_live()
            await services.sandbox.start()
            if services.reranking:
                await services.reranking.load()
        except Exception as error:
            if isinstance(error, StartupFailed) or not is_transient(error):
                log.exception("models.failed")
                services.readiness.fail(str(error))
                return
            log.warning("models.waiting", reason=sentence_of(error))
            services.readiness.fail(sentence_of(error))
            await asyncio.sleep(_ASK_AGAIN_S)
        else:
            gc.collect()
            gc.freeze()  # what is here now stays: looking through it again and again would stop everybody for a tenth of a second
            services.readiness.models_ready()
            log.info("models.ready")
            return


async def attend(services: Services, queues: Sequence[QueueName] = ALL_QUEUES) -> None:
    """Put back what the index lost, then do jobs until cancelled; who listens to ``maintenance`` sees to the index and upkeep too."""
    from ingestion.worker.worker import run_worker

    await _put_back(services)
    async with asyncio.TaskGroup() as group:
        if QueueName.MAINTENANCE in queues:
            group.create_task(build_and_drop(services.index_versions, services.builder))
            schedule = Schedule(ArqJobQueue(services.redis), services.live, services.settings.upkeep)
            group.create_task(schedule.keep())
        work, context = services.ingestion_pipeline, {"chores": services.chores}
        group.create_task(run_worker(services.redis, work, services.settings.worker, queues, context))


async def _put_back(services: Services) -> None:
    """Put back what the index lost, however long its server takes to answer."""
    from ingestion.indexing.rebuild import rebuild_if_incomplete

    while True:
        try:
            async with services.live.use() as index_version:
                await rebuild_if_incomplete(services.database, index_version)
            return
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("index.not_checked", reason=sentence_of(error))
            await asyncio.sleep(_ASK_AGAIN_S)


@asynccontextmanager
async def background(services: Services, *, with_worker: bool) -> AsyncIterator[None]:
    """Warm up, then follow the index versions and run the worker, beside whatever the block does."""

    async def work() -> None:
        await warm_up(services)
        if services.readiness.is_ready:
            async with asyncio.TaskGroup() as group:
                group.create_task(follow(services.index_versions))
                if with_worker:
                    group.create_task(attend(services))

    task = asyncio.create_task(work(), name="background")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

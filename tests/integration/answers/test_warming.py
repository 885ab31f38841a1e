"""Frequent questions are asked again in a quiet hour; whoever asks next is answered at once."""

from datetime import timedelta

from arq.connections import ArqRedis
from sqlalchemy import func, select, update

from answers.caches import AnswerCaches
from answers.service import AnswerService
from answers.warming import AnswerWarmer
from core.cache import Cache
from core.settings import LLMSettings, Settings
from db.base import now
from db.models import AnswerRun, ModelUsage
from db.session import Database
from ingestion.blobs import build_blob_store
from ingestion.upkeep import Chores
from rag.answering import Answering
from rag.embeddings import FootnoteEmbeddings
from rag.events import Done, Failed
from rag.index import ChunkIndex
from rag.live import Generation, LiveIndex
from rag.pipeline import RagPipeline
from tests.integration.answers.conftest import BuildService, Person
from tests.stub_llm import RunningStub

QUESTION = "How many days of paid vacation do employees receive?"


def service_settings(settings: Settings, stub: RunningStub) -> Settings:
    """As the service of these tests has them: what is kept under other settings is not found."""
    llm = LLMSettings(base_url=stub.base_url, timeout_s=2.0, input_price=2, output_price=8)
    return settings.model_copy(update={"llm": llm})


async def _cached(service: AnswerService, person: Person) -> str | None:
    async for event in service.ask(person.principal, QUESTION):
        assert not isinstance(event, Failed), event.message
        if isinstance(event, Done):
            return event.cached
    raise AssertionError("it was refused")


async def _runs(database: Database) -> int:
    async with database.reader() as session:
        return await session.scalar(select(func.count()).select_from(AnswerRun)) or 0


async def test_a_frequent_question_is_answered_at_once_after_warming(
    database: Database,
    redis: ArqRedis,
    settings: Settings,
    embeddings: FootnoteEmbeddings,
    index: ChunkIndex,
    service: BuildService,
    stub: RunningStub,
    alice: Person,
) -> None:
    for _ in range(2):
        assert await _cached(service(), alice) is None
    async with database.transaction() as session:
        await session.execute(update(AnswerRun).values(created_at=now() - timedelta(hours=1)))
    await redis.flushall()
    live = LiveIndex(Generation(1, embeddings, index))
    pipeline = RagPipeline(live, Answering(None), settings.retrieval)
    caches = AnswerCaches(database, Cache(redis, answer_within_s=5), live, service_settings(settings, stub))
    warm = AnswerWarmer(database, pipeline, caches, writes_answers=True)
    blobs = build_blob_store(settings.blob, settings.var_dir)
    assert await Chores(database, redis, blobs, live, settings.upkeep, warm).warm() is True
    assert await _runs(database) == 2  # nothing is stored, nobody is charged
    async with database.reader() as session:
        assert (await session.scalars(select(ModelUsage))).all() == []
    assert await _cached(service(is_cached=True), alice) == "exact"

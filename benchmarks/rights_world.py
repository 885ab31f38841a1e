"""An installation for the drills of erasure and restoration: real servers, and people with documents and conversations in numbers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import numpy
from arq.connections import ArqRedis
from pydantic import SecretStr
from sqlalchemy import insert, text

from conversations.runs.types import RunRequest
from core.access import Principal
from core.embedded.postgres import EmbeddedPostgres
from core.embedded.redis import EmbeddedRedis
from core.settings import EmbeddingSettings, Settings
from db import migrate
from db.base import now
from db.conversation import Step, Thread
from db.models import AnswerRun, ChunkRow, Document, DocumentSection, DocumentVersion
from db.session import Database
from ingestion.blobs import pieces_of
from rag.embedding.build import build_embeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import build_index
from rag.index.live import IndexVersion, LiveIndex
from rag.types import Chunk
from services import Services
from tests.documents import pdf
from tests.graph import wired

PASSWORD = "a password for the drill"
QUESTION = "How many days of paid leave does an employee receive?"
ANSWER = "25 days"
AT_ONCE = 500
MODELS = Path(__file__).resolve().parents[1] / ".pytest_cache" / "models"


@dataclass(frozen=True)
class Servers:
    """Addresses of running servers."""

    postgres: EmbeddedPostgres
    redis_url: str


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """A PostgreSQL and a Redis of our own."""
    postgres, redis = EmbeddedPostgres(folder), EmbeddedRedis(folder)
    postgres.start()
    redis.start()
    try:
        yield Servers(postgres, redis.url)
    finally:
        redis.stop()
        postgres.stop()


def embeddings() -> FootnoteEmbeddings:
    """The bundled model, converted once for tests and drills."""
    MODELS.mkdir(parents=True, exist_ok=True)
    model = build_embeddings(EmbeddingSettings(), MODELS)
    model.load()
    return model


@asynccontextmanager
async def opened(folder: Path, url: str, redis_url: str, model: FootnoteEmbeddings) -> AsyncIterator[Services]:
    """The services on a database, with an index in ``folder``."""
    settings = Settings(_env_file=None, var_dir=folder, secret_key=SecretStr("x" * 40))
    database, redis = Database(url), ArqRedis.from_url(redis_url)
    index = build_index(settings.qdrant, folder)
    await index.open(model.dimension, model=model.name)
    live = LiveIndex(IndexVersion(1, model, index, settings.chunk))
    services = wired(settings, is_cached=True, database=database, redis=redis, live=live)
    try:
        yield services
    finally:
        await services.runs.live.drain(0)
        await services.answers.drain()
        await services.cache.drain()
        await services.sandbox.close()
        await index.close()
        await redis.aclose()
        await database.close()


async def migrated(url: str) -> None:
    """All tables."""
    await migrate.upgrade(url)


async def bring(services: Services, who: Principal) -> None:
    """A real file, read by the real pipeline."""

    async def stream() -> AsyncIterator[bytes]:
        yield pdf(["Every employee receives 25 days of paid annual leave per year."])

    submission = await services.ingestion.submit(who, stream(), "handbook.pdf")
    await services.ingestion_pipeline.run(submission.job.job_id)


async def ask(services: Services, who: Principal) -> str:
    """The question of the drill; returns the events of its answer as text."""
    run_id = services.runs.start(who, RunRequest(question=QUESTION, thread_id=uuid4(), begins_thread=True))
    events = await services.runs.events(who, run_id)
    await services.conversations.writes.lines.flush()
    return " ".join(str(event) for event in events)


async def furnish(services: Services, who: Principal, documents: int, word: str, *, seed: int = 7) -> None:
    """This many documents of two chunks each, with files and points, and a tenth as many conversations; each has the word in it.

    Vectors are random: what is measured is not the embedding.
    """
    random = numpy.random.default_rng(seed)
    assert services.live.current is not None
    index, dimension = services.live.current.index, services.live.current.embeddings.dimension
    for start in range(0, documents, AT_ONCE):
        rows = [_document(who, word, number) for number in range(start, min(start + AT_ONCE, documents))]
        chunks = [chunk for row in rows for chunk in _chunks(who, row, word)]
        vectors = random.normal(size=(len(chunks), dimension))
        vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
        for row in rows:
            await services.blobs.put(str(row["blob_key"]), pieces_of(_content(word, row)))
        async with services.database.transaction() as session:
            await session.execute(insert(Document), rows)
            await session.execute(insert(DocumentVersion), [_version(row) for row in rows])
            await session.execute(insert(DocumentSection), [_section(row, word) for row in rows])
            await session.execute(insert(ChunkRow), [_chunk_row(chunk) for chunk in chunks])
        await index.upsert(chunks, vectors.tolist())
    await _talk(services, who, documents // 10, word)


async def counts(database: Database) -> tuple[int, int, int]:
    """Rows of all tables, their bytes, and the bytes of the whole database."""
    async with database.reader() as session:
        names = list(await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
        rows = [await session.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names]
        size = await session.scalar(text("SELECT pg_database_size(current_database())")) or 0
        tables = await session.scalar(
            text("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        )
    return sum(rows), int(tables or 0), int(size)


def files_of(folder: Path) -> tuple[int, int]:
    """Number and bytes of all files below a folder."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return len(found), sum(path.stat().st_size for path in found)


def _document(who: Principal, word: str, number: int) -> dict[str, object]:
    document_id = uuid4()
    return {
        "id": document_id,
        "library_id": who.personal_library_id,
        "uploaded_by": who.user_id,
        "title": f"{word} {number}.txt",
        "mime_type": "text/plain",
        "size_bytes": 2000,
        "sha256": sha256(document_id.bytes).hexdigest(),
        "blob_key": f"documents/{document_id}",
        "state": "ready",
        "chunk_count": 2,
        "version": 1,
        "warnings": [],
    }


def _content(word: str, row: dict[str, object]) -> bytes:
    return f"{row['title']}: what {word} says. ".encode().ljust(2000, b".")


def _version(row: dict[str, object]) -> dict[str, object]:
    same = ("uploaded_by", "mime_type", "size_bytes", "sha256", "blob_key")
    return {"document_id": row["id"], "number": 1, "created_at": now(), **{name: row[name] for name in same}}


def _section(row: dict[str, object], word: str) -> dict[str, object]:
    said = f"{row['title']}: what {word} says. " * 20
    return {
        "document_id": row["id"],
        "version": 1,
        "is_staged": False,
        "number": 1,
        "text": said,
        "path": [],
        "words": [],
        "blocks": [],
    }


def _chunks(who: Principal, row: dict[str, object], word: str) -> list[Chunk]:
    document_id = row["id"]
    assert isinstance(document_id, UUID)
    return [
        Chunk(
            chunk_id=uuid4(),
            document_id=document_id,
            library_id=who.personal_library_id,
            index=number,
            section=1,
            page=None,
            path=(),
            text=f"{row['title']}, part {number}: what {word} says of it.",
            char_start=number * 100,
            char_end=number * 100 + 50,
            content_hash=sha256(f"{document_id}{number}".encode()).hexdigest(),
            title=str(row["title"]),
        )
        for number in range(2)
    ]


def _chunk_row(chunk: Chunk) -> dict[str, object]:
    same = ("document_id", "index", "section", "page", "text", "char_start", "char_end", "content_hash")
    return {
        "index_version": 1,
        "id": chunk.chunk_id,
        "path": [],
        "version": 1,
        **{name: getattr(chunk, name) for name in same},
    }


async def _talk(services: Services, who: Principal, conversations: int, word: str) -> None:
    for start in range(0, conversations, AT_ONCE):
        ids = [uuid4() for _ in range(min(AT_ONCE, conversations - start))]
        threads = [{"id": one, "user_id": who.user_id, "name": f"About {word}", "meta": {}} for one in ids]
        runs = [
            {"id": uuid4(), "user_id": who.user_id, "thread_id": one, "question": f"What is {word}?", "answer": word * 20,
             "state": "done", "scope": {"user": str(who.user_id)}, "created_at": now()}
            for one in ids
        ]  # fmt: skip
        steps: list[dict[str, object]] = [
            {
                "id": uuid4(),
                "thread_id": one,
                "type": kind,
                "name": who.username,
                "output": f"{word}, at length. " * 10,
                "meta": {},
            }
            for one in ids
            for kind in ("user_message", "assistant_message")
        ]
        async with services.database.transaction() as session:
            await session.execute(insert(Thread), threads)
            await session.execute(insert(AnswerRun), runs)
            await session.execute(insert(Step), steps)
        await asyncio.sleep(0)

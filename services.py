"""Everything the doors and the background work need, built once per process by ``bootstrap.wire``."""

from dataclasses import dataclass

from arq.connections import ArqRedis

from accounts.service import Accounts
from answers.ledger import Ledger
from answers.reviews import Reviews
from answers.service import AnswerService
from conversations.service import Conversations
from core.cache import Cache
from core.parts import Parts
from core.rate_limit import RateLimiter
from core.readiness import Readiness
from core.settings import Settings
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.indexing.builder import IndexBuilder
from ingestion.indexing.versions import IndexVersions
from ingestion.jobs.queue import JobQueue
from ingestion.service import IngestionService
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.upkeep import Chores
from parsing.sandbox.sandbox import Sandbox
from rag.index.live import LiveIndex
from rag.pipeline import RagPipeline
from rag.retrieval.rerank import Reranking


@dataclass(frozen=True)
class Services:
    """One object per part; a field's name is also the name under which :func:`bootstrap.wire` takes a replacement of it."""

    settings: Settings
    parts: Parts
    database: Database
    redis: ArqRedis
    cache: Cache
    queue: JobQueue
    blobs: BlobStore
    live: LiveIndex
    reranking: Reranking | None
    rag: RagPipeline
    index_versions: IndexVersions
    builder: IndexBuilder
    accounts: Accounts
    ingestion: IngestionService
    ingestion_pipeline: IngestionPipeline
    chores: Chores
    sandbox: Sandbox
    limiter: RateLimiter
    answers: AnswerService
    conversations: Conversations
    ledger: Ledger
    reviews: Reviews
    readiness: Readiness

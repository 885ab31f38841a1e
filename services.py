"""All services of the doors and the background work, built once per process by ``bootstrap.wire``."""

from dataclasses import dataclass

from arq.connections import ArqRedis

from accounts.all_libraries import AllLibraries
from accounts.audit_log import AuditLog
from accounts.groups import Groups
from accounts.keyed_requests import KeyedRequests
from accounts.members import Members
from accounts.own import OwnAccount
from accounts.people.service import People
from accounts.service import Accounts
from answers.cases import CaseRunner, CaseRuns, Cases
from answers.dashboard import Dashboard
from answers.exercises.service import ExerciseService
from answers.ledger import Ledger
from answers.reviews import Reviews
from answers.reviews.again import ReviewAgain
from answers.reviews.collector import ReviewCollector
from answers.search import PassageSearch
from answers.service import AnswerService
from answers.sums import SumKeeper
from conversations.naming import Naming
from conversations.oversight.service import ConversationOversight
from conversations.runs.background import AnswerSlots
from conversations.runs.service import Runs
from conversations.runs.upkeep import RunUpkeep
from conversations.service import Conversations
from conversations.sharing.exports import Exports
from conversations.sharing.shares import Shares
from conversations.threads import Threads
from core.cache import Cache
from core.disk_space import DiskSpace
from core.parts import Parts
from core.rate_limit import RateLimiter
from core.readiness import Readiness
from core.settings import Settings
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.indexing.builder import IndexBuilder
from ingestion.indexing.versions import IndexVersions
from ingestion.jobs.queue import JobQueue
from ingestion.monitor import JobMonitor
from ingestion.service import IngestionService
from ingestion.sources.service import DocumentSources
from ingestion.sources.slots import SourceSlots
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.upkeep import Chores, GuideMaker
from parsing.sandbox.sandbox import Sandbox
from rag.index.live import LiveIndex
from rag.models.chain import ModelChain
from rag.pipeline import RagPipeline
from rag.retrieval.rerank import Reranking
from rights.service import Rights


@dataclass(frozen=True)
class Services:
    """One object per service; :func:`bootstrap.wire` takes replacements under the same names."""

    settings: Settings
    parts: Parts
    database: Database
    redis: ArqRedis
    cache: Cache
    queue: JobQueue
    blobs: BlobStore
    live: LiveIndex
    disk: DiskSpace
    reranking: Reranking | None
    models: ModelChain | None
    rag: RagPipeline
    index_versions: IndexVersions
    builder: IndexBuilder
    accounts: Accounts
    audit_log: AuditLog
    groups: Groups
    members: Members
    all_libraries: AllLibraries
    people: People
    own_account: OwnAccount
    keyed_requests: KeyedRequests
    ingestion: IngestionService
    ingestion_pipeline: IngestionPipeline
    sources: DocumentSources
    source_slots: SourceSlots
    chores: Chores
    guides: GuideMaker
    sandbox: Sandbox
    limiter: RateLimiter
    answers: AnswerService
    search: PassageSearch
    exercises: ExerciseService
    conversations: Conversations
    oversight: ConversationOversight
    runs: Runs
    answer_slots: AnswerSlots
    run_upkeep: RunUpkeep
    threads: Threads
    naming: Naming
    exports: Exports
    shares: Shares
    ledger: Ledger
    reviews: Reviews
    review_again: ReviewAgain
    review_collector: ReviewCollector
    cases: Cases
    case_runs: CaseRuns
    case_runner: CaseRunner
    sums: SumKeeper
    dashboard: Dashboard
    monitor: JobMonitor
    readiness: Readiness
    rights: Rights

"""Builds the services of this room on the parts of an installation."""

from redis.asyncio import Redis

from accounts.service import Accounts
from core.settings import RetentionSettings
from db.session import Database
from ingestion.blobs.deferring import DeferringBlobStore
from ingestion.jobs.queue import JobQueue
from ingestion.service import IngestionService
from rag.index.live import LiveIndex
from rights.erasure.service import Erasures
from rights.erasure.steps import ErasureSteps
from rights.export.service import Exports
from rights.holds import Holds
from rights.retention import Retention
from rights.service import Rights


def build_rights(
    database: Database,
    redis: Redis,
    blobs: DeferringBlobStore,
    live: LiveIndex,
    accounts: Accounts,
    queue: JobQueue,
    ingestion: IngestionService,
    settings: RetentionSettings,
) -> Rights:
    """The rights of people, and retention."""
    steps = ErasureSteps(database, redis, blobs, live, accounts)
    return Rights(
        queue,
        Exports(database, blobs, settings),
        Erasures(database, accounts, steps),
        Holds(database),
        Retention(database, ingestion.removal, settings),
        blobs,
    )

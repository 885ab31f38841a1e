"""Deletes documents: their rows at once, then their chunks in the index, their files, and the cached answers about them."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal
from core.cache import Cache
from core.precondition import Precondition
from db import audit, documents, jobs
from db.audit import Target
from db.models import Document
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.documents.pages import forget_files
from ingestion.documents.rows import document_view
from ingestion.jobs.lease import announce
from ingestion.jobs.queue import JobQueue
from rag.index.live import LiveIndex

log = structlog.get_logger(__name__)

CLEARED_AT_ONCE = 20  # documents of a deleted library, while the person waits; workers clear the others


class DocumentRemoval:
    """Deletes a document, or clears up after all documents of a library."""

    def __init__(
        self, database: Database, redis: Redis, cache: Cache, live: LiveIndex, blobs: BlobStore, queue: JobQueue
    ) -> None:
        self._database = database
        self._redis = redis
        self._cache = cache
        self._live = live
        self._blobs = blobs
        self._queue = queue

    async def delete(self, principal: Principal, document_id: UUID, seen: Precondition) -> None:
        """Delete a document. Raises NotFound, NotPermitted, PreconditionFailed."""
        async with self._database.transaction() as session:
            job = await jobs.open_for_document(session, document_id)
            seen.require(document_view(await documents.get_for_change(session, principal, document_id)))
            document = await documents.remove(session, principal, document_id)
            what = {"library": document.library_id}
            await audit.record(session, principal, "document.deleted", Target("document", document_id), what)
        await self._clear(document, job.id if job else None)

    async def of_library(self, session: AsyncSession, library_id: UUID) -> list[tuple[Document, UUID | None]]:
        """The documents of a library that is about to be deleted, each with its open job; for :meth:`clear_all`."""
        rows = await documents.of_library(session, library_id)
        open_jobs = await jobs.open_of_library(session, library_id)
        return [(document, open_jobs.get(document.id)) for document in rows]

    async def clear_all(self, removed: Sequence[tuple[Document, UUID | None]]) -> None:
        """Clear up after documents whose rows are gone: the first at once, the others by a worker."""
        for document, job_id in removed[:CLEARED_AT_ONCE]:
            await self._clear(document, job_id)
        for document, job_id in removed[CLEARED_AT_ONCE:]:
            if job_id is not None:
                await announce(self._redis, job_id)
            await self._cache.forget(str(document.id))
            await self._queue.enqueue_clearing(document.id, document.blob_key)

    async def _clear(self, document: Document, job_id: UUID | None) -> None:
        log.info("document.deleted", document_id=str(document.id))
        if job_id is not None:
            await announce(self._redis, job_id)
        await self._cache.forget(str(document.id))  # cached answers about it are no longer served, but still quote it
        try:
            await self._live.delete_document(document.id)
            await forget_files(self._blobs, document.id, document.blob_key)
        except Exception as error:
            log.warning("document.not_cleared", document_id=str(document.id), error=repr(error))
            await self._queue.enqueue_clearing(document.id, document.blob_key)

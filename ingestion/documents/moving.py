"""Moves documents between libraries.

PostgreSQL says where a document is, and is asked before any passage is shown: from the commit on, who has only the former library sees
nothing of it. Then the index follows, so that it is found in the new one; if this process does not live to see to that, a worker does.
"""

from uuid import UUID

import structlog
from redis.exceptions import RedisError

from core.access import Principal, require_write
from core.errors import Conflict
from core.precondition import Precondition
from db import audit, documents, index_versions, jobs, libraries, versions
from db.models import Document
from db.session import Database
from ingestion.documents.rows import document_view
from ingestion.jobs.queue import JobQueue
from ingestion.types import DocumentView
from rag.index.live import LiveIndex

log = structlog.get_logger(__name__)

IS_READ = "This document is being read. Move it when that is done."
IS_SYNCHRONISED = "This document comes from a folder that is synchronised; copy it instead."


class DocumentMoves:
    """Moves documents."""

    def __init__(self, database: Database, live: LiveIndex, queue: JobQueue) -> None:
        self._database = database
        self._live = live
        self._queue = queue

    async def move(self, principal: Principal, document_id: UUID, library_id: UUID, seen: Precondition) -> DocumentView:
        """Move a document with its versions and its passages into another library.

        Raises:
            NotFound, NotPermitted: the principal may not see, or not change, the document or the library.
            Conflict: it is being read, comes from a synchronised folder, or the library has its content already.
            PreconditionFailed: it is not what the principal saw.
        """
        require_write(principal, library_id, "library")
        async with self._database.transaction() as session:
            document = await documents.get_for_change(session, principal, document_id)
            seen.require(document_view(document))
            if document.library_id == library_id:
                return document_view(document)
            if await jobs.open_for_document(session, document_id) is not None:
                raise Conflict(IS_READ)
            if document.source is not None:
                raise Conflict(IS_SYNCHRONISED)
            other = await versions.shas_within(session, library_id, [document.sha256])
            if other:
                raise Conflict("That library has the same content already.")
            former = document.library_id
            await documents.move(session, document, library_id)
            await index_versions.forget_elsewhere(session, await index_versions.hold_live(session), document_id)
            for one in sorted((former, library_id)):  # in one order, or two moves would wait for each other
                await libraries.touch(session, one)
            what = {"from": former, "to": library_id}  # who may read it changes
            await audit.record(session, principal, "document.moved", audit.Target("document", document_id), what)
        log.info("document.moved", document_id=str(document_id), library_id=str(library_id), former=str(former))
        await self._follow(document_id)
        return document_view(document)

    async def _follow(self, document_id: UUID) -> None:
        try:
            await self._queue.enqueue_refiling(document_id)
        except (RedisError, OSError) as error:
            log.warning("document.refiling_not_enqueued", document_id=str(document_id), error=repr(error))
        try:
            await refile(self._database, self._live, document_id)
        except Exception as error:  # a worker tries again
            log.warning("document.not_refiled", document_id=str(document_id), error=repr(error))


async def refile(database: Database, live: LiveIndex, document_id: UUID) -> None:
    """Give a document's chunks in the index the library of its row; repeating it is harmless."""
    while (document := await _row(database, document_id)) is not None:
        await live.move_document(document_id, document.library_id)
        async with database.transaction() as session:
            present = await documents.lock(session, document_id)
            if present is None or present.library_id == document.library_id:
                await libraries.touch_of(
                    session, document_id
                )  # searches that did not find it meanwhile are not repeated
                return


async def _row(database: Database, document_id: UUID) -> Document | None:
    async with database.reader() as session:
        return await documents.find(session, document_id)

"""Makes a parsed version of a document the searchable one, or removes it again."""

import asyncio
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Conflict
from db import chunks as chunk_rows
from db import documents, index_versions, jobs, libraries, sections, versions
from db.models import Document, DocumentVersion
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.documents.pages import folder_of
from ingestion.indexing.cutting import chunks_of
from ingestion.indexing.reading import Reading
from ingestion.indexing.writer import ChunkWriter
from ingestion.jobs.lease import Lease, LeaseLost
from ingestion.types import JobStage
from rag.index.live import LiveIndex

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 0.5  # until this process has noticed that another index version answers


class DocumentIndexer:
    """Makes what was read the present version: until the very end, the one before answers, whole."""

    def __init__(self, database: Database, blobs: BlobStore, live: LiveIndex, batch_size: int) -> None:
        self._database = database
        self._blobs = blobs
        self._live = live
        self._writer = ChunkWriter(database, batch_size)

    async def index(self, lease: Lease, document: Document, reading: Reading) -> None:
        """Bring a version in. When it returns, it answers and the one before does not.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
            LeaseLost: the job is somebody else's, or its document is gone.
            Conflict: the library has got another document of the same bytes meanwhile.
        """
        while True:
            if await self._bring_in(lease, document, reading):
                return
            await asyncio.sleep(LOOK_AGAIN_S)

    async def tidy_up(self, document_id: UUID) -> None:
        """Take out what was read and indexed of a document, or of a version of it, that will not be completed; unless a job is open."""
        async with self._database.transaction() as session:
            row = await documents.find(session, document_id)
            if row is not None and (row.state == "pending" or await jobs.open_for_document(session, document_id)):
                return
            present = row.version if row is not None and row.state == "ready" else 0
            await sections.drop_unfinished(session, document_id, present)
            await chunk_rows.drop_later(session, document_id, present)
            await libraries.touch_of(session, document_id)
        async with self._live.use() as index_version:
            async with self._database.reader() as session:
                kept = await chunk_rows.of_document(session, document_id, index_version.number)
            await index_version.index.keep_only(document_id, [chunk.id for chunk in kept])

    async def _bring_in(self, lease: Lease, document: Document, reading: Reading) -> bool:
        """One try; False when another index version answers by now, so that all was written to one that has had its day."""
        async with self._live.use() as index_version:
            lease.at(JobStage.CHUNKING)
            drawer = sections.drawer(lease.version)
            chunks = await chunks_of(self._database, index_version, document, lease.version, lying_at=drawer)
            lease.at(JobStage.EMBEDDING)
            moved = await self._writer.add(index_version, document, chunks, lease.chunks_embedded)
            lease.at(JobStage.INDEXING)
            await lease.write()
            async with self._database.transaction() as session:
                if await index_versions.hold_live(session) != index_version.number:
                    return False
                former = await self._switch(session, lease, document.id, reading, len(chunks))
                await index_versions.forget_elsewhere(session, index_version.number, document.id)
                await self._writer.settle(session, index_version, document.id, lease.version, chunks, moved)
                await libraries.touch_of(session, document.id)
            await index_version.index.keep_only(document.id, [chunk.chunk_id for chunk in chunks])
        await self._forget(former)
        return True

    async def _switch(
        self, session: AsyncSession, lease: Lease, document_id: UUID, reading: Reading, chunk_count: int
    ) -> list[DocumentVersion]:
        """Let the new version be the document; earlier ones that nobody cites are forgotten, and returned."""
        document = await documents.lock(session, document_id)
        version = await versions.find(session, document_id, lease.version)
        is_ours = await jobs.heartbeat(session, lease.job_id, lease.attempt)
        if document is None or version is None or not is_ours:
            raise LeaseLost
        if document_id != (await versions.shas_within(session, document.library_id, [version.sha256])).get(
            version.sha256, document_id
        ):
            raise Conflict("The library has another document with the same content by now.")
        await sections.take_out(session, document_id, version.number)
        await versions.make_present(session, version, reading.page_count)
        await documents.set_state(session, document_id, "ready", chunk_count=chunk_count)
        warnings = [warning.model_dump(mode="json") for warning in reading.warnings]
        await documents.set_warnings(session, document_id, warnings)
        return await versions.remove_uncited(session, document_id, version.number)

    async def _forget(self, former: list[DocumentVersion]) -> None:
        """Delete the files of versions that are gone. What cannot be deleted now goes with the document."""
        for version in former:
            try:
                await self._blobs.delete_all(folder_of(version.document_id, version.number))
                await self._blobs.delete(version.blob_key)
            except Exception as error:
                log.warning("version.not_cleared", document_id=str(version.document_id), error=repr(error))

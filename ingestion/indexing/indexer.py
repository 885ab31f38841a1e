"""Makes a parsed version of a document searchable, or removes it again."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from core.disk_space import DiskSpace
from core.errors import Conflict
from core.telemetry import spans
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
from rag.index.live import IndexVersion, LiveIndex
from rag.types import Chunk

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 0.5  # until this process has noticed the switch to another index version


class DocumentIndexer:
    """Makes a parsed version the present one. Until the end, answers come from the previous version, which stays complete."""

    def __init__(
        self, database: Database, blobs: BlobStore, live: LiveIndex, batch_size: int | None, disk: DiskSpace
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._live = live
        self._writer = ChunkWriter(database, batch_size, disk)

    async def index(self, lease: Lease, document: Document, reading: Reading) -> None:
        """Index a version. On return, answers come from it and no longer from the previous one.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
            LeaseLost: the job has another holder, or its document was deleted.
            Conflict: another document of the library has the same bytes by now.
        """
        while True:
            if await self._index_once(lease, document, reading):
                return
            await asyncio.sleep(LOOK_AGAIN_S)

    async def tidy_up(self, document_id: UUID) -> None:
        """Remove the sections and chunks of a document's versions that will not be completed; does nothing while a job is open."""
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
                rows = await chunk_rows.of_document(session, document_id, index_version.number)
            await index_version.index.keep_only(document_id, [row.id for row in rows])

    async def _index_once(self, lease: Lease, document: Document, reading: Reading) -> bool:
        """One try; False when it wrote to an index version that is not the live one any more."""
        async with self._live.use() as index_version:
            lease.at(JobStage.CHUNKING)
            with spans.span("chunk"):
                chunks = await chunks_of(self._database, index_version, document, lease.version, is_staged=True)
            lease.at(JobStage.EMBEDDING)
            with spans.span("embed"):
                moved = await self._writer.add(index_version, document, chunks, lease.chunks_embedded)
            lease.at(JobStage.INDEXING)
            await lease.write()
            with spans.span("index"):
                removed = await self._publish(lease, document, reading, index_version, chunks, moved)
        if removed is None:
            return False
        await self._forget(removed)
        return True

    async def _publish(
        self,
        lease: Lease,
        document: Document,
        reading: Reading,
        index_version: IndexVersion,
        chunks: Sequence[Chunk],
        moved: Sequence[Chunk],
    ) -> list[DocumentVersion] | None:
        """Have answers come from the chunks; returns the versions that nobody needs any more. None: another index version is live."""
        async with self._database.transaction() as session:
            if await index_versions.hold_live(session) != index_version.number:
                return None
            removed = await self._switch(session, lease, document.id, reading, len(chunks))
            await index_versions.forget_elsewhere(session, index_version.number, document.id)
            await self._writer.settle(session, index_version, document.id, lease.version, chunks, moved)
            await libraries.touch_of(session, document.id)
        await index_version.index.keep_only(document.id, [chunk.chunk_id for chunk in chunks])
        return removed

    async def _switch(
        self, session: AsyncSession, lease: Lease, document_id: UUID, reading: Reading, chunk_count: int
    ) -> list[DocumentVersion]:
        """Make the new version the present one; deletes and returns earlier versions that no answer cites."""
        document = await documents.lock(session, document_id)
        version = await versions.find(session, document_id, lease.version)
        is_ours = await jobs.heartbeat(session, lease.job_id, lease.attempt)
        if document is None or version is None or not is_ours:
            raise LeaseLost
        if document_id != (await versions.shas_within(session, document.library_id, [version.sha256])).get(
            version.sha256, document_id
        ):
            raise Conflict("The library has another document with the same content by now.")
        await sections.publish(session, document_id, version.number)
        await versions.make_present(session, version, reading.page_count)
        await documents.set_state(session, document_id, "ready", chunk_count=chunk_count)
        warnings = [warning.model_dump(mode="json") for warning in reading.warnings]
        await documents.set_warnings(session, document_id, warnings)
        return await versions.remove_uncited(session, document_id, version.number)

    async def _forget(self, removed: list[DocumentVersion]) -> None:
        """Delete the files of deleted versions. Files that cannot be deleted now are deleted with the document."""
        for version in removed:
            try:
                await self._blobs.delete_all(folder_of(version.document_id, version.number))
                await self._blobs.delete(version.blob_key)
            except Exception as error:
                log.warning("version.not_cleared", document_id=str(version.document_id), error=repr(error))

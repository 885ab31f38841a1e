"""Builds a new index version next to the live one from the stored sections, and switches to it once it is complete."""

import asyncio
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError

from core.disk_space import DiskSpace
from core.errors import Conflict
from core.retry import patiently
from db import documents, index_versions
from db.models import IndexVersionRow
from db.session import Database
from ingestion.indexing.cutting import chunks_of
from ingestion.indexing.versions import IndexVersions
from ingestion.indexing.writer import ChunkWriter
from rag.index.live import IndexVersion, LiveIndex

log = structlog.get_logger(__name__)

BUILDING = 0x466F6F7502  # one process at a time
DOCUMENTS_PER_LOOK = 50
TRY_AGAIN_S = 5.0


class IndexBuilder:
    """Builds the index version whose state is ``building``. After an interruption, the work is continued."""

    def __init__(
        self,
        database: Database,
        live: LiveIndex,
        versions: IndexVersions,
        batch_size: int | None,
        disk: DiskSpace | None = None,
    ) -> None:
        self._database = database
        self._live = live
        self._index_versions = versions
        self._writer = ChunkWriter(database, batch_size, disk)

    async def begin(self) -> int:
        """Request an index version made by the current settings, or continue one that is; returns its number.

        Raises:
            Conflict: a process is building one with other settings.
        """
        recipe = self._index_versions.recipe
        async with self._database.advisory_lock(BUILDING) as is_alone, self._database.transaction() as session:
            row = await index_versions.building(session)
            if row is not None and not recipe.is_of(row):
                if not is_alone:
                    raise Conflict(
                        "The index is being rebuilt with other settings at the moment; try again after that."
                    )
                await index_versions.give_up(session, row.number)
            return (await index_versions.start(session, **recipe.columns)).number

    async def build(self) -> bool:
        """Build until it is live; False when there is nothing to build or another process is building.

        Raises:
            StartupFailed: its model cannot be loaded.
        """
        async with self._database.advisory_lock(BUILDING) as is_alone:
            row = await self._row() if is_alone else None
            if row is None:
                return False
            log.info("index.building", index_version=row.number, model=row.model, chunking=row.chunking)
            index_version = await self._index_versions.open(row)
            is_live = False
            try:
                indexed = await self._fill_and_switch(index_version)
                is_live = True
            finally:
                if not is_live:
                    await self._close(index_version)
        await self._index_versions.answer_with(index_version)
        self._index_versions.notice = None
        await self._remove_deleted(index_version, indexed)
        return True

    async def has_work(self) -> bool:
        """True when an index version is to be built."""
        return await self._row() is not None

    async def build_if_needed(self) -> None:
        """Build when it was requested or interrupted, or when the settings changed while the index is empty."""
        if self._index_versions.notice is not None and await self._is_empty():
            await self.begin()
        if await self.has_work():
            await self.build()

    async def _is_empty(self) -> bool:
        async with self._database.reader() as session:
            row = await index_versions.live(session)
            return row is not None and not await index_versions.holds(session, row.number)

    async def _row(self) -> IndexVersionRow | None:
        async with self._database.reader() as session:
            return await index_versions.building(session)

    async def _fill_and_switch(self, index_version: IndexVersion) -> set[UUID]:
        """Index missing documents until none is missing at the switch; returns the documents that were indexed."""
        indexed: set[UUID] = set()
        while True:
            async with self._database.transaction() as session:
                if await index_versions.switch(session, index_version.number):
                    return indexed
            async with self._database.reader() as session:
                missing = await index_versions.missing(session, index_version.number, DOCUMENTS_PER_LOOK)
            for document_id in missing:
                indexed.add(document_id)
                await self._put_patiently(index_version, document_id)
            await self._remove_deleted(index_version, indexed)

    async def _put_patiently(self, index_version: IndexVersion, document_id: UUID) -> None:
        async def put() -> None:
            await self._put(index_version, document_id)
            async with self._database.transaction() as session:
                await index_versions.progress(session, index_version.number)

        await patiently("index.building_waits", put, TRY_AGAIN_S, index_version=index_version.number)

    async def _put(self, index_version: IndexVersion, document_id: UUID) -> None:
        """Index a document as it is now. When it changes meanwhile, it is not recorded, so that it counts as missing again."""
        async with self._database.reader() as session:
            document = await documents.find(session, document_id)
        if document is None:
            return
        chunks = await chunks_of(self._database, index_version, document, document.version)
        try:
            moved = await self._writer.add(index_version, document, chunks, _silent, self._vector_source(index_version))
            async with self._database.transaction() as session:
                present = await documents.lock(session, document_id)
                if present is None or present.updated_at != document.updated_at:
                    return
                await self._writer.settle(session, index_version, document_id, document.version, chunks, moved)
        except IntegrityError:  # deleted meanwhile; _remove_deleted removes its chunks from the index
            return
        await index_version.index.keep_only(document_id, [chunk.chunk_id for chunk in chunks])
        # It may have been moved since its chunks were written.
        await index_version.index.move_document(document_id, document.library_id)

    def _vector_source(self, index_version: IndexVersion) -> IndexVersion | None:
        """The live index version, when its vectors are of the same model."""
        current = self._live.current
        return current if current is not None and current.embeddings is index_version.embeddings else None

    async def _remove_deleted(self, index_version: IndexVersion, indexed: set[UUID]) -> None:
        """Remove deleted documents from this index; a deletion itself clears only the live one."""
        async with self._database.reader() as session:
            deleted = await documents.missing(session, indexed)
        for document_id in deleted:
            await index_version.index.delete_document(document_id)
        indexed -= deleted

    async def _close(self, index_version: IndexVersion) -> None:
        current = self._live.current
        if current is None or current.embeddings is not index_version.embeddings:
            await asyncio.to_thread(index_version.embeddings.close)
        await index_version.index.close()


def _silent(_done: int, _total: int) -> None:
    """Ignores the progress in chunks: here it is counted in documents."""

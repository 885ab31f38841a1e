"""Builds a new index version beside the live one from the stored sections, and switches to it once it is complete."""

import asyncio
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError

from core.errors import Conflict
from core.faults import is_transient
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
    """Builds the index version whose row says ``building``. What was built of it is kept when this is cut off."""

    def __init__(self, database: Database, live: LiveIndex, opened: IndexVersions, batch_size: int) -> None:
        self._database = database
        self._live = live
        self._index_versions = opened
        self._writer = ChunkWriter(database, batch_size)

    async def begin(self) -> int:
        """Ask for an index version made as the settings say; its number. One that is being built so already is gone on with.

        Raises:
            Conflict: a process is building one that is made otherwise.
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
        """Build until it answers; False when there is nothing to build or another process is at it.

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
                seen = await self._fill_and_switch(index_version)
                is_live = True
            finally:
                if not is_live:
                    await self._close(index_version)
        await self._index_versions.answer_with(index_version)
        self._index_versions.notice = None
        await self._remove_deleted(index_version, seen)
        return True

    async def is_wanted(self) -> bool:
        """True when there is one to be built."""
        return await self._row() is not None

    async def build_if_wanted(self) -> None:
        """Build, when one is wanted: asked for, cut off half-way, or because the settings changed while nothing was in yet."""
        if self._index_versions.notice is not None and await self._is_empty():
            await self.begin()
        if await self.is_wanted():
            await self.build()

    async def _is_empty(self) -> bool:
        async with self._database.reader() as session:
            row = await index_versions.live(session)
            return row is not None and not await index_versions.holds(session, row.number)

    async def _row(self) -> IndexVersionRow | None:
        async with self._database.reader() as session:
            return await index_versions.building(session)

    async def _fill_and_switch(self, index_version: IndexVersion) -> set[UUID]:
        """Index what is missing, again and again, until nothing is at the moment of the switch; the documents that were seen."""
        seen: set[UUID] = set()
        while True:
            async with self._database.transaction() as session:
                if await index_versions.switch(session, index_version.number):
                    return seen
            async with self._database.reader() as session:
                missing = await index_versions.missing(session, index_version.number, DOCUMENTS_PER_LOOK)
            for document_id in missing:
                seen.add(document_id)
                await self._put_patiently(index_version, document_id)
            await self._remove_deleted(index_version, seen)

    async def _put_patiently(self, index_version: IndexVersion, document_id: UUID) -> None:
        while True:
            try:
                await self._put(index_version, document_id)
                async with self._database.transaction() as session:
                    return await index_versions.progress(session, index_version.number)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("index.building_waits", index_version=index_version.number, error=repr(error))
            await asyncio.sleep(TRY_AGAIN_S)

    async def _put(self, index_version: IndexVersion, document_id: UUID) -> None:
        """Index a document as it is now. When it changed meanwhile, nothing is said of it, so that it is found missing again."""
        async with self._database.reader() as session:
            document = await documents.find(session, document_id)
        if document is None:
            return
        chunks = await chunks_of(self._database, index_version, document, document.version, lying_at=document.version)
        try:
            moved = await self._writer.add(index_version, document, chunks, _silent, self._lender(index_version))
            async with self._database.transaction() as session:
                present = await documents.lock(session, document_id)
                if present is None or present.updated_at != document.updated_at:
                    return
                await self._writer.settle(session, index_version, document_id, document.version, chunks, moved)
        except IntegrityError:  # deleted meanwhile; what the index has of it goes with the other deleted ones
            return
        await index_version.index.keep_only(document_id, [chunk.chunk_id for chunk in chunks])

    def _lender(self, index_version: IndexVersion) -> IndexVersion | None:
        """The index version that answers, when its vectors are of the same model."""
        current = self._live.current
        return current if current is not None and current.embeddings is index_version.embeddings else None

    async def _remove_deleted(self, index_version: IndexVersion, seen: set[UUID]) -> None:
        """Those who delete a document clear the index that answers; this one is cleared here."""
        async with self._database.reader() as session:
            gone = await documents.gone(session, seen)
        for document_id in gone:
            await index_version.index.delete_document(document_id)
        seen -= gone

    async def _close(self, index_version: IndexVersion) -> None:
        current = self._live.current
        if current is None or current.embeddings is not index_version.embeddings:
            await asyncio.to_thread(index_version.embeddings.close)
        await index_version.index.close()


def _silent(_done: int, _total: int) -> None:
    """Progress is counted in documents here."""

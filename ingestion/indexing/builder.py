"""A new generation of the index beside the one that answers, from the stored sections, and the switch to it once it lacks nothing."""

import asyncio
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError

from core.errors import Conflict
from core.retry import patiently
from db import documents, generations
from db.models import IndexGeneration
from db.session import Database
from ingestion.indexing.cutting import chunks_of
from ingestion.indexing.versions import Generations
from ingestion.indexing.writer import ChunkWriter
from rag.index.live import Generation, LiveIndex

log = structlog.get_logger(__name__)

BUILDING = 0x466F6F7502  # one process at a time
DOCUMENTS_PER_LOOK = 50
TRY_AGAIN_S = 5.0


class GenerationBuilder:
    """Builds the generation whose row says ``building``. What was built of it is kept when this is cut off."""

    def __init__(self, database: Database, live: LiveIndex, opened: Generations, batch_size: int) -> None:
        self._database = database
        self._live = live
        self._generations = opened
        self._writer = ChunkWriter(database, batch_size)

    async def begin(self) -> int:
        """Ask for a generation made as the settings say; its number. One that is being built so already is gone on with.

        Raises:
            Conflict: a process is building one that is made otherwise.
        """
        recipe = self._generations.recipe
        async with self._database.alone(BUILDING) as is_alone, self._database.transaction() as session:
            row = await generations.building(session)
            if row is not None and not recipe.is_of(row):
                if not is_alone:
                    raise Conflict(
                        "The index is being rebuilt with other settings at the moment; try again after that."
                    )
                await generations.give_up(session, row.number)
            return (await generations.start(session, **recipe.columns)).number

    async def build(self) -> bool:
        """Build until it answers; False when there is nothing to build or another process is at it.

        Raises:
            StartupFailed: its model cannot be loaded.
        """
        async with self._database.alone(BUILDING) as is_alone:
            row = await self._row() if is_alone else None
            if row is None:
                return False
            log.info("index.building", generation=row.number, model=row.model, chunking=row.chunking)
            generation = await self._generations.open(row)
            is_live = False
            try:
                seen = await self._fill_and_switch(generation)
                is_live = True
            finally:
                if not is_live:
                    await self._close(generation)
        await self._generations.answer_with(generation)
        self._generations.notice = None
        await self._remove_deleted(generation, seen)
        return True

    async def is_wanted(self) -> bool:
        """True when there is one to be built."""
        return await self._row() is not None

    async def build_if_wanted(self) -> None:
        """Build, when one is wanted: asked for, cut off half-way, or because the settings changed while nothing was in yet."""
        if self._generations.notice is not None and await self._is_empty():
            await self.begin()
        if await self.is_wanted():
            await self.build()

    async def _is_empty(self) -> bool:
        async with self._database.reader() as session:
            row = await generations.live(session)
            return row is not None and not await generations.holds(session, row.number)

    async def _row(self) -> IndexGeneration | None:
        async with self._database.reader() as session:
            return await generations.building(session)

    async def _fill_and_switch(self, generation: Generation) -> set[UUID]:
        """Index what is missing, again and again, until nothing is at the moment of the switch; the documents that were seen."""
        seen: set[UUID] = set()
        while True:
            async with self._database.transaction() as session:
                if await generations.switch(session, generation.number):
                    return seen
            async with self._database.reader() as session:
                missing = await generations.missing(session, generation.number, DOCUMENTS_PER_LOOK)
            for document_id in missing:
                seen.add(document_id)
                await self._put_patiently(generation, document_id)
            await self._remove_deleted(generation, seen)

    async def _put_patiently(self, generation: Generation, document_id: UUID) -> None:
        async def put() -> None:
            await self._put(generation, document_id)
            async with self._database.transaction() as session:
                await generations.progress(session, generation.number)

        await patiently("index.building_waits", put, TRY_AGAIN_S, generation=generation.number)

    async def _put(self, generation: Generation, document_id: UUID) -> None:
        """Index a document as it is now. When it changed meanwhile, nothing is said of it, so that it is found missing again."""
        async with self._database.reader() as session:
            document = await documents.find(session, document_id)
        if document is None:
            return
        chunks = await chunks_of(self._database, generation, document, document.version)
        try:
            moved = await self._writer.add(generation, document, chunks, _silent, self._lender(generation))
            async with self._database.transaction() as session:
                present = await documents.lock(session, document_id)
                if present is None or present.updated_at != document.updated_at:
                    return
                await self._writer.settle(session, generation, document_id, document.version, chunks, moved)
        except IntegrityError:  # deleted meanwhile; what the index has of it goes with the other deleted ones
            return
        await generation.index.keep_only(document_id, [chunk.chunk_id for chunk in chunks])

    def _lender(self, generation: Generation) -> Generation | None:
        """The generation that answers, when its vectors are of the same model."""
        current = self._live.current
        return current if current is not None and current.embeddings is generation.embeddings else None

    async def _remove_deleted(self, generation: Generation, seen: set[UUID]) -> None:
        """Those who delete a document clear the index that answers; this one is cleared here."""
        async with self._database.reader() as session:
            gone = await documents.gone(session, seen)
        for document_id in gone:
            await generation.index.delete_document(document_id)
        seen -= gone

    async def _close(self, generation: Generation) -> None:
        current = self._live.current
        if current is None or current.embeddings is not generation.embeddings:
            await asyncio.to_thread(generation.embeddings.close)
        await generation.index.close()


def _silent(_done: int, _total: int) -> None:
    """Progress is counted in documents here."""

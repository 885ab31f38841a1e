"""Views of a document: its file, pages, sections and passages, also of earlier versions."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, scope_of
from core.errors import NotFound
from db import answer_runs, chunks, documents, sections, versions
from db.models import Document, DocumentVersion
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.documents import highlights
from ingestion.documents.pages import PageImages
from ingestion.documents.rows import document_view, section_view, version_view
from ingestion.types import Box, OpenedFile, SectionView, VersionView
from parsing.sandbox.sandbox import Sandbox
from rag.types import Span

NO_PASSAGE = "There is no such passage on this page."


class DocumentViewing:
    """Opens documents. Every method checks what the principal may see; ``version`` is None for the present one.

    Every method raises NotFound when the principal may not see the document, or it has no such version (any more).
    """

    def __init__(self, database: Database, blobs: BlobStore, sandbox: Sandbox) -> None:
        self._database = database
        self._blobs = blobs
        self._pages = PageImages(blobs, sandbox)

    async def versions(self, principal: Principal, document_id: UUID) -> tuple[VersionView, ...]:
        """The stored versions of a document, newest first."""
        async with self._database.reader() as session:
            document = await documents.get(session, scope_of(principal), document_id)
            rows = await versions.of_document(session, scope_of(principal), document_id)
        return tuple(version_view(row, document) for row in rows)

    async def open_file(self, principal: Principal, document_id: UUID, version: int | None = None) -> OpenedFile:
        """An original file."""
        document, file = await self._version(principal, document_id, version)
        if not await self._blobs.exists(file.blob_key):
            raise NotFound("The file is no longer stored.")
        changes = {"mime_type": file.mime_type, "size_bytes": file.size_bytes, "version": file.number}
        return OpenedFile(
            document_view(document).model_copy(update=changes), partial(self._blobs.stream, file.blob_key)
        )

    async def page_image(
        self,
        principal: Principal,
        document_id: UUID,
        page: int,
        *,
        width_px: int = 1200,
        chunk_id: UUID | None = None,
        version: int | None = None,
    ) -> bytes:
        """A page (1-based) as a PNG; with ``chunk_id``, that chunk is highlighted in it.

        Raises:
            NotFound: there is no such page, or no such chunk on it.
            DocumentUnreadable: the page cannot be drawn.
        """
        _, file = await self._version(principal, document_id, version)
        boxes: list[Box] = []
        if chunk_id is not None:
            boxes = await self._boxes_of(principal, file, page, chunk_id)
        return await self._pages.image(file, page, width_px, boxes, user_id=principal.user_id)

    async def section(
        self, principal: Principal, document_id: UUID, number: int, version: int | None = None
    ) -> SectionView:
        """A section (PDF: a page) for display."""
        scope = scope_of(principal)
        _, file = await self._version(principal, document_id, version)
        async with self._database.reader() as session:
            row = await sections.get(session, scope, document_id, number, file.number)
            count = await sections.count(session, scope, document_id, file.number)
        return section_view(row, file.page_count, count)

    async def highlights(
        self, principal: Principal, document_id: UUID, number: int, spans: Sequence[Span], version: int | None = None
    ) -> list[Box]:
        """Rectangles of spans of a section's text on its page, one per line; empty for formats without pages."""
        async with self._database.reader() as session:
            row = await sections.get(session, scope_of(principal), document_id, number, version)
        return highlights.boxes_of(row.words, spans)

    async def _boxes_of(self, principal: Principal, file: DocumentVersion, page: int, chunk_id: UUID) -> list[Box]:
        """Rectangles of a chunk on a page. Raises NotFound when it is not on this page."""
        async with self._database.reader() as session:
            section, chunk_page, spans = await _place_of(session, principal, file, chunk_id)
        if chunk_page != page:
            raise NotFound(NO_PASSAGE)
        return await self.highlights(principal, file.document_id, section, spans, file.number)

    async def _version(
        self, principal: Principal, document_id: UUID, number: int | None
    ) -> tuple[Document, DocumentVersion]:
        async with self._database.reader() as session:
            document = await documents.get(session, scope_of(principal), document_id)
            version = document.version if number is None else number
            return document, await versions.get(session, scope_of(principal), document_id, version)


async def _place_of(
    session: AsyncSession, principal: Principal, file: DocumentVersion, chunk_id: UUID
) -> tuple[int, int | None, list[Span]]:
    """Section, page and spans of a chunk of a version: from the index, else from an answer of the principal's.

    Raises:
        NotFound: neither has it.
    """
    try:
        chunk = await chunks.get(session, scope_of(principal), chunk_id)
    except NotFound:
        chunk = None
    if chunk is not None and (chunk.document_id, chunk.version) == (file.document_id, file.number):
        return chunk.section, chunk.page, [Span(start=chunk.char_start, end=chunk.char_end)]
    cited = await answer_runs.source_of_chunk(session, principal, chunk_id, file.number)
    if cited.document_id != file.document_id:
        raise NotFound(NO_PASSAGE)
    return cited.section, cited.page, [Span(start=start, end=end) for start, end in cited.spans]

"""Pictures of the pages of a document: rendered in a child process, kept in the blob store."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from core.errors import NotFound
from db.models import Document
from ingestion import highlights
from ingestion.blobs import BlobStore, pieces_of
from ingestion.sandbox import Sandbox
from ingestion.sniff import PDF
from ingestion.types import Box

# What the viewer asks for. Others are drawn each time: nobody may fill the store with 3,000 widths.
KEPT_WIDTHS_PX = (600, 900, 1200, 1600, 2400)


class PageImages:
    """PNGs of pages."""

    def __init__(self, blobs: BlobStore, sandbox: Sandbox) -> None:
        self._blobs = blobs
        self._sandbox = sandbox

    async def image(self, document: Document, page: int, width_px: int, boxes: Sequence[Box] = ()) -> bytes:
        """A page (1-based), the boxes marked in it.

        Raises:
            NotFound: the document has no such page.
            DocumentUnreadable: the page cannot be drawn within the limits.
        """
        if document.mime_type != PDF or page < 1 or (document.page_count is not None and page > document.page_count):
            raise NotFound("There is no such page.")
        plain = await self._plain(document, page, width_px)
        return await asyncio.to_thread(highlights.draw, plain, boxes) if boxes else plain

    async def _plain(self, document: Document, page: int, width_px: int) -> bytes:
        key = f"{folder_of(document.id)}/{page}-{width_px}.png"
        if await self._blobs.exists(key):
            return b"".join([piece async for piece in self._blobs.stream(key)])
        async with self._blobs.local_copy(document.blob_key) as path:
            png = await self._sandbox.render(path, page, width_px)
        if width_px in KEPT_WIDTHS_PX:
            await self._blobs.put(key, pieces_of(png))
        return png


def folder_of(document_id: UUID) -> str:
    """Where the pictures of a document are kept."""
    return f"pages/{document_id}"

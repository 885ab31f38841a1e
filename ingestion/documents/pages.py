"""Page images of a document: rendered in a child process, cached in the blob store."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

from core.errors import NotFound
from db.models import DocumentVersion
from ingestion.blobs import BlobStore, pieces_of
from ingestion.documents import highlights
from ingestion.types import Box
from parsing.sandbox.sandbox import Sandbox
from parsing.sniff.mime import PAGED

# What the viewer asks for. Others are drawn each time: nobody may fill the store with 3,000 widths.
KEPT_WIDTHS_PX = (600, 900, 1200, 1600, 2400)


class PageImages:
    """PNGs of pages."""

    def __init__(self, blobs: BlobStore, sandbox: Sandbox) -> None:
        self._blobs = blobs
        self._sandbox = sandbox

    async def image(self, version: DocumentVersion, page: int, width_px: int, boxes: Sequence[Box] = ()) -> bytes:
        """A page (1-based) of a version, the boxes marked in it.

        Raises:
            NotFound: it has no such page.
            DocumentUnreadable: the page cannot be drawn within the limits.
        """
        if version.mime_type not in PAGED or page < 1 or (version.page_count is not None and page > version.page_count):
            raise NotFound("There is no such page.")
        plain = await self._plain(version, page, width_px)
        return await asyncio.to_thread(highlights.draw, plain, boxes) if boxes else plain

    async def _plain(self, version: DocumentVersion, page: int, width_px: int) -> bytes:
        key = f"{folder_of(version.document_id, version.number)}/{page}-{width_px}.png"
        if await self._blobs.exists(key):
            return b"".join([piece async for piece in self._blobs.stream(key)])
        async with self._blobs.local_copy(version.blob_key) as path:
            png = await self._sandbox.render(path, page, width_px, version.mime_type)
        if width_px in KEPT_WIDTHS_PX:
            await self._blobs.put(key, pieces_of(png))
        return png


def folder_of(document_id: UUID, version: int | None = None) -> str:
    """Where the pictures of a document are kept: all of them, or those of a version."""
    return f"pages/{document_id}" if version is None else f"pages/{document_id}/{version}"


def blob_key_of(document_id: UUID, *, is_first: bool = True) -> str:
    """Where a file is put: the first of a document, or a later one. Never the same for two later ones, which may be brought at once."""
    return f"documents/{document_id}" if is_first else f"{_later_files(document_id)}/{uuid4()}"


async def forget_files(blobs: BlobStore, document_id: UUID, blob_key: str) -> None:
    """Delete what the store holds of a deleted document: its files, whatever their version, and the pictures of its pages."""
    for folder in (folder_of(document_id), _later_files(document_id)):
        await blobs.delete_all(folder)
    for key in {blob_key, blob_key_of(document_id)}:
        await blobs.delete(key)


def _later_files(document_id: UUID) -> str:
    return f"versions/{document_id}"

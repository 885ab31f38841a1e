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

WIDTHS_PX = (300, 600, 900, 1200, 1600, 2000, 2400, 3000)  # that are drawn and cached: 3,000 would fill the store


class PageImages:
    """Renders pages as PNGs."""

    def __init__(self, blobs: BlobStore, sandbox: Sandbox) -> None:
        self._blobs = blobs
        self._sandbox = sandbox

    async def image(
        self, version: DocumentVersion, page: int, width_px: int, boxes: Sequence[Box] = (), *, user_id: UUID
    ) -> bytes:
        """A page (1-based) of a version as a PNG, with the boxes marked.

        Args:
            width_px: at least; it is drawn in the next larger of ``WIDTHS_PX``.
            user_id: the viewer.

        Raises:
            NotFound: the version has no such page.
            DocumentUnreadable: the page cannot be drawn within the limits.
        """
        if version.mime_type not in PAGED or page < 1 or (version.page_count is not None and page > version.page_count):
            raise NotFound("There is no such page.")
        plain = await self._plain(version, page, drawn_width_px(width_px), user_id)
        return await asyncio.to_thread(highlights.draw, plain, boxes) if boxes else plain

    async def _plain(self, version: DocumentVersion, page: int, width_px: int, user_id: UUID) -> bytes:
        key = f"{folder_of(version.document_id, version.number)}/{page}-{width_px}.png"
        if await self._blobs.exists(key):
            return b"".join([piece async for piece in self._blobs.stream(key)])
        async with self._blobs.local_copy(version.blob_key) as path:
            png = await self._sandbox.render(path, page, width_px, version.mime_type, user_id=user_id)
        await self._blobs.put(key, pieces_of(png))
        return png


def drawn_width_px(width_px: int) -> int:
    """The width in which a page is drawn for somebody who wants it so wide."""
    return next((drawn for drawn in WIDTHS_PX if drawn >= width_px), WIDTHS_PX[-1])


def folder_of(document_id: UUID, version: int | None = None) -> str:
    """The blob folder of a document's page images: of all versions, or of one."""
    return f"pages/{document_id}" if version is None else f"pages/{document_id}/{version}"


def blob_key_of(document_id: UUID, *, is_first: bool = True) -> str:
    """The blob key of a new file. Later files get unique keys, because two may be uploaded at once."""
    return f"documents/{document_id}" if is_first else f"{_later_files(document_id)}/{uuid4()}"


async def forget_files(blobs: BlobStore, document_id: UUID, blob_key: str) -> None:
    """Delete the blobs of a deleted document: the files of all versions, and the page images."""
    for folder in (folder_of(document_id), _later_files(document_id)):
        await blobs.delete_all(folder)
    for key in {blob_key, blob_key_of(document_id)}:
        await blobs.delete(key)


def _later_files(document_id: UUID) -> str:
    return f"versions/{document_id}"

"""Reads one source from beginning to end: its pages are brought like uploads, once they are new or have changed."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from uuid import UUID

import structlog

from core.access import Principal
from core.errors import FootnoteError
from core.retry import is_transient
from core.settings import LinkSettings
from db import sources
from db.models import DocumentSource, DocumentSourceItem
from db.session import Database
from ingestion.folders.places import FolderUnavailable
from ingestion.service import IngestionService
from ingestion.sources import links
from ingestion.sources.addresses import Address, address_of
from ingestion.sources.errors import PageGone, PageUnavailable
from ingestion.sources.fetching import Fetcher, Page, Validators, named
from ingestion.sources.types import LinkKind

log = structlog.get_logger(__name__)

MOST_SITEMAPS = 50  # of a list of sitemaps
GONE = "The page is gone from its site. The document stays as it was read last."
CUT = "The site has more than {most:,} pages; the others were left out."
Values = Mapping[str, str | UUID | None]  # columns of an item
KEPT = ("read", "elsewhere")  # states in which what is unchanged need not be fetched


class SourceSync:
    """One reading of a source, by a worker.

    Args:
        principal: on whose behalf it is read: what they may not do, is not done.
    """

    def __init__(
        self,
        database: Database,
        ingestion: IngestionService,
        fetcher: Fetcher,
        settings: LinkSettings,
        source: DocumentSource,
        principal: Principal,
    ) -> None:
        self._database = database
        self._ingestion = ingestion
        self._fetcher = fetcher
        self._settings = settings
        self._source = source
        self._principal = principal
        self._items: dict[str, DocumentSourceItem] = {}
        self._own: dict[str, UUID] = {}  # title → document, of an earlier source of this address, too
        self._links: list[Address] = []  # in the page that was fetched last
        self._has_asked = False

    async def run(self) -> str | None:
        """Bring what is new or has changed; returns a sentence about what was left out.

        Raises:
            FootnoteError: the page, or the list of pages, cannot be read; or the principal may not change the library.
        """
        known = await self._ingestion.folders.known(self._principal, self._source.library_id, self._source.address)
        self._own = {one.title: one.document_id for one in known}
        async with self._database.reader() as session:
            self._items = await sources.items(session, self._source.id)
        address = address_of(self._source.address)
        if self._source.kind == LinkKind.PAGE:
            await self._bring(address)
            return None
        return await self._bring_site(address)

    async def _bring_site(self, address: Address) -> str | None:
        listed = await self._listed(address)
        known = [one for text in self._items if (one := address_of(text)).origin == address.origin]
        waiting = deque([*(listed if listed is not None else [address]), *known])
        seen: set[str] = set()
        first: FootnoteError | None = None
        while waiting:
            one = waiting.popleft()
            if one.text in seen:
                continue
            if len(seen) >= self._settings.max_pages:
                return CUT.format(most=self._settings.max_pages)
            seen.add(one.text)
            try:
                await self._bring(one)
            except FootnoteError as error:
                first = first or (error if len(seen) == 1 and listed is None else None)
            if listed is None:
                waiting.extend(self._links)
        if first is not None and len(seen) == 1:
            raise first
        return None

    async def _listed(self, address: Address) -> list[Address] | None:
        """The pages of a sitemap, or of a list of sitemaps; None when the address is neither."""
        text = await self._list(address)
        kind = links.sitemap_kind(text)
        if kind is None:
            return None
        if kind == "urlset":
            return list(links.in_sitemap(text, address))
        found: list[Address] = []
        for one in list(links.in_sitemap(text, address))[:MOST_SITEMAPS]:
            try:
                found += links.in_sitemap(await self._list(one), address)
            except FootnoteError as error:
                log.info("sitemap.not_read", source_id=str(self._source.id), error=error.message)
            if len(found) > self._settings.max_pages:
                break
        return found

    async def _list(self, address: Address) -> str:
        await self._pause(address)
        async with self._fetcher.open(address) as page:
            content = await _beginning(page.pieces)
        return await asyncio.to_thread(links.text_of, content)

    async def _bring(self, address: Address) -> None:
        """Bring one page, and note how it went. Raises FootnoteError when it did not go."""
        self._links = []
        item = self._items.get(address.text)
        if item is not None and item.state == "read" and item.document_id is None:
            return  # deleted here
        seen = Validators(item.etag, item.last_modified) if item is not None and item.state in KEPT else None
        try:
            await self._pause(address)
            async with self._fetcher.open(address, seen) as page:
                if page.is_unchanged:
                    await self._note(address, {"error": None})
                else:
                    await self._note(address, await self._submitted(address, item, page))
        except FootnoteError as error:
            if is_transient(error) and not is_worth_another_try(error):
                raise  # nothing is wrong with the page
            is_gone = isinstance(error, PageGone) and item is not None and item.document_id is not None
            await self._note(
                address,
                {"state": "gone" if is_gone else "failed", "error": GONE if is_gone else error.message},
            )
            if is_gone:
                raise PageGone(GONE) from error
            raise

    async def _submitted(self, address: Address, item: DocumentSourceItem | None, page: Page) -> Values:
        """Hand a page to ingestion; what is to be noted about it."""
        title = named(address.title, page.suffix)
        replaces = (item.document_id if item is not None else None) or self._own.get(title)
        kept = bytearray()
        async with aclosing(_copied(page.pieces, kept)) as pieces:
            submission = await self._ingestion.submit(
                self._principal,
                pieces,
                title,
                library_id=self._source.library_id,
                replaces=replaces,
                source=self._source.address,
            )
        if self._source.kind == LinkKind.SITE and submission.document.mime_type.startswith("text/html"):
            self._links = await asyncio.to_thread(self._links_in, bytes(kept), page.address)
        is_elsewhere = submission.is_known and replaces is None
        return {
            "state": "elsewhere" if is_elsewhere else "read",
            "document_id": None if is_elsewhere else submission.document.id,
            "error": None,
            "etag": page.validators.etag,
            "last_modified": page.validators.last_modified,
        }

    def _links_in(self, content: bytes, address: Address) -> list[Address]:
        folder = address_of(self._source.address).folder
        return _distinct(links.in_page(links.text_of(content), address, folder), self._settings.max_pages)

    async def _note(self, address: Address, values: Values) -> None:
        known = self._items.get(address.text)
        complete = {"state": "read" if known is None else known.state, **values}
        async with self._database.transaction() as session:
            await sources.put_item(session, self._source.id, address.text, **complete)

    async def _pause(self, address: Address) -> None:
        """The pause between two requests to a site that the settings and the site want."""
        delay_s = (await self._fetcher.rules(address)).delay_s
        if self._has_asked:
            await asyncio.sleep(max(self._settings.pause_s, delay_s))
        self._has_asked = True


def is_worth_another_try(error: BaseException) -> bool:
    """True for what may pass soon, so that it is tried again before its time."""
    return isinstance(error, (PageUnavailable, FolderUnavailable))


def _distinct(found: Iterable[Address], most: int) -> list[Address]:
    kept: dict[str, Address] = {}
    for one in found:
        kept.setdefault(one.text, one)
        if len(kept) >= most:
            break
    return list(kept.values())


async def _copied(pieces: AsyncIterator[bytes], kept: bytearray) -> AsyncGenerator[bytes, None]:
    """The pieces; the first ``links.MOST_BYTES`` of them are kept, too."""
    async for piece in pieces:
        kept += piece[: links.MOST_BYTES - len(kept)]
        yield piece


async def _beginning(pieces: AsyncIterator[bytes]) -> bytes:
    kept = bytearray()
    async for piece in pieces:
        kept += piece[: links.MOST_BYTES - len(kept)]
        if len(kept) >= links.MOST_BYTES:
            break
    return bytes(kept)

"""Fetches a page or file: guarded, polite, and with an end to everything."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath

import certifi
import httpcore

from core.settings import LinkSettings
from ingestion.sources.addresses import Address
from ingestion.sources.decoding import decoded
from ingestion.sources.errors import PageGone, PageRefused, PageUnavailable, translated
from ingestion.sources.guard import GuardedNetwork, Resolve
from ingestion.sources.robots import AGENT, MOST_BYTES, Robots, Rules

MOST_REDIRECTS = 5
CONNECT_S, QUIET_S = 10.0, 20.0  # for a connection, and between two pieces
REDIRECTS = (301, 302, 303, 307, 308)
GONE = (404, 410)
BUSY = (408, 425, 429)
SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/json": ".json",
}
_LONGEST_SUFFIX = 6


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells whether a page has changed, as its site said it: headers of a response."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page that answers.

    Attributes:
        address: where it is, after redirects.
        is_unchanged: it is what the validators were of; there are no pieces then.
        suffix: the usual end of a file's name for what the site says it is; empty where that says nothing.
        pieces: its bytes, once; they raise as :meth:`Fetcher.open`.
    """

    address: Address
    validators: Validators
    is_unchanged: bool
    suffix: str
    pieces: AsyncIterator[bytes]


class Fetcher:
    """Fetches from the public internet and the networks that the settings name.

    Args:
        resolve: name and port → addresses; by default as this machine resolves them.
    """

    def __init__(self, settings: LinkSettings, resolve: Resolve | None = None) -> None:
        self._timeout_s = settings.timeout_s
        self._network = GuardedNetwork(settings.also, resolve)
        self._tls = ssl.create_default_context()
        self._tls.load_verify_locations(certifi.where())
        self._robots = Robots(self._robots_text)

    async def rules(self, address: Address) -> Rules:
        """What the site of an address lets programs read. Raises PageUnavailable and what else :meth:`open` raises."""
        return await self._robots.of(address)

    @asynccontextmanager
    async def open(self, address: Address, seen: Validators | None = None) -> AsyncIterator[Page]:
        """A page, for as long as the block runs.

        Args:
            seen: what was said of it when it was read last.

        Raises:
            AddressRefused, NameUnknown: its address, or one that it redirects to, must not or cannot be connected to.
            PageRefused: the site forbids it to programs or to anybody, or redirects too often.
            PageGone: there is no such page.
            PageUnavailable: the site does not answer, or not within the time for one page.
        """
        async with self._opened(address, seen or Validators(), is_polite=True) as page:
            yield page

    async def text(self, address: Address, most_bytes: int) -> str:
        """The beginning of a page as text of UTF-8, for what lists addresses. Raises as :meth:`open`."""
        async with self.open(address) as page:
            return await _beginning(page, most_bytes)

    async def _robots_text(self, address: Address) -> str | None:
        try:
            async with self._opened(address, Validators(), is_polite=False) as page:
                return await _beginning(page, MOST_BYTES)
        except (PageGone, PageRefused):
            return None  # none that is for us: RFC 9309, 2.3.1.3

    @asynccontextmanager
    async def _opened(self, address: Address, seen: Validators, *, is_polite: bool) -> AsyncIterator[Page]:
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        async with AsyncExitStack() as stack:
            pool = httpcore.AsyncConnectionPool(
                ssl_context=self._tls, network_backend=self._network, max_connections=1, max_keepalive_connections=0
            )
            await stack.enter_async_context(pool)
            with translated():
                async with asyncio.timeout_at(deadline):
                    address, response = await self._arrive(pool, address, seen, stack, is_polite=is_polite)
            pieces = await stack.enter_async_context(aclosing(_pieces(response, deadline)))
            yield _page_of(address, response, pieces)

    async def _arrive(
        self,
        pool: httpcore.AsyncConnectionPool,
        address: Address,
        seen: Validators,
        stack: AsyncExitStack,
        *,
        is_polite: bool,
    ) -> tuple[Address, httpcore.Response]:
        """Follow redirects; each address is checked like the first."""
        for _ in range(MOST_REDIRECTS + 1):
            if is_polite and not (await self._robots.of(address)).allows(address.target):
                raise PageRefused("The site does not let programs read this page (robots.txt).")
            opening = AsyncExitStack()
            response = await opening.enter_async_context(_request(pool, address, seen))
            if response.status not in REDIRECTS:
                stack.push_async_exit(opening)
                _require_success(response)
                return address, response
            await opening.aclose()
            address = address.joined(_header(response, b"location"))
        raise PageRefused("The page leads in circles.")


def _request(
    pool: httpcore.AsyncConnectionPool, address: Address, seen: Validators
) -> AbstractAsyncContextManager[httpcore.Response]:
    headers: dict[bytes | str, bytes | str] = {
        "Host": address.authority,
        "User-Agent": AGENT,
        "Accept": "text/html, application/pdf, text/*;q=0.9, */*;q=0.8",
        "Accept-Encoding": "identity",
    }
    if seen.etag:
        headers["If-None-Match"] = seen.etag
    if seen.last_modified:
        headers["If-Modified-Since"] = seen.last_modified
    url = httpcore.URL(
        scheme=address.scheme.encode(), host=address.host.encode(), port=address.port, target=address.target.encode()
    )
    limits = {"connect": CONNECT_S, "read": QUIET_S, "write": QUIET_S, "pool": CONNECT_S}
    return pool.stream("GET", url, headers=headers, extensions={"timeout": limits})


def _require_success(response: httpcore.Response) -> None:
    status = response.status
    if status in GONE:
        raise PageGone("There is no such page any more.")
    if status in (401, 403, 407):
        raise PageRefused("The site shows this page to nobody who has not signed in there.")
    if status in BUSY or status >= 500:
        raise PageUnavailable(f"The site does not answer as it should (status {status}).")
    if status not in (200, 203, 304):
        raise PageRefused(f"The site gives no page here (status {status}).")


def _page_of(address: Address, response: httpcore.Response, pieces: AsyncIterator[bytes]) -> Page:
    validators = Validators(_header(response, b"etag") or None, _header(response, b"last-modified") or None)
    kind = _header(response, b"content-type").partition(";")[0].strip().lower()
    return Page(address, validators, response.status == 304, SUFFIXES.get(kind, ""), pieces)


async def _pieces(response: httpcore.Response, deadline: float) -> AsyncGenerator[bytes, None]:
    encoding = _header(response, b"content-encoding")
    with translated():
        async with aclosing(_until(response, deadline)) as raw, aclosing(decoded(raw, encoding)) as clear:
            async for piece in clear:
                yield piece


async def _until(response: httpcore.Response, deadline: float) -> AsyncGenerator[bytes, None]:
    stream = aiter(response.aiter_stream())
    while True:
        async with asyncio.timeout_at(deadline):
            piece = await anext(stream, None)
        if piece is None:
            return
        yield piece


async def _beginning(page: Page, most_bytes: int) -> str:
    read = bytearray()
    async for piece in page.pieces:
        read += piece
        if len(read) >= most_bytes:
            break
    return bytes(read[:most_bytes]).decode("utf-8", "replace")


def named(title: str, suffix: str) -> str:
    """A title that a file of this kind may have: with its suffix, where it has none."""
    own = PurePosixPath(title.partition("?")[0]).suffix
    has_own = 1 < len(own) <= _LONGEST_SUFFIX and own[1:].isalnum() and "/" in title and "?" not in title
    return title if has_own or not suffix else f"{title}{suffix}"


def _header(response: httpcore.Response, name: bytes) -> str:
    values = [value for key, value in response.headers if key.lower() == name]
    return values[0].decode("latin-1").strip() if values else ""

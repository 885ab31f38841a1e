"""A web site on this machine for tests of fetching: every byte of an answer is the test's own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from core.settings import LinkSettings

Write = Callable[[bytes], Awaitable[None]]
Answer = bytes | Callable[[Write], Awaitable[None]]
NAME = "site.test"


def answer(
    body: bytes | str = b"", *headers: str, status: str = "200 OK", kind: str = "text/html; charset=utf-8"
) -> bytes:
    """A whole response."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(content)}", "Connection: close"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + content


def redirect(to: str) -> bytes:
    """A response that leads elsewhere."""
    return answer(b"", f"Location: {to}", status="302 Found")


NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
MISSING = answer("Nothing here.", status="404 Not Found")


@dataclass
class Site:
    """A server at 127.0.0.1.

    Attributes:
        pages: path with query → its answer; what is not there is a 404.
        asked: what was asked for, in order: path, and the headers with their names in lower case.
    """

    port: int = 0
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str = "/", host: str = NAME) -> str:
        """An address of the site."""
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """What was asked for, but for robots.txt."""
        return [path for path, _ in self.asked if path != "/robots.txt"]

    def page(self, path: str, body: str, *, etag: str = "") -> None:
        """A page which, with an ETag, answers that it is unchanged to those who have it."""

        async def reply(write: Write) -> None:
            _, headers = self.asked[-1]
            is_known = bool(etag) and headers.get("if-none-match") == etag
            await write(NOT_MODIFIED if is_known else answer(body, *([f"ETag: {etag}"] if etag else [])))

        self.pages[path] = reply

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""

        async def write(piece: bytes) -> None:
            writer.write(piece)
            await writer.drain()

        with suppress(ConnectionError, asyncio.IncompleteReadError, OSError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            path = head[0].split(" ")[1]
            fields = (line.partition(":") for line in head[1:] if line)
            self.asked.append((path, {name.lower(): value.strip() for name, _, value in fields}))
            page = self.pages.get(path, MISSING)
            await (write(page) if isinstance(page, bytes) else page(write))
        with suppress(ConnectionError, OSError):
            writer.close()
            await writer.wait_closed()


@asynccontextmanager
async def site_of(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Site]:
    """A running site."""
    site = Site()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with suppress(asyncio.CancelledError):
                await site.serve(reader, writer)
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, host, port)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def names(**known: str) -> Callable[[str, int], Awaitable[list[str]]]:
    """A resolver: ``site.test`` and what is named are known, addresses are themselves; the rest is asked of this machine."""
    table = {NAME: "127.0.0.1", **{name.replace("_", "."): address for name, address in known.items()}}

    async def resolve(host: str, port: int) -> list[str]:
        from ingestion.sources.guard import resolved

        return table[host].split(",") if host in table else await resolved(host, port)

    return resolve


def open_to_this_machine(**more: object) -> LinkSettings:
    """Settings that let one address of this machine be read, without pauses."""
    return LinkSettings.model_validate({"networks": "127.0.0.1", "pause_s": 0, "timeout_s": 20, **more})

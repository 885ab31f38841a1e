"""What is in an export, in the order in which it is written: conversations, sets of rows, files, and the index at the end.

Rows are read page by page, each page in a transaction of its own, so that neither memory nor a snapshot grows with the account.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from core.errors import NotFound
from db import exports
from db.base import now
from db.conversation import Thread
from db.models import Document
from db.session import Database
from ingestion.blobs import BlobStore, pieces_of
from rights.export import pages
from rights.export.zip_stream import ZipStream

ROWS_AT_ONCE = 200
ROWS_PER_FILE = 5000
THREADS_PER_FILE = 100
LONGEST_NAME = 120  # characters of a file's name in the archive
NOTES = (
    "Passwords and the secrets of API keys are not stored here, so they are not in this archive either.",
    "Each .jsonl file has one row per line, in JSON, for programs; the .html file beside it says the same for people.",
    "Documents in libraries that you share with others are listed, but their files are not copied: the library is not only yours.",
)
Progress = Callable[[int], Awaitable[None]]


class Archive:
    """The stream of one person's archive.

    Args:
        on_progress: called with the number of rows and files written so far.
    """

    def __init__(
        self, database: Database, blobs: BlobStore, user_id: UUID, username: str, on_progress: Progress
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._user_id = user_id
        self._username = username
        self._on_progress = on_progress
        self._at = now()
        self._zip = ZipStream(self._at)
        self._contents: list[tuple[str, str, int]] = []
        self._done = 0

    async def stream(self) -> AsyncIterator[bytes]:
        """The bytes of the ZIP."""
        for part in (self._conversations, self._files):
            async for piece in part():
                yield piece
        for dataset in exports.DATASETS:
            async for piece in self._dataset(dataset):
                yield piece
        page = pages.index(self._username, self._at, self._contents, NOTES).encode()
        async for piece in self._zip.add("index.html", pieces_of(page)):
            yield piece
        yield await self._zip.end()

    async def _conversations(self) -> AsyncIterator[bytes]:
        after: tuple[datetime, UUID] | None = None
        number = 0
        while True:
            async with self._database.reader() as session:
                threads = await exports.threads(session, self._user_id, after, THREADS_PER_FILE)
            if not threads:
                return
            after, number = (threads[-1].created_at, threads[-1].id), number + 1
            name = f"conversations-{number:04}.html"
            async for piece in self._zip.add(name, self._transcripts(threads)):
                yield piece
            first, last = threads[0].created_at, threads[-1].created_at
            self._contents.append(
                (name, f"Conversations of {first:%Y-%m-%d} to {last:%Y-%m-%d}, to read", len(threads))
            )
            await self._advance(0)

    async def _transcripts(self, threads: list[Thread]) -> AsyncIterator[bytes]:
        yield (pages.head("Conversations") + pages.BACK).encode()
        for thread in threads:
            yield pages.conversation_head(str(thread.id), thread.name, thread.created_at).encode()
            after: tuple[datetime, UUID] | None = None
            while True:
                async with self._database.reader() as session:
                    found = await exports.messages(session, thread.id, after, ROWS_AT_ONCE)
                for step, rating in found:
                    said = (
                        None
                        if rating is None
                        else f"rated {'up' if rating.value else 'down'} {rating.comment or ''}".strip()
                    )
                    is_answer = step.type == "assistant_message"
                    yield pages.message(step.output, step.created_at, is_answer=is_answer, rating=said).encode()
                if len(found) < ROWS_AT_ONCE:
                    break
                after = found[-1][0].created_at, found[-1][0].id
            yield b"</article>\n"
        yield pages.END.encode()

    async def _dataset(self, dataset: exports.Dataset) -> AsyncIterator[bytes]:
        """The rows as JSON lines, and as pages for people; both are read anew, so that no row has to wait in memory."""
        async with self._database.reader() as session:
            total = await exports.count(session, dataset, self._user_id)
        async for piece in self._zip.add(f"data/{dataset.name}.jsonl", self._lines(dataset)):
            yield piece
        name, number, after = "", 0, None
        while number == 0 or after is not None:
            number += 1
            name = f"{dataset.name}-{number:04}.html"
            page = _Page(self, dataset, after)
            async for piece in self._zip.add(name, page.stream()):
                yield piece
            after = page.after if page.is_full else None
            self._contents.append(
                (name, dataset.title if number == 1 else f"{dataset.title}, part {number}", page.count)
            )
        self._contents.append((f"data/{dataset.name}.jsonl", f"{dataset.title}, for programs", total))

    async def _lines(self, dataset: exports.Dataset) -> AsyncIterator[bytes]:
        after: tuple[Any, ...] | None = None
        while found := await self.rows(dataset, after):
            yield b"".join(pages.json_line(row) for _, row in found)
            after = found[-1][0]
            await self._advance(len(found))

    async def rows(
        self, dataset: exports.Dataset, after: tuple[Any, ...] | None
    ) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        """The next rows of a set."""
        async with self._database.reader() as session:
            return await exports.rows(session, dataset, self._user_id, after, ROWS_AT_ONCE)

    async def _files(self) -> AsyncIterator[bytes]:
        after: UUID | None = None
        count, missing = 0, 0
        while True:
            async with self._database.reader() as session:
                documents = await exports.files(session, self._user_id, after, ROWS_AT_ONCE)
            if not documents:
                break
            after = documents[-1].id
            for document in documents:
                count += 1
                try:
                    async for piece in self._file(document, count):
                        yield piece
                except NotFound:  # deleted while this was written
                    missing += 1
                await self._advance(1)
        self._contents.append(("documents/", "Files of your own library", count - missing))

    async def _file(self, document: Document, number: int) -> AsyncIterator[bytes]:
        if not await self._blobs.exists(document.blob_key):
            raise NotFound("The file is no longer stored.")
        name = f"documents/{number:05} {_safe(document.title)}"
        async for piece in self._zip.add(name, self._blobs.stream(document.blob_key), is_packed=False):
            yield piece

    async def _advance(self, count: int) -> None:
        self._done += count
        await self._on_progress(self._done)


class _Page:
    """A page with up to ``ROWS_PER_FILE`` rows of a set."""

    def __init__(self, archive: Archive, dataset: exports.Dataset, after: tuple[Any, ...] | None) -> None:
        self._archive = archive
        self._dataset = dataset
        self.after = after
        self.count = 0

    @property
    def is_full(self) -> bool:
        return self.count >= ROWS_PER_FILE

    async def stream(self) -> AsyncIterator[bytes]:
        yield (pages.head(self._dataset.title) + pages.BACK).encode()
        while not self.is_full and (found := await self._archive.rows(self._dataset, self.after)):
            self.after = found[-1][0]
            self.count += len(found)
            yield "".join(pages.table_row(row) for _, row in found).encode()
        yield (pages.END if self.count else f"<p>There is nothing.</p>{pages.END}").encode()


def _safe(title: str) -> str:
    """A title as the name of a file: the last part of a path, without what some systems forbid."""
    plain = "".join("_" if sign in '\\/:*?"<>|' or ord(sign) < 32 else sign for sign in title).strip(". ") or "document"
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > 10:
        return plain[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"

"""Downloads of a person's own conversations as Markdown, JSON and PDF."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from answers.remarks import in_words
from conversations.guarded import GuardedWrites
from conversations.sharing.document import Document, Reference, document_of
from conversations.sharing.markdown import markdown_of
from conversations.sharing.pdf import pdf_of
from conversations.sharing.snapshot import NearestSource, Snapshot, SnapshotMessage, SnapshotSource, take
from core.access import Principal, scope_of
from core.errors import UpstreamUnavailable
from core.rate_limit import RateLimiter
from core.values import Frozen
from db import audit, chunks
from db.session import Database

EXPORTS_PER_MINUTE = 30
PDF_WITHIN_S = 60.0  # the longest wait for a turn: one PDF at a time is made in a process
VERSION = 1  # of the JSON


class ExportFormat(StrEnum):
    """What a conversation can be downloaded as."""

    MARKDOWN = "md"
    JSON = "json"
    PDF = "pdf"


MEDIA_TYPES: Mapping[ExportFormat, str] = {
    ExportFormat.MARKDOWN: "text/markdown; charset=utf-8",
    ExportFormat.JSON: "application/json",
    ExportFormat.PDF: "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Export:
    """A file made of a conversation."""

    name: str
    media_type: str
    content: bytes


class ExportedSource(Frozen):
    """A source of an answer: the number in its text, and the document with the place."""

    number: int
    document_id: UUID | None
    title: str
    page: int | None
    locator: str | None
    headings: tuple[str, ...]
    url: str | None


class ExportedMessage(Frozen):
    """A question or an answer. The text of an answer is Markdown with citations as ``[n]`` and remarks in words; ``nearest`` are the
    documents that a refusal names."""

    role: str
    text: str
    at: str
    state: str | None
    mode: str | None
    model: str | None
    note: str
    sources: tuple[ExportedSource, ...]
    nearest: tuple[str, ...]


class ExportedConversation(Frozen):
    """A conversation as JSON."""

    version: int
    thread_id: UUID
    title: str
    created_at: str
    exported_at: str
    messages: tuple[ExportedMessage, ...]


class Exports:
    """Makes the downloads.

    Args:
        writes: of :class:`conversations.service.Conversations`, whose pending writes are waited for.
    """

    def __init__(self, database: Database, writes: GuardedWrites, limiter: RateLimiter) -> None:
        self._database = database
        self._writes = writes
        self._limiter = limiter
        self._pdf_turn = asyncio.Semaphore(1)

    async def export(self, principal: Principal, thread_id: UUID, what: ExportFormat, base_url: str) -> Export:
        """A conversation of the principal's as a file.

        Args:
            base_url: address of this installation, for the links of footnotes.

        Raises:
            NotFound: no such conversation of theirs.
            Invalid: nothing was said in it, or too much.
            LimitExceeded: too many downloads in a minute.
        """
        await self._limiter.hit(f"exports:{principal.user_id}", EXPORTS_PER_MINUTE, 60)
        await self._writes.lines.flush(thread_id)
        async with self._database.transaction() as session:
            snapshot = await take(session, principal, thread_id)
            ids = {source.chunk_id for message in snapshot.messages for source in message.sources}
            headings = await chunks.headings(session, scope_of(principal), ids)
            details = {"format": what.value, "messages": len(snapshot.messages)}
            await audit.record(session, principal, "conversation.exported", audit.Target("thread", thread_id), details)
        described = _Described(base_url.rstrip("/"), headings)
        content = await self._made(snapshot, what, described)
        return Export(f"{_file_name(snapshot.title)}.{what}", MEDIA_TYPES[what], content)

    async def _made(self, snapshot: Snapshot, what: ExportFormat, described: "_Described") -> bytes:
        match what:
            case ExportFormat.JSON:
                return await asyncio.to_thread(_json, snapshot, described)
            case ExportFormat.MARKDOWN:
                return await asyncio.to_thread(lambda: markdown_of(document_of(snapshot, described)).encode())
        document = await asyncio.to_thread(document_of, snapshot, described)
        return await self._pdf(document)

    async def _pdf(self, document: Document) -> bytes:
        try:
            async with asyncio.timeout(PDF_WITHIN_S):
                await self._pdf_turn.acquire()
        except TimeoutError as error:
            raise UpstreamUnavailable("Other PDFs are being made; try again in a minute.", retry_after_s=60) from error
        try:
            return await pdf_of(document)
        finally:
            self._pdf_turn.release()


@dataclass(frozen=True, slots=True)
class _Described:
    """Says of a source what its conversation's owner may know: its title as it was cited, and where it opens."""

    base_url: str
    headings: Mapping[UUID, tuple[str, ...]]

    def __call__(self, answer_run_id: UUID | None, source: SnapshotSource | NearestSource) -> Reference:
        if isinstance(source, NearestSource):
            return Reference(source.title, source.place)
        url = f"{self.base_url}/cite/{answer_run_id}/{source.number}" if source.document_id else None
        return Reference(source.title, source.place, self.headings.get(source.chunk_id, ()), url)


def _json(snapshot: Snapshot, described: _Described) -> bytes:
    conversation = ExportedConversation(
        version=VERSION,
        thread_id=snapshot.thread_id,
        title=snapshot.title,
        created_at=snapshot.created_at.isoformat(),
        exported_at=snapshot.taken_at.isoformat(),
        messages=tuple(_message(message, described) for message in snapshot.messages),
    )
    return conversation.model_dump_json(indent=2).encode()


def _message(message: SnapshotMessage, described: _Described) -> ExportedMessage:
    is_answer = message.role == "assistant" and not message.is_markdown
    return ExportedMessage(
        role=message.role,
        text=in_words(message.text) if is_answer else message.text,
        at=message.at.isoformat(),
        state=message.state,
        mode=message.mode,
        model=message.model,
        note=message.note,
        sources=tuple(_source(message, source, described) for source in message.sources),
        nearest=tuple(described(None, one).text for one in message.nearest),
    )


def _source(message: SnapshotMessage, source: SnapshotSource, described: _Described) -> ExportedSource:
    reference = described(message.answer_run_id, source)
    return ExportedSource(
        number=source.number,
        document_id=source.document_id,
        title=reference.title,
        page=source.page,
        locator=source.locator,
        headings=reference.path,
        url=reference.url,
    )


def _file_name(title: str) -> str:
    """The title as the name of a file, without signs that file systems refuse."""
    kept = "".join(one if one.isalnum() or one in " -_.,()" else " " for one in title[:80])
    return " ".join(kept.split()).strip(". ") or "conversation"

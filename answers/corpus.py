"""The documents of a scope, read from PostgreSQL: what ``rag.corpus.Corpus`` asks for."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from answers import record
from answers.question import Question
from core.access import SearchScope
from db import answer_runs, corpus
from db.session import Database
from rag.corpus import DocumentBeginning, DocumentCard
from rag.types import Chunk, Source

BATCH_CHUNKS = 1000
MOST_SECTIONS = 2000  # of an earlier version
MOST_TITLES = 5000  # in which names are looked for; the newest


class DatabaseCorpus:
    """A scope in one index version."""

    def __init__(self, database: Database, scope: SearchScope, index_version: int) -> None:
        self._database = database
        self._scope = scope
        self._index_version = index_version

    async def documents(self, document_ids: Collection[UUID] | None = None) -> Sequence[DocumentCard]:
        """See :meth:`rag.corpus.Corpus.documents`."""
        async with self._database.autocommit() as session:
            rows = await corpus.cards(session, self._scope.narrowed(document_ids))
        return [DocumentCard(**row) for row in rows]

    async def unready(self, document_ids: Collection[UUID] | None = None) -> Sequence[DocumentCard]:
        """See :meth:`rag.corpus.Corpus.unready`."""
        async with self._database.autocommit() as session:
            rows = await corpus.cards(session, self._scope.narrowed(document_ids), unready=True)
        return [DocumentCard(**row) for row in rows]

    async def titles(self) -> Sequence[tuple[UUID, str]]:
        """See :meth:`rag.corpus.Corpus.titles`."""
        async with self._database.autocommit() as session:
            return await corpus.titles(session, self._scope, MOST_TITLES)

    async def beginnings(self, document_ids: Collection[UUID]) -> Sequence[DocumentBeginning]:
        """See :meth:`rag.corpus.Corpus.beginnings`."""
        async with self._database.autocommit() as session:
            rows = await corpus.beginnings(session, self._scope.narrowed(document_ids), self._index_version)
        return [DocumentBeginning(**row) for row in rows]

    async def earlier(self, document_id: UUID) -> Sequence[Chunk]:
        """See :meth:`rag.corpus.Corpus.earlier`."""
        async with self._database.autocommit() as session:
            rows = await corpus.earlier_sections(session, self._scope, document_id, MOST_SECTIONS)
        return await asyncio.to_thread(lambda: [_chunk_of(row) for row in rows])

    async def chunks(self, document_ids: Collection[UUID] | None = None) -> AsyncIterator[Sequence[Chunk]]:
        """See :meth:`rag.corpus.Corpus.chunks`."""
        cards = sorted(await self.documents(document_ids), key=lambda card: (card.title, card.document_id))
        for ids in _batches(cards):
            async with self._database.autocommit() as session:
                rows = await corpus.chunks(session, self._scope, self._index_version, ids)
            yield await asyncio.to_thread(lambda rows: [Chunk(**row) for row in rows], rows)


def _chunk_of(section: dict[str, Any]) -> Chunk:
    """A section of an earlier version as one chunk, which no index has."""
    text, number, version = section["text"], section["section"], section["version"]
    return Chunk(
        chunk_id=uuid5(section["document_id"], f"version {version}, section {number}"),
        index=number,
        char_start=0,
        char_end=len(text),
        content_hash=sha256(text.encode()).hexdigest(),
        **section,
    )


def _batches(cards: Sequence[DocumentCard]) -> Iterator[list[UUID]]:
    """Ids of documents that have about ``BATCH_CHUNKS`` chunks together."""
    ids: list[UUID] = []
    chunks = 0
    for card in cards:
        ids.append(card.document_id)
        chunks += card.chunks
        if chunks >= BATCH_CHUNKS:
            yield ids
            ids, chunks = [], 0
    if ids:
        yield ids


async def sources_before(database: Database, question: Question, index_version: int) -> list[Source]:
    """The cited sources of the last answer in the question's conversation, numbered from 1; empty where there is none."""
    if question.thread_id is None:
        return []
    async with database.autocommit() as session:
        runs = await answer_runs.history(
            session, question.principal, question.thread_id, limit=1, before_step_id=question.question_step_id
        )
        rows = await answer_runs.sources(session, question.principal, runs[-1].id) if runs else []
    cited = [row.chunk_id for row in rows if row.cited]
    chunks = await record.current_chunks(database, question.scope, index_version, cited)
    known = [chunks[chunk_id] for chunk_id in cited if chunk_id in chunks]
    return [Source(number=number, chunk=chunk) for number, chunk in enumerate(known, start=1)]

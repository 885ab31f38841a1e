"""Makes the guides to documents, in the background, one after the other, when nothing is read and nobody asks."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy import and_

from core.access import SearchScope
from core.retry import is_transient, whenever
from db import activity, corpus, guides
from db.guides import Claim
from db.lookout import Lookout
from db.session import Database
from rag.compose.guide import Guide, guide_of
from rag.index.live import IndexVersion, LiveIndex
from rag.types import Chunk

log = structlog.get_logger(__name__)

AGAIN_S = 2.0  # after a failure
NET_S = 600.0  # without anything to make: it looks all the same
QUIET_S = 2.0  # without a question before the next guide is made
ABANDONED_S = 600.0


class AnswerSources(Protocol):
    """Asks the engine a question, on nobody's behalf."""

    async def __call__(
        self, question: str, library_id: UUID, document_id: UUID | None, /
    ) -> Sequence[tuple[UUID, int]]:
        """The cited chunks, as document and index, of the answer from a library or one document of it; none when it is refused.

        No language model is asked.
        """


class GuideMaker:
    """Makes guides for documents that have none, newest first; any number of processes may."""

    def __init__(self, database: Database, live: LiveIndex, sources: AnswerSources) -> None:
        self._database = database
        self._live = live
        self._sources = sources

    async def make_always(self, lookout: Lookout) -> None:
        """Make guides until cancelled, whenever one is missing and it is quiet."""
        missing = asyncio.Event()
        lookout.when(and_(activity.quiet(QUIET_S), guides.some_missing(ABANDONED_S)), missing.set)
        await whenever("guides.not_made", self.make_all, missing, NET_S, AGAIN_S)

    async def make_all(self) -> int:
        """Makes guides until all documents have one, a file is to be read, or somebody asks; returns how many it made."""
        made = 0
        while await self.make_next():
            made += 1
        return made

    async def make_next(self) -> bool:
        """Makes one guide; False when there is none to make, or this is not the time.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        if self._live.current is None:
            return False
        async with self._database.transaction() as session:
            if not await activity.is_quiet(session, QUIET_S):
                return False
            claimed = await guides.claim(session, ABANDONED_S)
        if claimed is None:
            return False
        async with self._live.use() as index_version:
            guide = await self._made(claimed, index_version)
        if guide is None:
            return True
        async with self._database.transaction() as session:
            await guides.store(session, claimed, guide.model_dump(mode="json"))
        log.info("guide.made", document_id=str(claimed.document_id), questions=len(guide.questions))
        return True

    async def _made(self, claimed: Claim, index_version: IndexVersion) -> Guide | None:
        """The guide; an empty one where making it fails for another reason than a server that does not answer.

        None when the text is not in this index version: it is tried again later.
        """
        own = await self._chunks(claimed, index_version)
        if not own:
            return None
        within, among = (partial(self._cited, claimed, one) for one in (claimed.document_id, None))
        try:
            return await guide_of(own, index_version.embeddings, within, among)
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("guide.failed", document_id=str(claimed.document_id))
        return Guide(title=claimed.title)

    async def _chunks(self, claimed: Claim, index_version: IndexVersion) -> list[Chunk]:
        scope = SearchScope(frozenset([claimed.library_id]), frozenset([claimed.document_id]))
        async with self._database.reader() as session:
            rows = await corpus.chunks(session, scope, index_version.number, [claimed.document_id])
        return await asyncio.to_thread(lambda: [Chunk(**row) for row in rows if row["version"] == claimed.version])

    async def _cited(self, claimed: Claim, within: UUID | None, question: str) -> tuple[int, ...]:
        """The indexes of the document's chunks that an answer cites."""
        cited = await self._sources(question, claimed.library_id, within)
        return tuple(index for document_id, index in cited if document_id == claimed.document_id)

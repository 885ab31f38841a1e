"""The live index version. Model, collection and chunking change together, between two questions, never within one."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from core.errors import UpstreamUnavailable
from core.settings import ChunkSettings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, searched_text
from rag.types import Chunk

OPEN_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class IndexVersion:
    """One making of the index, opened.

    Attributes:
        number: as in its row; counts up.
        chunking: how the texts in it are cut, and what is embedded of them.
    """

    number: int
    embeddings: FootnoteEmbeddings
    index: ChunkIndex
    chunking: ChunkSettings = field(default_factory=ChunkSettings)

    def embedded_text(self, chunk: Chunk) -> str:
        """What the vector of a chunk is made of."""
        return searched_text(chunk) if self.chunking.headings else chunk.text


class LiveIndex:
    """The index version that answers, for everybody in this process.

    Args:
        index_version: the one to begin with; without it, users wait for :meth:`switch_to`.
        open_wait_s: how long they wait.
    """

    def __init__(self, index_version: IndexVersion | None = None, open_wait_s: float = OPEN_WAIT_S) -> None:
        self._current = index_version
        self._open_wait_s = open_wait_s
        self._opened = asyncio.Event()
        self._users: Counter[int] = Counter()
        self._left = asyncio.Condition()
        if index_version is not None:
            self._opened.set()

    @property
    def current(self) -> IndexVersion | None:
        """The one that answers; None until one is open."""
        return self._current

    @asynccontextmanager
    async def use(self) -> AsyncIterator[IndexVersion]:
        """The one that answers now; it stays open until the block ends, whoever takes its place meanwhile.

        Raises:
            UpstreamUnavailable: none was opened in time.
        """
        try:
            async with asyncio.timeout(self._open_wait_s):
                await self._opened.wait()
        except TimeoutError as error:
            raise UpstreamUnavailable("The search index is not open.") from error
        index_version = self._current
        assert index_version is not None
        self._users[index_version.number] += 1
        try:
            yield index_version
        finally:
            self._users[index_version.number] -= 1
            async with self._left:
                self._left.notify_all()

    def switch_to(self, index_version: IndexVersion) -> IndexVersion | None:
        """Let another one answer from the next question on; the one before."""
        before, self._current = self._current, index_version
        self._opened.set()
        return before

    def is_used(self, number: int) -> bool:
        """True while somebody works with an index version."""
        return self._users[number] > 0

    async def wait_until_unused(self, number: int) -> None:
        """Return when nobody works with an index version that was replaced."""
        async with self._left:
            await self._left.wait_for(lambda: not self.is_used(number))

    async def delete_document(self, document_id: UUID) -> None:
        """Remove a document's chunks from the index.

        Raises:
            UpstreamUnavailable: it is not open in this process, or does not answer.
        """
        if self._current is None:
            raise UpstreamUnavailable("The search index is not open.")
        async with self.use() as index_version:
            await index_version.index.delete_document(document_id)

    async def close(self) -> None:
        """Close the one that answers."""
        if self._current is not None:
            await self._current.index.close()
            self._current.embeddings.close()

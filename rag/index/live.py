"""The live index version. Model, collection and chunking change together, and never while a question is answered."""

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
from rag.models.breaker import Breaker
from rag.types import Chunk

OPEN_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class IndexVersion:
    """An opened index version.

    Attributes:
        number: as in its table row; counts up.
        chunking: how the texts are cut, and which text of a chunk is embedded.
    """

    number: int
    embeddings: FootnoteEmbeddings
    index: ChunkIndex
    chunking: ChunkSettings = field(default_factory=ChunkSettings)

    def embedded_text(self, chunk: Chunk) -> str:
        """The text of a chunk that is embedded."""
        return searched_text(chunk) if self.chunking.headings else chunk.text


class LiveIndex:
    """The index version that this process uses.

    Args:
        index_version: the first one; without it, users wait for :meth:`switch_to`.
        open_wait_s: how long they wait, in seconds.
    """

    def __init__(self, index_version: IndexVersion | None = None, open_wait_s: float = OPEN_WAIT_S) -> None:
        self._current = index_version
        self._open_wait_s = open_wait_s
        self._opened = asyncio.Event()
        self._users: Counter[int] = Counter()
        self._released = asyncio.Condition()
        self.restoring: tuple[int, int] | None = None
        if index_version is not None:
            self._opened.set()

    @property
    def notice(self) -> str:
        """A sentence for readers while lost chunks are restored; mostly empty. ``restoring``: chunks looked at, and all."""
        if self.restoring is None:
            return ""
        done, total = self.restoring
        return f"The search index is being rebuilt ({done:,} of {total:,} passages); until then, answers may miss something."

    @property
    def current(self) -> IndexVersion | None:
        """The index version in use; None until one is open."""
        return self._current

    @asynccontextmanager
    async def use(self) -> AsyncIterator[IndexVersion]:
        """The current index version; it stays open until the block ends, even if it is replaced meanwhile.

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
            async with self._released:
                self._released.notify_all()

    async def ping(self) -> None:
        """Raises UpstreamUnavailable when its index does not answer."""
        await self._require_open().index.ping()

    async def ping_embeddings(self) -> None:
        """Raises UpstreamUnavailable when its embedding model makes no vectors."""
        await self._require_open().embeddings.ping()

    @property
    def breakers(self) -> dict[str, Breaker]:
        """The circuit breakers of its servers; empty where index and model are in this process."""
        current = self._current
        if current is None:
            return {}
        parts = {"search": current.index, "embeddings": current.embeddings}
        found = {name: getattr(part, "breaker", None) for name, part in parts.items()}
        return {name: breaker for name, breaker in found.items() if breaker is not None}

    def switch_to(self, index_version: IndexVersion) -> IndexVersion | None:
        """Uses another index version from the next question on; returns the previous one."""
        before, self._current = self._current, index_version
        self._opened.set()
        return before

    def is_used(self, number: int) -> bool:
        """True while an index version is in use."""
        return self._users[number] > 0

    async def wait_until_unused(self, number: int) -> None:
        """Waits until a replaced index version is no longer in use."""
        async with self._released:
            await self._released.wait_for(lambda: not self.is_used(number))

    async def delete_document(self, document_id: UUID) -> None:
        """Removes a document's chunks from the index.

        Raises:
            UpstreamUnavailable: it is not open in this process, or does not answer.
        """
        self._require_open()
        async with self.use() as index_version:
            await index_version.index.delete_document(document_id)

    async def move_document(self, document_id: UUID, library_id: UUID) -> int:
        """Gives a document's chunks another library; returns the number of the index version. Raises as :meth:`delete_document`."""
        self._require_open()
        async with self.use() as index_version:
            await index_version.index.move_document(document_id, library_id)
            return index_version.number

    def _require_open(self) -> IndexVersion:
        if self._current is None:
            raise UpstreamUnavailable("The search index is not open.")
        return self._current

    async def close(self) -> None:
        """Closes the current index version."""
        if self._current is not None:
            await self._current.index.close()
            await asyncio.to_thread(self._current.embeddings.close)

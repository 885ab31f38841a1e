"""What may be read within a scope beyond what a search finds: its documents, and all their text. A port, filled by ``answers/``."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from core.values import Frozen
from rag.types import Chunk

State = Literal["pending", "ready", "failed"]


class DocumentCard(Frozen):
    """A document as a list of documents shows it.

    Attributes:
        library: name of its library.
        state: ``pending`` while it is being read for the first time.
        chunks: number of its chunks; 0 until it is ready.
        percent: of the work of its open ingestion job that is done; None without one.
        source: the folder it is synchronised with, if any.
    """

    document_id: UUID
    library_id: UUID
    library: str
    title: str
    state: State
    version: int = 1
    pages: int | None = None
    chunks: int = 0
    percent: int | None = None
    created_at: datetime
    source: str | None = None


class DocumentBeginning(Frozen):
    """How a document begins.

    Attributes:
        added_at: when its present version was added.
        text: of its first chunk.
    """

    document_id: UUID
    title: str
    added_at: datetime
    text: str


class Corpus(Protocol):
    """The documents of a scope in one index version, as far as the person who asks may see them."""

    async def titles(self) -> Sequence[tuple[UUID, str]]:
        """Id and title of the newest documents, some thousand at most."""
        ...

    async def documents(self, document_ids: Collection[UUID] | None = None) -> Sequence[DocumentCard]:
        """The documents, newest first, also those that are being read; None: all of the scope."""
        ...

    async def unready(self, document_ids: Collection[UUID] | None = None) -> Sequence[DocumentCard]:
        """Those of the documents that are being read or could not be read."""
        ...

    async def beginnings(self, document_ids: Collection[UUID]) -> Sequence[DocumentBeginning]:
        """How some documents begin, in no order."""
        ...

    async def earlier(self, document_id: UUID) -> Sequence[Chunk]:
        """The last version of a document before the present one whose text is kept: a chunk for each section; none without one."""
        ...

    def chunks(self, document_ids: Collection[UUID] | None = None) -> AsyncIterator[Sequence[Chunk]]:
        """All chunks, a document's in reading order, the documents by title: batches of some hundred; None: all of the scope."""
        ...

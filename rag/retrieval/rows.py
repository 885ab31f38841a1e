"""The rows of the indexed chunks, as far as a retrieval asks for them. A port, filled by ``answers/rows.py``."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from rag.retrieval.expand import ExcerptsAround
from rag.retrieval.search_cache import SearchCache
from rag.retrieval.words_only import ChunksWith
from rag.types import Chunk

# Ids of chunks → the chunks among them that may be shown, as they are now. The index may lag behind deletions and replacements.
VisibleChunks = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, Chunk]]]


@dataclass(frozen=True, slots=True)
class Rows:
    """Access to the table rows of the indexed chunks; without them, chunks come from the index and are not expanded.

    Attributes:
        visible_chunks: returns the chunks that may be shown.
        excerpts_around: returns the text around chunks.
        search_cache: hits of earlier searches.
        chunks_with: returns chunks that hold words, for when the index does not answer.
    """

    visible_chunks: VisibleChunks | None = None
    excerpts_around: ExcerptsAround | None = None
    search_cache: SearchCache | None = None
    chunks_with: ChunksWith | None = None

"""Numbers the chunks that a composed answer quotes, in the order in which they are first quoted, and writes quotations."""

from collections.abc import Iterable
from uuid import UUID

from rag.compose.quotations import Quotation
from rag.grounding.markdown import literal
from rag.models.tokens import count
from rag.types import Chunk, Source

FRAME_TOKENS = 60  # of the title, headings, fence and number around a source


class Citing:
    """The sources of one answer while it is put together."""

    def __init__(self) -> None:
        self._chunks: dict[UUID, Chunk] = {}

    def mark(self, chunk: Chunk) -> str:
        """The number of a chunk as it stands in the text: ``[3]``."""
        self._chunks.setdefault(chunk.chunk_id, chunk)
        return f"[{list(self._chunks).index(chunk.chunk_id) + 1}]"

    def quote(self, one: Quotation) -> str:
        """A sentence, word for word, with its number."""
        return self.quoted(one.text, one.chunk)

    def quoted(self, text: str, chunk: Chunk) -> str:
        """Plain text of a chunk as Markdown, with its number."""
        return f"{literal(text)} {self.mark(chunk)}"

    def sources(self) -> tuple[Source, ...]:
        """What was quoted, numbered."""
        return tuple(Source(number=number, chunk=chunk) for number, chunk in enumerate(self._chunks.values(), start=1))

    def with_more(self, chunks: Iterable[Chunk], budget_tokens: int) -> tuple[Source, ...]:
        """The same and further chunks, as long as a language model's budget has room for them."""
        used = sum(count(chunk.text) + FRAME_TOKENS for chunk in self._chunks.values())
        for chunk in chunks:
            tokens = count(chunk.text) + FRAME_TOKENS
            if chunk.chunk_id not in self._chunks and used + tokens <= budget_tokens:
                self._chunks[chunk.chunk_id] = chunk
                used += tokens
        return self.sources()

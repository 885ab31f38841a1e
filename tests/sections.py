"""Sections and their chunks, made by hand, for tests of the strategies."""

from collections.abc import Sequence
from uuid import UUID

from parsing.types import Section

from core.settings import ChunkSettings, EmbeddingSettings
from ingestion.indexing.chunking import build_chunker
from parsing.sections import TextBlock, sections_of
from rag.embedding.embeddings import FootnoteEmbeddings, build_embeddings
from rag.types import Chunk

DOCUMENT = UUID(int=1)
LIBRARY = UUID(int=2)


def pages(*texts: str) -> list[Section]:
    """One section per text."""
    return [Section(number=number, page=number, text=text) for number, text in enumerate(texts, start=1)]


def outline(*text_blocks: tuple[str, str, int]) -> Section:
    """One section of blocks: kind, text and, for headings, level."""
    (section,) = sections_of(TextBlock(kind, text, level) for kind, text, level in text_blocks)
    return section


async def cut(
    sections: Sequence[Section],
    settings: ChunkSettings,
    *,
    embeddings: FootnoteEmbeddings | None = None,
    document_id: UUID = DOCUMENT,
    version: int = 1,
) -> list[Chunk]:
    """The chunks of a document. Without ``embeddings`` the strategy must need none."""
    chunker = build_chunker(
        settings,
        embeddings or build_embeddings(EmbeddingSettings()),
        document_id=document_id,
        library_id=LIBRARY,
        title="a.pdf",
        version=version,
    )
    return [chunk for section in sections for chunk in await chunker.chunks_of(section)]


def require_sound(chunks: Sequence[Chunk], sections: Sequence[Section], size: int) -> None:
    """Assert what holds for the chunks of every strategy."""
    texts = {section.number: section.text for section in sections}
    covered: dict[int, set[int]] = {number: set() for number in texts}
    for chunk in chunks:
        assert chunk.text == texts[chunk.section][chunk.char_start : chunk.char_end]
        assert chunk.text.strip() == chunk.text
        assert 0 < len(chunk.text) <= size
        covered[chunk.section].update(range(chunk.char_start, chunk.char_end))
    for number, text in texts.items():
        assert all(locator in covered[number] or character.isspace() for locator, character in enumerate(text))
    order = [(chunk.section, chunk.char_start, chunk.char_end) for chunk in chunks]
    assert order == sorted(set(order))
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    assert len({chunk.chunk_id for chunk in chunks}) == len(chunks)

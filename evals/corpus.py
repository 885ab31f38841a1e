"""The evaluation corpus in an index of its own: a folder of Markdown pages, cut and embedded as the product does it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from core.access import SearchScope
from core.settings import ChunkSettings, EmbeddingSettings, QdrantSettings
from ingestion.chunking import build_chunker
from ingestion.types import Section
from rag.embeddings import FootnoteEmbeddings, build_embeddings
from rag.index import ChunkIndex, build_index, searched_text
from rag.types import Chunk

LIBRARY = UUID(int=1)
SCOPE = SearchScope(frozenset([LIBRARY]))
HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*$", re.MULTILINE)
BATCH = 512


async def open_corpus(pages: Path, folder: Path) -> tuple[FootnoteEmbeddings, ChunkIndex]:
    """The loaded model, and an index under ``folder`` that holds the pages; built the first time, which takes minutes."""
    embeddings = build_embeddings(EmbeddingSettings())
    embeddings.load()
    index = build_index(QdrantSettings(), folder)
    await index.open(embeddings.dimension, model=embeddings.name)
    if not await index.count():
        chunks = [chunk for title, text in _pages(pages) for chunk in await _chunks(title, text, embeddings)]
        for start in range(0, len(chunks), BATCH):
            batch = chunks[start : start + BATCH]
            await index.upsert(batch, await embeddings.aembed_documents([searched_text(chunk) for chunk in batch]))
            print(f"\r{start + len(batch)}/{len(chunks)} chunks", end="", flush=True)
        print()
    return embeddings, index


def document_id(title: str) -> UUID:
    """The id under which a page is stored."""
    return uuid5(NAMESPACE_URL, title)


def lines(path: Path) -> list[dict[str, str]]:
    """The objects of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def _pages(folder: Path) -> list[tuple[str, str]]:
    """Titles and texts."""
    return [(str(page.relative_to(folder)), page.read_text()) for page in sorted(folder.rglob("*.md"))]


async def _chunks(title: str, text: str, embeddings: FootnoteEmbeddings) -> list[Chunk]:
    chunker = build_chunker(
        ChunkSettings(), embeddings, document_id=document_id(title), library_id=LIBRARY, title=title
    )
    return [chunk for section in _sections(text) for chunk in await chunker.chunks_of(section)]


def _sections(text: str) -> Iterator[Section]:
    """A page's runs of text, each with the headings above it."""
    headings = list(HEADING.finditer(text))
    starts = [0, *(heading.start() for heading in headings)]
    path: list[str] = []
    for number, start in enumerate(starts):
        if number:
            level = len(headings[number - 1][1])
            path = [*path[: level - 1], headings[number - 1][2]]
        end = starts[number + 1] if number + 1 < len(starts) else len(text)
        if text[start:end].strip():
            yield Section(number=number + 1, text=text[start:end], path=tuple(path))

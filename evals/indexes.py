"""Builds indexes of collections, cut and embedded as in the product; vectors are cached, so that only the first run takes long."""

import gzip
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from core.settings import ChunkSettings, EmbeddingSettings, QdrantSettings
from evals.chunking_sets import Document, handbook
from evals.corpus import LIBRARY, document_id
from evals.vectors import CachedEmbeddings
from ingestion.indexing.chunking import build_chunker
from parsing.types import Section
from rag.embedding.build import build_embeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, build_index, searched_text
from rag.types import Chunk


def cached_embeddings(work: Path, model: str | None = None) -> CachedEmbeddings:
    """A model as the setting names it, loaded, with its vectors cached in the folder."""
    settings = EmbeddingSettings(model=model)
    embeddings = CachedEmbeddings(build_embeddings(settings, work), work)
    embeddings.load()
    return embeddings


@asynccontextmanager
async def open_index(documents: Sequence[Document], embeddings: FootnoteEmbeddings) -> AsyncIterator[ChunkIndex]:
    """An index of the documents, in the product's default chunks, until the block ends."""
    chunks = [chunk for document in documents for chunk in await chunks_of(document, embeddings)]
    vectors = await embeddings.aembed_documents([searched_text(chunk) for chunk in chunks])
    with TemporaryDirectory() as folder:
        index = build_index(QdrantSettings(), Path(folder))
        await index.open(embeddings.dimension, model=embeddings.name)
        await index.upsert(chunks, vectors)
        yield index
        await index.close()


def handbook_pages(data: Path) -> list[Document]:
    """All pages of the handbook, parsed as in the product."""
    return handbook(data, is_whole=True).documents


def paragraphs(folder: Path) -> list[Document]:
    """The documents of a collection in BEIR's layout, in file order."""
    with gzip.open(folder / "corpus.jsonl.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    return [Document(row["_id"], [Section(number=1, text=row["text"])], {}) for row in rows]


async def chunks_of(document: Document, embeddings: FootnoteEmbeddings) -> list[Chunk]:
    """The chunks of a document, with the product's default settings."""
    chunker = build_chunker(
        ChunkSettings(),
        embeddings,
        document_id=document_id(document.title),
        library_id=LIBRARY,
        title=document.title,
    )
    return [chunk for section in document.sections for chunk in await chunker.chunks_of(section)]

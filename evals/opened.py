"""Collections in an index, cut, embedded and searched as the product does it; vectors are kept, so that only the first run takes long."""

import gzip
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from parsing.types import Section

from core.settings import ChunkSettings, EmbeddingSettings, QdrantSettings
from evals.chunking_sets import Document, handbook
from evals.corpus import LIBRARY, document_id
from evals.vectors import KeptEmbeddings
from ingestion.indexing.chunking import build_chunker
from rag.embedding.embeddings import FootnoteEmbeddings, build_embeddings
from rag.index import ChunkIndex, build_index, searched_text
from rag.types import Chunk


def kept_embeddings(work: Path) -> KeptEmbeddings:
    """The default model, loaded; its vectors are kept in the folder."""
    settings = EmbeddingSettings()
    embeddings = KeptEmbeddings(build_embeddings(settings, work), work, settings.batch_size)
    embeddings.load()
    return embeddings


@asynccontextmanager
async def opened(documents: Sequence[Document], embeddings: FootnoteEmbeddings) -> AsyncIterator[ChunkIndex]:
    """An index of the documents, in the product's default chunks, until the block ends."""
    chunks = [chunk for document in documents for chunk in await _chunks(document, embeddings)]
    vectors = await embeddings.aembed_documents([searched_text(chunk) for chunk in chunks])
    with TemporaryDirectory() as folder:
        index = build_index(QdrantSettings(), Path(folder))
        await index.open(embeddings.dimension, model=embeddings.name)
        await index.upsert(chunks, vectors)
        yield index
        await index.close()


def handbook_pages(data: Path) -> list[Document]:
    """All pages of the handbook, parsed as the product does."""
    return handbook(data, is_whole=True).documents


def paragraphs(folder: Path) -> list[Document]:
    """The documents of a collection in BEIR's layout, in the order of their file."""
    with gzip.open(folder / "corpus.jsonl.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    return [Document(row["_id"], [Section(number=1, text=row["text"])], {}) for row in rows]


async def _chunks(document: Document, embeddings: FootnoteEmbeddings) -> list[Chunk]:
    chunker = build_chunker(
        ChunkSettings(),
        embeddings,
        document_id=document_id(document.title),
        library_id=LIBRARY,
        title=document.title,
    )
    return [chunk for section in document.sections for chunk in await chunker.chunks_of(section)]

"""Files go the way of the product: parsed, cut into chunks, read back as tables."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import pytest

from core.settings import ChunkSettings
from ingestion.indexing.chunking.chunker import Chunker
from ingestion.indexing.chunking.structure import StructureSplitter
from parsing import registry
from parsing.parser_input import InMemoryFile
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from parsing.types import Section
from rag.types import Chunk

Chunked = Callable[[bytes, str], tuple[list[Section], list[Chunk]]]


@pytest.fixture
def chunked() -> Chunked:
    """The sections and chunks of a file by its bytes and name."""
    registry.warm_up()

    def cut(data: bytes, name: str) -> tuple[list[Section], list[Chunk]]:
        mime_type = sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], name)
        sections = list(registry.parse(InMemoryFile(data), mime_type, lambda *_: None))
        splitter = StructureSplitter(ChunkSettings().size, ChunkSettings().overlap)
        chunker = Chunker(splitter, document_id=UUID(int=2), library_id=UUID(int=1), title=name)
        return sections, asyncio.run(chunker.chunks_of(*sections))

    return cut

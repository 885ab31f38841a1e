"""Cuts sections into chunks, by one of four strategies (``FOOTNOTE_CHUNK_STRATEGY``)."""

from ingestion.indexing.chunking.chunker import Chunker, build_chunker

__all__ = ["Chunker", "build_chunker"]

"""Configuration of an index version: model and chunking, as its row stores them. No secrets."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.settings import ChunkSettings, EmbeddingSettings
from db.models import IndexVersionRow
from rag.embedding.embeddings import FootnoteEmbeddings

BuildEmbeddings = Callable[[EmbeddingSettings], FootnoteEmbeddings]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the settings ask for.

    Attributes:
        embedding, chunking: the sections of the settings.
        build: makes the embeddings of such settings, not loaded yet.
    """

    embedding: EmbeddingSettings
    chunking: ChunkSettings
    build: BuildEmbeddings

    @property
    def columns(self) -> dict[str, Any]:
        """What a row remembers of it; ``model`` is the name that tells vectors of one kind from those of another."""
        source = self.embedding.model
        if source is not None and Path(source).is_dir():
            source = str(Path(source).resolve())
        return {
            "model": self.build(self.embedding).name,
            "embedding": {"model": source, "url": self.embedding.url},
            "chunking": self.chunking.model_dump(mode="json"),
        }

    def is_of(self, row: IndexVersionRow) -> bool:
        """True when an index version is made like this, or does not say how it is made. The same model may have moved."""
        columns = self.columns
        return row.model in (None, columns["model"]) and row.chunking in ({}, columns["chunking"])

    def embeddings_of(self, row: IndexVersionRow) -> FootnoteEmbeddings:
        """The embeddings that an index version was made with: by the settings when these name the same model, else by the row."""
        wanted = self.build(self.embedding)
        if row.model in (None, wanted.name):
            return wanted
        recorded = {name: row.embedding.get(name) for name in ("model", "url")}
        key = self.embedding.api_key if recorded["url"] == self.embedding.url else None  # a key is for its server alone
        return self.build(self.embedding.model_copy(update={**recorded, "api_key": key}))

    def chunking_of(self, row: IndexVersionRow) -> ChunkSettings:
        """The way of cutting of an index version."""
        known = {name: value for name, value in row.chunking.items() if name in ChunkSettings.model_fields}
        return ChunkSettings.model_validate(known) if known else self.chunking

"""Configuration of an index version: model and chunking, as its row stores them. No secrets."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.settings import ChunkSettings, EmbeddingSettings
from db.models import IndexVersionRow
from rag.embedding import recipe
from rag.embedding.embeddings import FootnoteEmbeddings

BuildEmbeddings = Callable[[EmbeddingSettings], FootnoteEmbeddings]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the present settings make an index version.

    Attributes:
        embedding, chunking: the sections of the settings.
        build: makes the embeddings of such settings, without loading them.
    """

    embedding: EmbeddingSettings
    chunking: ChunkSettings
    build: BuildEmbeddings

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of an index version's row; vectors of the same ``model`` and ``embedding`` are comparable."""
        source = self.embedding.model
        if source is not None and Path(source).is_dir():
            source = str(Path(source).resolve())
        settings = self.embedding.model_copy(update={"model": source})
        return {
            "model": self.build(self.embedding).name,
            "embedding": recipe.recorded(settings),
            "chunking": self.chunking.model_dump(mode="json"),
        }

    def is_of(self, row: IndexVersionRow) -> bool:
        """True when an index version was made like this, or its row does not say how. The model may come from another place."""
        columns = self.columns
        if row.model is None:
            return row.chunking in ({}, columns["chunking"])
        is_same_model = row.model == columns["model"] and recipe.is_of(self.embedding, row.model, row.embedding)
        return is_same_model and row.chunking in ({}, columns["chunking"])

    def embeddings_of(self, row: IndexVersionRow) -> FootnoteEmbeddings:
        """The embeddings that an index version was made with: from the settings when these name the same model, else from the row."""
        configured = self.build(self.embedding)
        if row.model is None:
            return configured
        embeddings = self.build(recipe.settings_of(self.embedding, configured.name, row.embedding, row.model))
        scale = recipe.scale_of(row.embedding)
        if scale.pairs and not embeddings.is_ready:
            embeddings.scale = scale
        return embeddings

    def chunking_of(self, row: IndexVersionRow) -> ChunkSettings:
        """The chunking settings of an index version."""
        known = {name: value for name, value in row.chunking.items() if name in ChunkSettings.model_fields}
        return ChunkSettings.model_validate(known) if known else self.chunking

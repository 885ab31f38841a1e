"""Dense embeddings by a sentence-transformers model in this process."""

import os
from collections.abc import Sequence
from pathlib import Path

import structlog

from core.settings import EmbeddingSettings
from rag.embedding.bundled import bundled
from rag.embedding.cache import key_of
from rag.embedding.calibration import kept, shipped
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.engine import open_engine
from rag.embedding.language_coverage import TokenSpan
from rag.embedding.port import BatchSize, Engine
from rag.embedding.prompts import Purpose, chosen_prompts
from rag.embedding.recipe import identity_of
from rag.embedding.scale import SimilarityScale

log = structlog.get_logger(__name__)


class LocalEmbeddings(FootnoteEmbeddings):
    """A sentence-transformers model in this process.

    Args:
        settings: ``model`` is ``english`` or ``multilingual`` for a bundled model, or a folder or hub name.
        cache_dir: folder for models converted for OpenVINO; without one, every load converts.
    """

    def __init__(self, settings: EmbeddingSettings, cache_dir: Path | None = None) -> None:
        super().__init__(languages=settings.languages)
        own = bundled(settings.model)
        self.name = own.name if own else Path(settings.model or "").name
        self._settings = settings
        self._threads = settings.threads or max(1, (os.cpu_count() or 2) - 1)  # one core is left to the web server
        self._cache_dir = settings.cache_dir or cache_dir
        self._engine: Engine | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """See :class:`FootnoteEmbeddings`."""
        return identity_of(self.name, self._settings)

    def _open(self) -> int:
        own = bundled(self._settings.model)
        source = own.find() if own else self._settings.model or ""
        engine = open_engine(source, self.name, self._settings.backend, self._threads, self._cache_dir)
        log.info("embeddings.engine", model=self.name, engine=engine.kind, threads=self._threads)
        self._engine = engine
        self.prompts = chosen_prompts(
            self.name, self._settings.query_prompt, self._settings.passage_prompt, engine.own_prompts
        )
        largest = engine.largest_batch
        self._batch = BatchSize(self._settings.batch_size or largest.texts, largest.tokens)
        return len(self._embed(["dimension"], Purpose.PASSAGE)[0])

    def _embed(self, texts: list[str], purpose: Purpose) -> list[list[float]]:
        assert self._engine is not None
        vectors = self._engine.embed(texts, self.prompts.of(purpose))
        dimensions = self._settings.dimensions
        return [shortened(vector, dimensions) for vector in vectors] if dimensions else vectors

    def _measured_scale(self) -> SimilarityScale:
        own, settings = bundled(self._settings.model), self._settings
        changes = (settings.query_prompt, settings.passage_prompt, settings.dimensions)
        scale = shipped(self.name) if own and all(change is None for change in changes) else None
        if scale is None:
            source = own.find() if own else self._settings.model or ""
            made_by = (self.name, key_of(source), self.prompts, settings.dimensions)
            scale = kept(self._cache_dir, made_by, self._embed_in_batches)
        return scale

    def _release(self) -> None:
        self._engine = None

    def _lengths(self, texts: Sequence[str], purpose: Purpose) -> list[int]:
        assert self._engine is not None
        return self._engine.lengths(texts, self.prompts.of(purpose))

    def _tokens_of(self, text: str) -> list[TokenSpan] | None:
        return self._engine.tokens(text) if self._engine is not None else None


def shortened(vector: Sequence[float], dimensions: int) -> list[float]:
    """The first numbers of a vector at length 1, for models whose first numbers hold the most (Matryoshka)."""
    first = vector[:dimensions]
    length = sum(number * number for number in first) ** 0.5
    return [number / length for number in first] if length else list(first)

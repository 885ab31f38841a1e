"""A reranker that runs a sentence-transformers cross-encoder in this process, in a separate thread.

It takes one question at a time, in small batches. A question that runs out of budget while it waits never starts; one that runs out
in the middle leaves one small batch behind, not a queue.
"""

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from core.errors import StartupFailed
from rag.embedding.thread import EmbeddingThread, Priority

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

log = structlog.get_logger(__name__)

BATCH = 4  # pairs; a running batch cannot be stopped, and larger ones are hardly faster on a processor
LONGEST_TOKENS = 512


class CrossEncoderReranker:
    """:class:`~rag.retrieval.rerank.port.Reranker` on a sentence-transformers cross-encoder.

    Args:
        source: folder or hub name of the model.
    """

    def __init__(self, source: str) -> None:
        self.name = Path(source).name
        self._source = source
        self._thread = EmbeddingThread("reranker")
        self._lock = asyncio.Lock()
        self._model: CrossEncoder | None = None

    async def load(self) -> None:
        """See :class:`~rag.retrieval.rerank.port.Reranker`. Importing PyTorch takes seconds."""
        await self._thread.run(self._load, Priority.BACKGROUND)

    async def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """See :class:`~rag.retrieval.rerank.port.Reranker`."""
        scores: list[float] = []
        async with self._lock:
            for start in range(0, len(texts), BATCH):
                pairs = [(question, text) for text in texts[start : start + BATCH]]
                scores += await self._thread.run(partial(self._predict, pairs), Priority.PERSON)
        return scores

    async def close(self) -> None:
        """See :class:`~rag.retrieval.rerank.port.Reranker`."""
        await asyncio.to_thread(self._thread.close)
        self._model = None

    def _predict(self, pairs: list[tuple[str, str]]) -> list[float]:
        self._load()
        assert self._model is not None
        scores = self._model.predict(pairs, batch_size=len(pairs), show_progress_bar=False)
        return [float(score) for score in scores]

    def _load(self) -> None:
        if self._model is not None:
            return
        is_folder = Path(self._source).is_dir()
        if is_folder:  # a local model is never looked up on the hub
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import torch
        from sentence_transformers import CrossEncoder

        try:
            model = CrossEncoder(self._source, local_files_only=is_folder)
        except (OSError, ValueError) as error:
            raise StartupFailed(f"The reranker {self.name!r} (FOOTNOTE_RERANK_MODEL) could not be loaded.") from error
        if model.num_labels != 1:
            raise StartupFailed(
                f"The model {self.name!r} (FOOTNOTE_RERANK_MODEL) is no reranker: it gives no single score."
            )
        model.max_seq_length = min(model.max_seq_length or LONGEST_TOKENS, LONGEST_TOKENS)
        torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))  # this thread's; a core is left to the web server
        self._model = model
        log.info("reranker.loaded", model=self.name)

"""Reranking within a time budget: what is late or fails changes nothing but the trace."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog

from core.settings import RerankSettings
from rag.candidates import Candidate
from rag.index import searched_text
from rag.rerank.port import Reranker

log = structlog.get_logger(__name__)


class Reranking:
    """The reranking stage."""

    def __init__(self, reranker: Reranker, settings: RerankSettings) -> None:
        self._reranker = reranker
        self._settings = settings

    @property
    def min_score(self) -> float | None:
        """The score from which a chunk is evidence; None where similarity and words decide."""
        return self._settings.min_score

    async def load(self) -> None:
        """Make the reranker ready.

        Raises:
            StartupFailed: there is no such model.
        """
        await self._reranker.load()

    async def close(self) -> None:
        """Let go of it."""
        await self._reranker.close()

    async def ordered(self, question: str, candidates: Sequence[Candidate], details: dict[str, Any]) -> list[Candidate]:
        """The candidates by score, those it did not look at behind them; as they came when it is late or fails.

        Args:
            details: gets ``by``, ``texts`` and ``outcome`` (``done``, ``late`` or ``failed``).
        """
        looked_at = list(candidates[: self._settings.candidates])
        details |= {"by": self._reranker.name, "texts": len(looked_at)}
        if not looked_at:
            return list(candidates)
        texts = [searched_text(candidate.chunk) for candidate in looked_at]
        try:
            async with asyncio.timeout(self._settings.timeout_ms / 1000):
                scores = _numbers(await self._reranker.scores(question, texts), len(texts))
        except TimeoutError:
            details["outcome"] = "late"
            return list(candidates)
        except (
            Exception
        ) as error:  # whatever a model or a server comes up with: the search's own order is an answer too
            details |= {"outcome": "failed", "error": type(error).__name__}
            log.warning("rerank.failed", by=self._reranker.name, error=type(error).__name__, reason=str(error)[:300])
            return list(candidates)
        details["outcome"] = "done"
        scored = [replace(one, rerank_score=score) for one, score in zip(looked_at, scores, strict=True)]
        scored.sort(key=lambda candidate: candidate.rerank_score or 0.0, reverse=True)
        return scored + list(candidates[len(looked_at) :])


def _numbers(scores: list[float], count: int) -> list[float]:
    """The scores. Raises ValueError when they are too few, or no numbers."""
    if len(scores) != count or not all(map(math.isfinite, scores)):
        raise ValueError("scores that order nothing")
    return scores

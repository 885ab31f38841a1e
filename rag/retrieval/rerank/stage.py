"""The reranking stage: runs a reranker within a time budget. If it is late or fails, the order of the search stays."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog

from core.settings import RerankSettings
from rag.index import searched_text
from rag.models.breaker import Breaker
from rag.retrieval.candidates import Candidate
from rag.retrieval.rerank.port import Reranker

log = structlog.get_logger(__name__)


class Reranking:
    """The reranking stage: a reranker, its time budget and its circuit breaker."""

    def __init__(self, reranker: Reranker, settings: RerankSettings) -> None:
        self._reranker = reranker
        self._settings = settings
        self.breaker = Breaker()

    @property
    def min_score(self) -> float | None:
        """The score from which a chunk is evidence; None where similarity and words decide."""
        return self._settings.min_score

    async def load(self) -> None:
        """Loads the reranker.

        Raises:
            StartupFailed: there is no such model.
        """
        await self._reranker.load()

    async def close(self) -> None:
        """Releases the reranker."""
        await self._reranker.close()

    async def ordered(self, question: str, candidates: Sequence[Candidate], details: dict[str, Any]) -> list[Candidate]:
        """The candidates by score, followed by those beyond the limit; in the given order when the reranker is late or fails.

        After five failures in a row the circuit breaker skips it for half a minute, so that questions need not wait for it.

        Args:
            details: gets ``by``, ``texts`` and ``outcome`` (``done``, ``late``, ``failed`` or ``resting``).
        """
        judged = list(candidates[: self._settings.candidates])
        details |= {"by": self._reranker.name, "texts": len(judged)}
        if not judged:
            return list(candidates)
        scores = await self._scores(question, [searched_text(candidate.chunk) for candidate in judged], details)
        if scores is None:
            return list(candidates)
        scored = [replace(one, rerank_score=score) for one, score in zip(judged, scores, strict=True)]
        scored.sort(key=lambda candidate: candidate.rerank_score or 0.0, reverse=True)
        return scored + list(candidates[len(judged) :])

    async def _scores(self, question: str, texts: list[str], details: dict[str, Any]) -> list[float] | None:
        """One score for each text; None when they are not there in time."""
        permit = self.breaker.take()
        if permit is None:
            details["outcome"] = "resting"
            return None
        try:
            async with asyncio.timeout(self._settings.timeout_ms / 1000):
                scores = _numbers(await self._reranker.scores(question, texts), len(texts))
        except TimeoutError:
            permit.failed()
            details["outcome"] = "late"
            return None
        except Exception as error:  # of any model or server: the order of the search is good enough
            permit.failed()
            details |= {"outcome": "failed", "error": type(error).__name__}
            log.warning("rerank.failed", by=self._reranker.name, error=type(error).__name__, reason=str(error)[:300])
            return None
        else:
            permit.succeeded()
            details["outcome"] = "done"
            return scores
        finally:
            permit.release()


def _numbers(scores: list[float], count: int) -> list[float]:
    """The scores. Raises ValueError when their count is wrong or one is not finite."""
    if len(scores) != count or not all(map(math.isfinite, scores)):
        raise ValueError("scores that order nothing")
    return scores

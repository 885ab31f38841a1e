"""Two lists, by meaning and by words, as one. Both adapters fuse here, because the engine cannot weigh one side's scores against the
other's (see docs/adr/0010).

| mode  | a chunk's score                                                                                        |
|-------|--------------------------------------------------------------------------------------------------------|
| auto  | w · (cosine - worst) ÷ (best - worst) + (1 - w) · BM25 ÷ best; w = ``dense_weight`` × ``language_coverage``    |
| rrf   | reciprocal ranks, as the engine has it (k = 2), both sides alike                                       |
| dbsf  | each side's scores between three deviations below and above their mean, added up, as the engine has it |
| dense | cosine; words are not asked                                                                            |
| bm25  | BM25; meaning is not asked                                                                             |

In ``auto``, words begin at 0, which means that none is shared. Cosines mean nothing by themselves: any two texts of a collection have
one, often a high one, so meaning begins at the worst of its list. What words alone found has a cosine all the same, and comes out below 0
where it is under that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, Literal

Mode = Literal["auto", "rrf", "dbsf", "dense", "bm25"]

DENSE_WEIGHT = 0.45
RRF_K = 2  # measured better than the customary 60 on the sets we evaluate with


@dataclass(frozen=True, slots=True)
class Fusion:
    """How the two sides of one search become one list.

    Attributes:
        dense_weight: of meaning against words, 0 to 1, for text in a language that the embedding model knows.
        language coverage: how well it knows the question's, 0 to 1 (see ``rag/embedding/language_coverage.py``).
    """

    mode: Mode = "auto"
    dense_weight: float = DENSE_WEIGHT
    language_coverage: float = 1.0

    @property
    def asks_dense(self) -> bool:
        """True when the search by meaning is needed."""
        return self.mode != "bm25"

    @property
    def asks_words(self) -> bool:
        """True when the search by words is needed."""
        return self.mode != "dense"

    @property
    def weight(self) -> float:
        """Of meaning in ``auto``."""
        return self.dense_weight * self.language_coverage


AUTO = Fusion()


@dataclass(frozen=True, slots=True)
class SideHit:
    """What one side found.

    Attributes:
        score: of that side.
        similarity: cosine of the question's vector and the chunk's.
    """

    chunk_id: str
    score: float
    similarity: float


def fused(
    dense: Sequence[SideHit], words: Sequence[SideHit], fusion: Fusion, top_k: int
) -> list[tuple[SideHit, float]]:
    """The best hits with their fused scores, best first; of equals, the first by meaning, then by words.

    Args:
        dense, words: best first.
    """
    hits = {hit.chunk_id: hit for hit in [*words, *dense]}
    scores = _scores(dense, words, fusion)
    order = sorted(dict.fromkeys(hit.chunk_id for hit in [*dense, *words]), key=scores.__getitem__, reverse=True)
    return [(hits[chunk_id], scores[chunk_id]) for chunk_id in order[:top_k]]


def facts(dense: Sequence[SideHit], words: Sequence[SideHit], fusion: Fusion) -> dict[str, Any]:
    """What a trace says of a search: how many each side found, how many both did, and what weighed how much."""
    both = {hit.chunk_id for hit in dense} & {hit.chunk_id for hit in words}
    said: dict[str, Any] = {"fusion": fusion.mode, "dense": len(dense), "bm25": len(words), "both": len(both)}
    if fusion.mode == "auto":
        said |= {"language_coverage": round(fusion.language_coverage, 3), "dense_weight": round(fusion.weight, 3)}
    return said


def _scores(dense: Sequence[SideHit], words: Sequence[SideHit], fusion: Fusion) -> dict[str, float]:
    if fusion.mode == "rrf":
        return _sum(*({hit.chunk_id: 1 / (RRF_K + rank) for rank, hit in enumerate(side)} for side in (dense, words)))
    if fusion.mode == "dbsf":
        return _sum(_spread(dense), _spread(words))
    if fusion.mode == "auto":
        near = _scale([hit.similarity for hit in dense], dense[-1].similarity if dense else 0.0)
        said = _scale([hit.score for hit in words], 0.0)
        return _sum(
            {hit.chunk_id: fusion.weight * near(hit.similarity) for hit in [*dense, *words]},
            {hit.chunk_id: (1 - fusion.weight) * said(hit.score) for hit in words},
        )
    return {hit.chunk_id: hit.score for hit in [*dense, *words]}


def _scale(scores: Sequence[float], low: float) -> Callable[[float], float]:
    """From ``low``, which becomes 0, to the best of one side's scores, which becomes 1; also where all are the same."""
    high = max(scores, default=0.0)
    return lambda score: (score - low) / (high - low) if high > low else 1.0


def _spread(side: Sequence[SideHit]) -> dict[str, float]:
    """Scores by their distance from the mean, three standard deviations either way being 0 and 1."""
    deviation = stdev(hit.score for hit in side) if len(side) > 1 else 0.0
    if not deviation:
        return {hit.chunk_id: 0.5 for hit in side}
    low = fmean(hit.score for hit in side) - 3 * deviation
    return {hit.chunk_id: (hit.score - low) / (6 * deviation) for hit in side}


def _sum(*sides: Mapping[str, float]) -> dict[str, float]:
    return {
        key: sum(side.get(key, 0.0) for side in sides) for key in dict.fromkeys(key for side in sides for key in side)
    }

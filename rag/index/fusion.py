"""Two lists, by meaning and by words, as one. Both adapters fuse here, because the engine cannot weigh one side's scores against the
other's (see docs/adr/0010).

| mode  | a chunk's score                                                                               |
|-------|-----------------------------------------------------------------------------------------------|
| auto  | w · cosine + (1 - w) · BM25, each between 0 (see below) and 1 (its side's best);               |
|       | w = ``dense_weight`` × ``familiarity``                                                         |
| rrf   | reciprocal ranks, as the engine has it (k = 2), both sides alike                               |
| dbsf  | each side's scores between three deviations below and above their mean, added up, as the engine has it |
| dense | cosine; words are not asked                                                                   |
| bm25  | BM25; meaning is not asked                                                                    |

In ``auto``, 0 is the worst of a list that is full: what is outside it has no more. A list that is not full ends where the library ends
or its words do, and 0 is plainly 0; in a library of three chunks the third best is not worth nothing. What words alone found has its
cosine all the same, below 0 where it is under the worst of a full list.
"""

from collections.abc import Mapping, Sequence
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
        familiarity: how well it knows the question's, 0 to 1 (see ``rag/familiarity.py``).
    """

    mode: Mode = "auto"
    dense_weight: float = DENSE_WEIGHT
    familiarity: float = 1.0

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
        return self.dense_weight * self.familiarity


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
    payload: Mapping[str, Any]


def fused(
    dense: Sequence[SideHit], words: Sequence[SideHit], fusion: Fusion, top_k: int
) -> list[tuple[SideHit, float]]:
    """The best hits with their fused scores, best first; of equals, the first by meaning, then by words.

    Args:
        dense, words: best first.
    """
    hits = {hit.chunk_id: hit for hit in [*words, *dense]}
    scores = _scores(dense, words, fusion, top_k)
    order = sorted(dict.fromkeys(hit.chunk_id for hit in [*dense, *words]), key=scores.__getitem__, reverse=True)
    return [(hits[chunk_id], scores[chunk_id]) for chunk_id in order[:top_k]]


def facts(dense: Sequence[SideHit], words: Sequence[SideHit], fusion: Fusion) -> dict[str, Any]:
    """What a trace says of a search: how many each side found, how many both did, and what weighed how much."""
    both = {hit.chunk_id for hit in dense} & {hit.chunk_id for hit in words}
    said: dict[str, Any] = {"fusion": fusion.mode, "dense": len(dense), "bm25": len(words), "both": len(both)}
    if fusion.mode == "auto":
        said |= {"familiarity": round(fusion.familiarity, 3), "dense_weight": round(fusion.weight, 3)}
    return said


def _scores(dense: Sequence[SideHit], words: Sequence[SideHit], fusion: Fusion, top_k: int) -> dict[str, float]:
    if fusion.mode == "rrf":
        return _sum(*({hit.chunk_id: 1 / (RRF_K + rank) for rank, hit in enumerate(side)} for side in (dense, words)))
    if fusion.mode == "dbsf":
        return _sum(_spread(dense), _spread(words))
    if fusion.mode == "auto":
        near = _Scale.of([hit.similarity for hit in dense], top_k)
        said = _Scale.of([hit.score for hit in words], top_k)
        return _sum(
            {hit.chunk_id: fusion.weight * near.place(hit.similarity) for hit in [*dense, *words]},
            {hit.chunk_id: (1 - fusion.weight) * said.place(hit.score) for hit in words},
        )
    return {hit.chunk_id: hit.score for hit in [*dense, *words]}


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float

    @classmethod
    def of(cls, scores: Sequence[float], top_k: int) -> "_Scale":
        """Of one side's scores, best first."""
        return cls(scores[-1] if len(scores) >= top_k else 0.0, scores[0]) if scores else cls(0.0, 0.0)

    def place(self, score: float) -> float:
        """1 for the best; also where all are the same."""
        return (score - self.low) / (self.high - self.low) if self.high > self.low else 1.0


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

"""Fuses the results of the searches by meaning and by words into one list. Both adapters fuse here, because the engine cannot weigh
the scores of one side against the other's (see docs/adr/0010).

| mode  | a chunk's score                                                                                        |
|-------|--------------------------------------------------------------------------------------------------------|
| auto  | w · (cosine - worst) ÷ (best - worst) + (1 - w) · BM25 ÷ best; w = ``dense_weight`` × ``language_coverage``    |
| rrf   | reciprocal ranks, as in the engine (k = 2), equal weights                                              |
| dbsf  | each side's scores between three deviations below and above their mean, added up, as in the engine     |
| dense | cosine; no search by words                                                                             |
| bm25  | BM25; no search by meaning                                                                             |

In ``auto``, words begin at 0, which means no shared word. A cosine has no natural zero: any two texts of a collection have one, often
a high one, so meaning begins at the worst of its list. A chunk found by words alone also gets a cosine, and a score below 0 by meaning
where that is lower. Where the model compares languages, the words of a chunk in another language than the question count for less
(``FOREIGN_WORDS``): what two languages share are names and numbers, and the best by these few is hardly the answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, Literal

Mode = Literal["auto", "rrf", "dbsf", "dense", "bm25"]

DENSE_WEIGHT = 0.45
FOREIGN_WORDS = (
    0.25  # part of the words' score that counts for a chunk in another language than the question: names and numbers
)
RRF_K = 2  # measured better than the usual 60 on our evaluation sets


@dataclass(frozen=True, slots=True)
class Fusion:
    """How the two sides of one search are fused.

    Attributes:
        dense_weight: weight of meaning against words, 0 to 1, for a language that the embedding model knows.
        language_coverage: how well it knows the language of the question, 0 to 1 (see ``rag/embedding/language_coverage.py``).
        crosses_languages: it compares texts in different languages; then common words across languages count less.
    """

    mode: Mode = "auto"
    dense_weight: float = DENSE_WEIGHT
    language_coverage: float = 1.0
    crosses_languages: bool = False

    @property
    def needs_dense(self) -> bool:
        """True when the search by meaning is needed."""
        return self.mode != "bm25"

    @property
    def needs_words(self) -> bool:
        """True when the search by words is needed."""
        return self.mode != "dense"

    @property
    def weight(self) -> float:
        """The weight of meaning in ``auto``."""
        return self.dense_weight * self.language_coverage


AUTO = Fusion()


@dataclass(frozen=True, slots=True)
class SideHit:
    """A hit of one side.

    Attributes:
        score: score of that side.
        similarity: cosine of the question's vector and the chunk's.
        is_foreign: the chunk is surely in another language than the question; known of hits by words.
    """

    chunk_id: str
    score: float
    similarity: float
    is_foreign: bool = False


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


def trace_details(dense: Sequence[SideHit], words: Sequence[SideHit], fusion: Fusion) -> dict[str, Any]:
    """The details of a search for the trace: number of hits of each side and of both, and the weights."""
    both = {hit.chunk_id for hit in dense} & {hit.chunk_id for hit in words}
    details: dict[str, Any] = {"fusion": fusion.mode, "dense": len(dense), "bm25": len(words), "both": len(both)}
    if fusion.mode == "auto":
        details |= {"language_coverage": round(fusion.language_coverage, 3), "dense_weight": round(fusion.weight, 3)}
    return details


def _scores(dense: Sequence[SideHit], words: Sequence[SideHit], fusion: Fusion) -> dict[str, float]:
    if fusion.mode == "rrf":
        return _sum(*({hit.chunk_id: 1 / (RRF_K + rank) for rank, hit in enumerate(side)} for side in (dense, words)))
    if fusion.mode == "dbsf":
        return _sum(_spread(dense), _spread(words))
    if fusion.mode == "auto":
        meaning = _scale([hit.similarity for hit in dense], dense[-1].similarity if dense else 0.0)
        wording = _scale([hit.score for hit in words], 0.0)
        return _sum(
            {hit.chunk_id: fusion.weight * meaning(hit.similarity) for hit in [*dense, *words]},
            {hit.chunk_id: (1 - fusion.weight) * _counted(hit, fusion) * wording(hit.score) for hit in words},
        )
    return {hit.chunk_id: hit.score for hit in [*dense, *words]}


def _counted(hit: SideHit, fusion: Fusion) -> float:
    """The part of a hit's score by words that counts."""
    return FOREIGN_WORDS if hit.is_foreign and fusion.crosses_languages else 1.0


def _scale(scores: Sequence[float], low: float) -> Callable[[float], float]:
    """A function that scales scores so that ``low`` becomes 0 and the best becomes 1; all become 1 when the best is not above ``low``."""
    high = max(scores, default=0.0)
    return lambda score: (score - low) / (high - low) if high > low else 1.0


def _spread(side: Sequence[SideHit]) -> dict[str, float]:
    """Scales scores so that three standard deviations below and above the mean become 0 and 1."""
    deviation = stdev(hit.score for hit in side) if len(side) > 1 else 0.0
    if not deviation:
        return {hit.chunk_id: 0.5 for hit in side}
    low = fmean(hit.score for hit in side) - 3 * deviation
    return {hit.chunk_id: (hit.score - low) / (6 * deviation) for hit in side}


def _sum(*sides: Mapping[str, float]) -> dict[str, float]:
    return {
        key: sum(side.get(key, 0.0) for side in sides) for key in dict.fromkeys(key for side in sides for key in side)
    }

"""Extractive answers, without a language model: the sentences of the sources nearest to the question, word for word, each cited."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.passage import Line, Passage, words_of
from rag.index.port import cosine
from rag.index.terms import has_unspaced, term_ids

MOST_SENTENCES = 5
CANDIDATES = 12  # sentences that are embedded; the others are out by their words and the rank of their source
EMBEDDED_CHARS = 240  # the gist of a sentence stands in its beginning, and short texts embed faster
MIN_WORDS, MIN_WORDS_WITH_VALUE = 4, 2
VALUE = re.compile(r"\d|:")
NEAR_BEST = 0.72  # a further sentence must score at least this part of the best
ALIKE = 0.8  # sentences sharing this part of their words say the same
WORD_WEIGHT, RANK_WEIGHT, FRAGMENT_PENALTY = 0.5, 0.08, 0.15
DELTA_WORDS = 3


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence that may be quoted: line ``index`` of ``passage``, and how well its words fit."""

    passage: Passage
    index: int
    words_score: float

    @property
    def line(self) -> Line:
        return self.passage.lines[self.index]


async def extract(query: str, passages: Sequence[Passage], embeddings: FootnoteEmbeddings) -> str:
    """Up to ``MOST_SENTENCES`` sentences with their markers, as Markdown; empty when the sources hold no sentence.

    Args:
        query: the stand-alone question.
        passages: the sources, best first.
    """
    candidates = _preselected(query, passages)
    if not candidates:
        return ""
    asked, *vectors = await embeddings.aembed_now(
        [query, *(candidate.line.text[:EMBEDDED_CHARS] for candidate in candidates)]
    )
    scores = [
        cosine(asked, vector) + WORD_WEIGHT * candidate.words_score
        for candidate, vector in zip(candidates, vectors, strict=True)
    ]
    return _written(_chosen(candidates, scores))


def deltas(text: str) -> Iterator[str]:
    """A text in deltas of a few words, so that it appears the way a model's answer does. Joined they are the text."""
    start = words = 0
    for position in range(1, len(text)):
        if text[position - 1].isspace() and not text[position].isspace():
            words += 1
            if words == DELTA_WORDS:
                yield text[start:position]
                start, words = position, 0
    if text[start:]:
        yield text[start:]


def _preselected(query: str, passages: Sequence[Passage]) -> list[_Candidate]:
    terms = term_ids(query)
    found = [
        _Candidate(passage, index, _words_score(passage, index, terms, rank))
        for rank, passage in enumerate(passages)
        for index, line in enumerate(passage.lines)
    ]
    found = [candidate for candidate in found if _may_answer(candidate.line)] or found
    return sorted(found, key=lambda candidate: candidate.words_score, reverse=True)[:CANDIDATES]


def _may_answer(line: Line) -> bool:
    """False for headings, code, questions (they repeat what was asked), and crumbs that state no value."""
    if line.sentence.kind not in ("prose", "item", "row") or line.text.endswith(("?", "？")):
        return False
    states_a_value = bool(VALUE.search(line.text)) and not line.text.endswith(":")
    least = MIN_WORDS_WITH_VALUE if states_a_value else MIN_WORDS
    return len(words_of(line.text)) >= least or has_unspaced(line.text)


def _words_score(passage: Passage, index: int, terms: frozenset[int], rank: int) -> float:
    line = passage.lines[index]
    share = len(terms & line.terms) / len(terms) if terms else 0.0
    score = share - RANK_WEIGHT * rank
    return score - FRAGMENT_PENALTY if _is_fragment(passage, index) else score


def _is_fragment(passage: Passage, index: int) -> bool:
    """True for the delta of a sentence that the edge of a chunk cut off."""
    line, chunk = passage.lines[index], passage.source.chunk
    if line.sentence.kind != "prose":
        return False
    is_headless = index == 0 and chunk.char_start > 0 and line.text[:1].islower()
    is_tailless = index == len(passage.lines) - 1 and line.text[-1:].isalnum()
    return is_headless or is_tailless


def _chosen(candidates: Sequence[_Candidate], scores: Sequence[float]) -> list[_Candidate]:
    """The best, those near it that say something new, and what a sentence ending in a colon announces."""
    ranked = sorted(zip(scores, range(len(candidates)), strict=True), reverse=True)
    best = ranked[0][0]
    chosen: list[_Candidate] = []
    for score, number in ranked:
        if len(chosen) >= MOST_SENTENCES or score < NEAR_BEST * best:
            break
        for candidate in _with_announced(candidates[number]):
            if len(chosen) < MOST_SENTENCES and not _is_repetition(candidate, chosen):
                chosen.append(candidate)
    return _ordered(chosen)


def _with_announced(candidate: _Candidate) -> list[_Candidate]:
    """The candidate, and after a colon the list items that follow it."""
    announced = [candidate]
    lines = candidate.passage.lines
    if candidate.line.text.endswith(":"):
        for index in range(candidate.index + 1, len(lines)):
            if lines[index].sentence.kind not in ("item", "row"):
                break
            announced.append(_Candidate(candidate.passage, index, 0.0))
    return announced


def _is_repetition(candidate: _Candidate, chosen: Sequence[_Candidate]) -> bool:
    return any(_alike(candidate.line, other.line) for other in chosen)


def _alike(left: Line, right: Line) -> bool:
    smaller = min(len(left.terms), len(right.terms))
    return left.text == right.text or (smaller > 0 and len(left.terms & right.terms) / smaller >= ALIKE)


def _ordered(chosen: Sequence[_Candidate]) -> list[_Candidate]:
    """The source of the best sentence first, then by number; within a source as it reads."""
    first = chosen[0].passage.source.number
    return sorted(
        chosen,
        key=lambda candidate: (
            candidate.passage.source.number != first,
            candidate.passage.source.number,
            candidate.index,
        ),
    )


def _written(chosen: Sequence[_Candidate]) -> str:
    """Prose runs on; list items and table rows become list items."""
    text = ""
    for candidate in chosen:
        is_item = candidate.line.sentence.kind in ("item", "row")
        joint = "\n- " if is_item else ("\n\n" if text.rpartition("\n")[2].startswith("- ") else " ")
        text += f"{joint}{candidate.line.text} [{candidate.passage.source.number}]"
    return text.strip()

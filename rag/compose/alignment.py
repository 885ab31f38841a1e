"""Aligns two texts: versions of one text line by line, other texts by what their sentences mean."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from rag.compose.centrality import EMBEDDED_CHARS, Vectors, sampled, unit
from rag.compose.quotations import Quotation
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.prompts import Purpose
from rag.grounding.passage import FIGURE, figures

SAME_SHARE = (
    0.3  # part of the lines of the shorter text that the other has too, from which they are versions of one text
)
MOST_LINES = 20_000  # of each version that are compared
MOST_PAIRED = 150  # neighbouring lines that changed, of each version, that are compared with each other
LEAST_COMMON = 0.35  # part of the terms that a changed line keeps
MOST_EMBEDDED = 90  # sentences of each text
# similarity on the common scale from which sentences are about the same, and under which about nothing that the other text has
LIKE, UNLIKE = 0.55, 0.5


@dataclass(frozen=True, slots=True)
class Difference:
    """What one text says, and what the other says about the same; None where it says nothing."""

    left: Quotation | None
    right: Quotation | None
    likeness: float = 1.0

    @property
    def is_of_figures(self) -> bool:
        """True when both sides have numbers or dates, and others."""
        if self.left is None or self.right is None:
            return False
        one, two = figures(self.left.text), figures(self.right.text)
        return bool(one or two) and one != two and any(FIGURE.search(side.text) for side in (self.left, self.right))


def are_versions(left: Sequence[Quotation], right: Sequence[Quotation]) -> bool:
    """True when the two texts share so many lines that they are versions of one."""
    keys, others = {_key(one) for one in left}, {_key(one) for one in right}
    return bool(keys and others) and len(keys & others) >= SAME_SHARE * min(len(keys), len(others))


def changes(left: Sequence[Quotation], right: Sequence[Quotation]) -> list[Difference]:
    """What changed from one version to the other, in reading order; what only moved is no change."""
    old, new = list(left[:MOST_LINES]), list(right[:MOST_LINES])
    known, present = {_key(one) for one in right}, {_key(one) for one in left}
    matcher = SequenceMatcher(None, [_key(one) for one in old], [_key(one) for one in new], autojunk=False)
    found: list[Difference] = []
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            gone = [one for one in old[start:end] if _key(one) not in known]
            come = [one for one in new[new_start:new_end] if _key(one) not in present]
            found += _paired(gone, come)
    return found


def _paired(gone: Sequence[Quotation], come: Sequence[Quotation]) -> Iterator[Difference]:
    """Each line that went with the one that came for it, the likest first; the others by themselves."""
    worth = sorted(
        (
            (_common(one, two), -place, place, other)
            for place, one in enumerate(gone[:MOST_PAIRED])
            for other, two in enumerate(come[:MOST_PAIRED])
        ),
        reverse=True,
    )
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for common, _, place, other in worth:
        if common >= LEAST_COMMON and place not in partner and other not in taken:
            partner[place] = other
            taken.add(other)
    for place, one in enumerate(gone):
        yield Difference(one, come[partner[place]] if place in partner else None)
    yield from (Difference(None, one) for other, one in enumerate(come) if other not in taken)


def _common(one: Quotation, two: Quotation) -> float:
    return len(one.terms & two.terms) / max(1, len(one.terms | two.terms))


def _key(one: Quotation) -> str:
    return " ".join(one.text.casefold().split())


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts compared by meaning: what both speak about, the likest first, and what only one does, in reading order."""

    both: tuple[Difference, ...]
    only_left: tuple[Quotation, ...]
    only_right: tuple[Quotation, ...]


async def compared(left: Sequence[Quotation], right: Sequence[Quotation], embeddings: FootnoteEmbeddings) -> Comparison:
    """Compares the sentences of two texts.

    Raises:
        UpstreamUnavailable: the embedding server does not answer.
    """
    old, new = ([one for one in sampled(side, MOST_EMBEDDED) if one.is_whole] for side in (left, right))
    if not old or not new:
        return Comparison((), tuple(old), tuple(new))
    texts = [one.text[:EMBEDDED_CHARS] for one in (*old, *new)]
    vectors = unit(await embeddings.aembed_now(texts, Purpose.LIKENESS))
    near = vectors[: len(old)] @ vectors[len(old) :].T
    pairs = []
    for place in range(len(old)):
        other = int(np.argmax(near[place]))
        likeness = embeddings.scale.likeness(float(near[place, other]), texts[place], texts[len(old) + other])
        if int(np.argmax(near[:, other])) == place and likeness >= LIKE and _key(old[place]) != _key(new[other]):
            pairs.append(Difference(old[place], new[other], likeness))
    alone = [
        _alone(side, matrix, texts_of, others, embeddings)
        for side, matrix, texts_of, others in (
            (old, near, texts[: len(old)], texts[len(old) :]),
            (new, near.T, texts[len(old) :], texts[: len(old)]),
        )
    ]
    return Comparison(tuple(sorted(pairs, key=lambda one: -one.likeness)), alone[0], alone[1])


def _alone(
    side: Sequence[Quotation],
    near: Vectors,
    texts: Sequence[str],
    others: Sequence[str],
    embeddings: FootnoteEmbeddings,
) -> tuple[Quotation, ...]:
    """The sentences about nothing that the other text has, those nearest to the rest of their own first."""
    best = near.argmax(axis=1)
    return tuple(
        one
        for place, one in enumerate(side)
        if embeddings.scale.likeness(float(near[place, best[place]]), texts[place], others[best[place]]) < UNLIKE
    )

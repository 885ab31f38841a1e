"""Which source says what an answer says: each statement against the sources it names, and against the others.

Words come first: only pairs that share enough of them are compared by meaning, and everything to be embedded goes in one trip.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.passage import Passage
from rag.grounding.statements import Statement
from rag.grounding.support import CLEAR, ENOUGH, Bar, Pair, Support, Vectors

OTHERS = 3  # sources besides those named that a claim is compared with
LIKELY = 0.6  # coverage from which a source that is named will hold in all likelihood
MOST_EMBEDDED = 240  # texts in one check; a longer answer is judged by its words from there on


@dataclass(slots=True)
class Finding:
    """What was found for a statement.

    Attributes:
        held: numbers behind it that support it.
        added: the number of another source that clearly does, where none of its own holds.
        is_looked_for: it claims something, or names sources.
    """

    statement: Statement
    is_looked_for: bool
    held: dict[int, Support] = field(default_factory=dict)
    added: dict[int, Support] = field(default_factory=dict)

    @property
    def supports(self) -> dict[int, Support]:
        """Number → support, of its own sources, else of the one that was found."""
        return self.held or self.added

    @property
    def is_unsupported(self) -> bool:
        """True when it should have a source and has none."""
        return self.is_looked_for and not self.supports


@dataclass(slots=True)
class _Case:
    """A finding to be, with the pairs to judge: ``own`` for the numbers it names, ``other`` with the bar for each."""

    finding: Finding
    own: dict[int, Pair]
    other: dict[int, tuple[Pair, Bar]]

    def texts(self) -> Iterator[str]:
        for pair in self.own.values():
            yield from pair.texts(ENOUGH)
        if any(pair.coverage >= LIKELY for pair in self.own.values()):
            return  # should they fail nevertheless, the others are judged by their words
        for pair, bar in self.other.values():
            yield from pair.texts(bar)

    def decide(self, vectors: Vectors) -> Finding:
        for number, pair in self.own.items():
            if support := pair.judge(vectors, ENOUGH):
                self.finding.held[number] = support
        if not self.finding.held:
            judged = {number: pair.judge(vectors, bar) for number, (pair, bar) in self.other.items()}
            clear = {number: support for number, support in judged.items() if support}
            if clear:
                best = max(clear, key=lambda number: (clear[number].strength, -number))
                self.finding.added[best] = clear[best]
        return self.finding


async def find(
    statements: Sequence[Statement],
    passages: Mapping[int, Passage],
    embeddings: FootnoteEmbeddings,
) -> list[Finding]:
    """A finding for each statement.

    Args:
        passages: number → source.
    """
    cases = [_case(statement, passages) for statement in statements]
    texts = list(islice(dict.fromkeys(text for case in cases for text in case.texts()), MOST_EMBEDDED))
    vectors = dict(zip(texts, await embeddings.aembed_now(texts), strict=True)) if texts else {}
    return [case.decide(vectors) for case in cases]


def _case(statement: Statement, passages: Mapping[int, Passage]) -> _Case:
    own = {number: Pair(statement.claim, passages[number]) for number in statement.numbers if number in passages}
    other: dict[int, tuple[Pair, Bar]] = {}
    if statement.is_claim and not any(pair.literal for pair in own.values()):
        other = _others(statement, {number: passage for number, passage in passages.items() if number not in own})
    return _Case(Finding(statement, statement.is_claim or bool(statement.numbers)), own, other)


def _others(statement: Statement, passages: Mapping[int, Passage]) -> dict[int, tuple[Pair, Bar]]:
    """The sources that share most words with a statement; one cited beside it needs to say less of it."""
    pairs = {number: Pair(statement.claim, passage) for number, passage in passages.items()}
    worth = {number: (pair.literal is not None, pair.coverage) for number, pair in pairs.items()}
    best = sorted(pairs, key=lambda number: worth[number], reverse=True)[:OTHERS]
    kept = [number for number in pairs if number in best or number in statement.nearby]
    return {number: (pairs[number], ENOUGH if number in statement.nearby else CLEAR) for number in kept}

"""Matches the statements of an answer with the sources that support them: those it cites first, then the others.

Words come first: only pairs that share enough of them are compared by meaning, and all texts to embed go in one call.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.judgement.totals import is_recomputed, kinds_of
from rag.grounding.likeness import Likeness
from rag.grounding.passage import Passage
from rag.grounding.statements import Statement
from rag.grounding.support import NOTHING, Pair, Support, judge_together
from rag.types import Verdict

OTHERS = 3  # sources besides the cited ones that a claim is compared with
MOST_BEFORE = 30  # statements before one that it may sum up
MOST_ADDED = 3  # numbers of sources at a sum
RECOMPUTED = 0.8  # support score of what was recomputed
LIKELY = 0.6  # coverage from which a cited source most likely holds
MOST_EMBEDDED = 240  # texts in one check; the rest of a longer answer is judged by its words
# What is told of a claim that no source supports: the most telling of what the sources say.
TELLING = (Verdict.CONTRADICTED, Verdict.PARTLY, Verdict.UNCHECKED, Verdict.UNSUPPORTED)


@dataclass(slots=True)
class Finding:
    """The result of the check of one statement.

    Attributes:
        own: support by the numbers that it cites.
        added: support by another source that clearly says it, when none of its own numbers holds.
        is_checked: it claims something, or cites sources.
        failed: the most telling of the judgements that do not support it.
    """

    statement: Statement
    is_checked: bool
    own: dict[int, Support] = field(default_factory=dict)
    added: dict[int, Support] = field(default_factory=dict)
    failed: Support = NOTHING

    @property
    def supports(self) -> dict[int, Support]:
        """Number → support: by its own numbers, else by the added one."""
        return self.own or self.added

    @property
    def is_unsupported(self) -> bool:
        """True when it needs a source and has none."""
        return self.is_checked and self.verdict not in (Verdict.SUPPORTED, Verdict.UNCHECKED)

    @property
    def verdict(self) -> Verdict:
        """What the check says about the statement."""
        verdicts = {support.verdict for support in self.supports.values()}
        if Verdict.SUPPORTED in verdicts:
            return Verdict.SUPPORTED
        return Verdict.UNCHECKED if verdicts else self.failed.verdict

    @property
    def score(self) -> float:
        """The support score, 0 to 1."""
        return max((support.strength for support in self.supports.values()), default=self.failed.strength)

    @property
    def reason(self) -> str:
        """Why it cannot be checked; empty when it was."""
        return next((support.reason for support in (*self.supports.values(), self.failed) if support.reason), "")


@dataclass(slots=True)
class _Case:
    """A finding to be decided, with the pairs to judge: ``own`` for the cited numbers, ``other`` for further ones, near or not."""

    finding: Finding
    own: dict[int, Pair]
    other: dict[int, tuple[Pair, bool]]

    def texts(self) -> Iterator[str]:
        for pair in self.own.values():
            yield from pair.texts(is_cited=True)
        if any(pair.coverage >= LIKELY for pair in self.own.values()):
            return  # if they fail nevertheless, the others are judged by their words
        for pair, is_near in self.other.values():
            yield from pair.texts(is_cited=is_near)

    def decide(self, likeness: Likeness) -> Finding:
        finding = self.finding
        judged = {number: pair.judge(likeness) for number, pair in self.own.items()}
        finding.own = {number: support for number, support in judged.items() if support.holds}
        if not finding.own and len(self.own) > 1:
            finding.own = judge_together(self.own, likeness)
        if not finding.own:
            others = {number: pair.judge(likeness, is_cited=is_near) for number, (pair, is_near) in self.other.items()}
            clear = {number: support for number, support in others.items() if support.verdict is Verdict.SUPPORTED}
            if clear:
                best = max(clear, key=lambda number: (clear[number].strength, -number))
                finding.added[best] = clear[best]
            else:
                finding.failed = _most_telling([*judged.values(), *others.values()])
        if finding.statement.is_opening:
            finding.is_checked = finding.verdict is Verdict.CONTRADICTED or bool(finding.own)
            finding.added = {}
        return finding


def _most_telling(supports: Sequence[Support]) -> Support:
    """Of judgements that do not support a claim, the one to tell: that a source says otherwise, then that one says a part."""
    return max(supports, key=lambda support: (-TELLING.index(support.verdict), support.strength), default=NOTHING)


async def find(
    statements: Sequence[Statement],
    passages: Mapping[int, Passage],
    embeddings: FootnoteEmbeddings,
) -> list[Finding]:
    """A finding for each statement. All but the embedding is done in threads.

    Args:
        passages: number → source.
    """
    cases, texts = await asyncio.to_thread(_cases, statements, passages)
    vectors = dict(zip(texts, await embeddings.aembed_now(texts), strict=True)) if texts else {}
    likeness = Likeness(vectors, embeddings.scale)
    return await asyncio.to_thread(_decided, cases, likeness, passages)


def _decided(cases: Sequence[_Case], likeness: Likeness, passages: Mapping[int, Passage]) -> list[Finding]:
    """The findings; those that fail are tried once more as sums and counts over the statements before them."""
    findings = [case.decide(likeness) for case in cases]
    for place, finding in enumerate(findings):
        if finding.is_unsupported and kinds_of(finding.statement.claim):
            _recompute(finding, findings[max(0, place - MOST_BEFORE) : place], passages)
    return findings


def _recompute(finding: Finding, before: Sequence[Finding], passages: Mapping[int, Passage]) -> None:
    """Supports a statement that follows from those before it, by their sources."""
    rows = [other for other in before if other.verdict is Verdict.SUPPORTED and other.is_checked]
    supports = {number: support for row in rows for number, support in row.supports.items()}
    cited = [number for number in (*finding.statement.numbers, *supports) if number in passages]
    used = {number: passages[number] for number in cited}
    summed = [row.statement.claim for row in rows if not kinds_of(row.statement.claim)]
    if not is_recomputed(finding.statement.claim, summed, list(used.values())):
        return
    own = [number for number in finding.statement.numbers if number in used]
    lines = {
        number: supports.get(number) or Support(RECOMPUTED, used[number].whole)
        for number in own or list(used)[:MOST_ADDED]
    }
    chosen = {number: Support(RECOMPUTED, support.spans) for number, support in lines.items()}
    finding.own, finding.added = (chosen, {}) if own else ({}, chosen)


def _cases(statements: Sequence[Statement], passages: Mapping[int, Passage]) -> tuple[list[_Case], list[str]]:
    """The cases, and the texts to embed before they are decided."""
    cases = [_case(statement, passages) for statement in statements]
    return cases, list(islice(dict.fromkeys(text for case in cases for text in case.texts()), MOST_EMBEDDED))


def _case(statement: Statement, passages: Mapping[int, Passage]) -> _Case:
    own = {number: Pair(statement.claim, passages[number]) for number in statement.numbers if number in passages}
    other: dict[int, tuple[Pair, bool]] = {}
    if (statement.is_claim or statement.is_opening) and not any(pair.literal for pair in own.values()):
        other = _others(statement, {number: passage for number, passage in passages.items() if number not in own})
    is_checked = statement.is_claim or statement.is_opening or (bool(statement.numbers) and not statement.is_talk)
    return _Case(Finding(statement, is_checked), own if is_checked else {}, other)


def _others(statement: Statement, passages: Mapping[int, Passage]) -> dict[int, tuple[Pair, bool]]:
    """The sources that share most words with a statement, each with whether its neighbours cite it, which has the lower bar."""
    pairs = {number: Pair(statement.claim, passage) for number, passage in passages.items()}
    worth = {number: (pair.literal is not None, pair.coverage) for number, pair in pairs.items()}
    best = sorted(pairs, key=lambda number: worth[number], reverse=True)[:OTHERS]
    chosen = [number for number in pairs if number in best or number in statement.nearby]
    return {number: (pairs[number], number in statement.nearby) for number in chosen}

"""Judges whether a passage supports a claim: by words, quantities, negations, opposites and meaning; the details are in ``judgement/``.

1. A claim that is literally in the passage is supported. Short answers are judged with their question, rows of tables cell by cell.
2. Every number of the claim must be in the passage, with its unit.
3. No clause may say otherwise than the closest lines: "paid" and "not paid" are nearly equal by words and by meaning.
4. A small fitted model weighs the words and the meaning that the two share.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from itertools import chain, islice

from rag.grounding.judgement.claim import Claim
from rag.grounding.judgement.features import features
from rag.grounding.judgement.scoring import support_model
from rag.grounding.judgement.short_answers import judge as judge_short
from rag.grounding.judgement.translations import judge as judge_translation
from rag.grounding.language.contrasts import bound_contrast, contrast
from rag.grounding.language.quantities import missing
from rag.grounding.language.readings import Reading
from rag.grounding.likeness import Likeness, are_foreign
from rag.grounding.passage import Line, Passage, missing_figures
from rag.terms import terms_of
from rag.types import Span, Verdict

LITERAL_WORDS = 3  # fewer words occur in any text by chance
SENTENCE_WORDS = 5  # … that a short answer needs to count as a sentence of the source
# A line with this share of at least so many terms means the same: no embedding is needed.
SAME_WORDS, SAME_TERMS = 0.85, 4
COMPARED_LINES = 4  # lines of a passage compared by meaning: those that share most words with the claim
MOST_FOREIGN_LINES = 12  # of a passage in another language, where no words are common
SECOND_LINE_GAIN = 0.2  # a second sentence is marked too when it covers this much more of the claim
LEAST_COVERAGE = 0.3  # of a source that is not cited, to be compared at all
KEY_SHARE = 0.5  # of the first cell of a row that the passage must have


@dataclass(frozen=True, slots=True)
class Support:
    """What a passage says to a claim.

    Attributes:
        strength: from 0 to 1.
        spans: the lines that show it.
        reason: why it cannot be checked, for the reader.
    """

    strength: float
    spans: tuple[Span, ...]
    verdict: Verdict = Verdict.SUPPORTED
    reason: str = ""

    @property
    def holds(self) -> bool:
        """True when the number of the passage stays."""
        return self.verdict in (Verdict.SUPPORTED, Verdict.UNCHECKED)


NOTHING = Support(0.0, (), Verdict.UNSUPPORTED)


class Pair:
    """A claim and a passage, compared by words before anything is embedded.

    Attributes:
        literal: full support, where the passage says the claim word for word; else None.
        coverage: part of the claim's terms found in the passage; 0 when a number of the claim is missing there.
        lines: indexes of the passage's lines to compare by meaning, most common words first.
        is_foreign: the two are in different languages.
    """

    def __init__(self, claim: Claim, passage: Passage) -> None:
        self.claim, self.passage = claim, passage
        self.terms = claim.terms
        self.literal = _literal(claim, passage)
        self.is_foreign = are_foreign(claim.clear_language, passage.clear_language)
        terms = claim.searched
        self.coverage = len(terms & passage.terms) / len(terms) if terms and passage.lines else 0.0
        common = passage.common_terms(terms) if passage.lines else {}
        self._shares = {place: count / len(terms) for place, count in common.items()}
        self.lines = tuple(
            range(min(MOST_FOREIGN_LINES, len(passage.lines))) if self.is_foreign else self._closest(len(passage.lines))
        )

    def _closest(self, line_count: int) -> Iterator[int]:
        """The lines with the greatest shares; where too few share a word, the first ones of the others."""
        shares = nsmallest(COMPARED_LINES, self._shares, key=lambda place: (-self._shares[place], place))
        others = (place for place in range(line_count) if place not in self._shares)
        return islice(chain(shares, others), COMPARED_LINES)

    @cached_property
    def lacks_number(self) -> bool:
        """True when the passage does not have a number of the claim, with its unit."""
        if missing_figures(self.claim.statement, self.passage.figures):
            return True
        return bool(missing(self.claim.digits, self.passage.quantities))

    @property
    def is_same_words(self) -> bool:
        """True when one line has nearly all words of a claim of several words."""
        return len(self.terms) >= SAME_TERMS and bool(self.lines) and self._share(self.lines[0]) >= SAME_WORDS

    def texts(self, *, is_cited: bool) -> list[str]:
        """The texts to embed before judging; empty when words alone decide."""
        if self.literal or not self.lines or (self.is_same_words and not self.claim.is_short):
            return []
        if not is_cited and self.coverage < LEAST_COVERAGE and not self.is_foreign:
            return []
        return self.compared

    @property
    def compared(self) -> list[str]:
        """The claim and the lines that are compared by meaning."""
        return [self.claim.full_text, *(self._line(place).text for place in self.lines)]

    def similarities(self, likeness: Likeness) -> dict[int, float]:
        """Line → its similarity to the claim."""
        return {place: likeness.of(self.claim.full_text, self._line(place).text) for place in self.lines}

    def judge(self, likeness: Likeness, *, is_cited: bool = True) -> Support:
        """What the passage says to the claim.

        Args:
            likeness: similarities of the texts; 0 where one was not embedded.
            is_cited: the claim or its neighbours cite the passage; else more is asked of it.
        """
        if self.literal:
            return self.literal
        if not self.lines or not (self.claim.searched or self.claim.is_short):
            return NOTHING
        near = self.similarities(likeness)
        if self.is_foreign:
            found = judge_translation(self.claim, self.passage, near, is_known=likeness.knows_translations)
            return Support(found.strength, (self.passage.span(found.line, found.line),), found.verdict, found.reason)
        if self.claim.cells:
            return self._row(near)
        if self.claim.is_short:
            return self._short(near, is_cited=is_cited)
        return self._sentence(near, is_cited=is_cited)

    def _short(self, near: Mapping[int, float], *, is_cited: bool) -> Support:
        """The judgement of a short answer, or of one that begins with yes or no."""
        rest = None if self.claim.short.is_short else self._sentence(near, is_cited=is_cited)
        is_known = None if rest is None else rest.verdict is Verdict.SUPPORTED
        found = judge_short(self.claim.short, self.passage, lambda place: near.get(place, 0.0), is_rest_known=is_known)
        if rest is not None and not rest.holds and found.verdict is Verdict.SUPPORTED:
            return rest
        spans = tuple(self.passage.span(place, place) for place in found.lines)
        strength = found.strength if found.verdict is Verdict.SUPPORTED else 0.0
        return Support(strength, spans or self._spans(near), found.verdict)

    def _sentence(self, near: Mapping[int, float], *, is_cited: bool) -> Support:
        """The judgement of a claim that says something by itself."""
        spans = self._spans(near)
        if verdict := self._contradiction():
            return Support(0.0, spans, verdict)
        model = support_model()
        close = list(near.values())
        if self.is_same_words:
            close.append(self._share(self.lines[0]))
        claim = self.claim
        score = model.score(features(claim.statement, self.terms, claim.lexicon, [self.passage], {0: close}))
        score = round(max(score, self._share(self.lines[0])) if self.is_same_words else score, 3)
        if score >= (model.bar if is_cited else model.clear):
            return Support(score, spans)
        is_part = score >= (model.part if is_cited else model.bar)
        return Support(score, spans, Verdict.PARTLY if is_part else Verdict.UNSUPPORTED)

    def _contradiction(self) -> Verdict | None:
        """``CONTRADICTED`` or ``UNSUPPORTED`` when a number is missing or the closest lines say otherwise; else None."""
        readings = [self.passage.reading(place) for place in self.lines]
        claimed = self.claim.reading.quantities
        if self.lacks_number:
            kinds = {one.kind for reading in readings[:2] for one in reading.quantities if one.unit}
            missed = missing(claimed, self.passage.quantities)
            is_other = self._share(self.lines[0]) >= KEY_SHARE and any(one.unit and one.kind in kinds for one in missed)
            return Verdict.CONTRADICTED if is_other else Verdict.UNSUPPORTED
        is_contrary = (
            contrast(self.claim.reading, readings)
            or self._has_other_rate(readings)
            or bound_contrast(claimed, self.passage.quantities)
        )
        return Verdict.CONTRADICTED if is_contrary else None

    def _has_other_rate(self, readings: Sequence[Reading]) -> bool:
        """True when the claim says "per month" and the closest lines "per year"."""
        rates = [one for one in self.claim.reading.quantities if one.unit == "rate"]
        known = [one for reading in readings[:2] for one in reading.quantities if one.unit == "rate"]
        return bool(known) and bool(missing(rates, [one for one in self.passage.quantities if one.unit == "rate"]))

    def _row(self, near: Mapping[int, float]) -> Support:
        """The judgement of a table row: each cell answers what its column and its row ask."""
        key = terms_of(self.claim.key)
        if key and len(key & self.passage.terms) < KEY_SHARE * len(key):
            return NOTHING
        verdicts = []
        for asked, cell in self.claim.cells:
            answer = Claim(cell, asked, language=self.claim.language, is_cell=True)
            pair = Pair(answer, self.passage)
            found = pair.literal or (
                judge_short(answer.short, self.passage, lambda place: near.get(place, 0.0))
                if answer.is_short
                else pair.judge(Likeness())
            )
            verdicts.append(found.verdict)
        for verdict in (Verdict.CONTRADICTED, Verdict.UNSUPPORTED, Verdict.PARTLY):
            if verdict in verdicts:
                return Support(0.0, self._spans(near), verdict)
        return Support(0.9, self._spans(near))

    def _share(self, place: int) -> float:
        """The part of the claim's terms found in a line."""
        return self._shares.get(place, 0.0)

    def _line(self, place: int) -> Line:
        return self.passage.lines[place]

    def spans(self, likeness: Likeness) -> tuple[Span, ...]:
        """The lines that come closest to the claim."""
        return self._spans(self.similarities(likeness))

    def _spans(self, near: Mapping[int, float]) -> tuple[Span, ...]:
        """The best line, and a second one if it covers much of what the first does not."""
        best = max(self.lines, key=lambda place: self._share(place) + near[place])
        missed = self.terms - self._line(best).terms
        common = self.passage.common_terms(missed)
        second = max(common, key=lambda place: (common[place], -place), default=0)
        gain = common.get(second, 0) / max(1, len(self.terms))
        chosen = sorted({best, second} if gain >= SECOND_LINE_GAIN else {best})
        return tuple(self.passage.span(place, place) for place in chosen)


def _literal(claim: Claim, passage: Passage) -> Support | None:
    least = SENTENCE_WORDS if claim.is_short else LITERAL_WORDS
    is_enough = claim.is_quote or (len(claim.words) >= least and not (claim.is_short and claim.short.polarity))
    lines = passage.find(claim.words) if is_enough else None
    return None if lines is None else Support(1.0, (passage.span(*lines),))


def judge_together(pairs: Mapping[int, Pair], likeness: Likeness) -> dict[int, Support]:
    """Number → support, where several sources together say what none says alone; empty when they do not.

    Each that is kept has words of the claim that the others lack; none may say otherwise.
    """
    claim = next(iter(pairs.values())).claim
    judged = {number: pair.judge(likeness) for number, pair in pairs.items()}
    is_sentence = not claim.is_short and not claim.cells
    if not is_sentence or any(found.verdict is Verdict.CONTRADICTED for found in judged.values()):
        return {}
    passages = [pair.passage for pair in pairs.values()]
    known = frozenset().union(*(passage.figures for passage in passages))
    if missing_figures(claim.statement, known) or missing(
        claim.digits, [one for passage in passages for one in passage.quantities]
    ):
        return {}
    near = {number: list(pair.similarities(likeness).values()) for number, pair in enumerate(pairs.values())}
    score = round(support_model().score(features(claim.statement, claim.terms, claim.lexicon, passages, near)), 3)
    if score < support_model().bar:
        return {}
    kept = {number: pair for number, pair in pairs.items() if _adds(pair, pairs)}
    return {number: Support(score, pair.spans(likeness)) for number, pair in kept.items()}


def _adds(pair: Pair, pairs: Mapping[int, Pair]) -> bool:
    """True when a passage has a term of the claim that no other has."""
    others = frozenset().union(*(other.passage.terms for other in pairs.values() if other is not pair))
    return bool((pair.terms & pair.passage.terms) - others)

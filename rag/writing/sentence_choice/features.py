"""The features of a unit for a question, for the fitted model (:mod:`rag.writing.sentence_choice.ranking`)."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

from rag.grounding.language.lexicon import lexicon, likely_language
from rag.grounding.passage import figures
from rag.terms import has_unspaced, terms_of
from rag.writing.sentence_choice.answer_types import fit
from rag.writing.sentence_choice.question import AskedQuestion, bigrams_of
from rag.writing.sentence_choice.units import Unit

USUAL_CHARS = 120
UNSPACED_FACTOR = 3  # a character of a script without spaces says as much as so many others
SIMILAR = 4
FITS = {
    "fits_who": ("who",),
    "fits_when": ("when",),
    "fits_where": ("where",),
    "fits_number": ("how_many", "how_much"),
    "fits_how_long": ("how_long",),
    "fits_why": ("why",),
    "fits_how_to": ("how_to",),
    "fits_definition": ("definition",),
    "fits_yes_no": ("yes_no",),
}
BY_NAME = re.compile(r"(?<!\w)(?:by|von|bởi) [A-ZÀ-ÞĐ]")
LONGEST_PRONOUN = 20  # characters looked at


class Features(NamedTuple):
    """Shares are of the question's terms, weighed by rarity, 0 to 1.

    Attributes:
        similarity: of question and unit on the common scale; ``is_nearest``: none is greater.
        source_nearest, source_similar: the greatest of the source's units, and the mean of its ``SIMILAR`` greatest.
        words: share in the unit; ``words_alone``: the same where the model does not know the language.
        off_topic: share in the unit, of the terms that the headings and the title have not.
        window: share in the unit, that before and that after; ``lead``: in the sentence that announces it.
        headings: share in the path and the nearest heading.
        source_words: share in the whole source; ``source_similarity``: of the source, less that of the best.
        wide: share of the terms with synonyms of which the unit has one.
        rank: 1 / (1 + rank of the source).
        bigrams: share of the question's pairs of words.
        lacks_figure: part of the question's figures that neither the unit nor what is above it has.
        fits_…: how well it has the type of answer that is asked for; ``names_by``: "by" and a name, ``says_yes_no``: begins so.
        is_pronoun: begins with a word like "it"; ``is_item``, ``is_row``, ``announces``, ``is_announced``: its kind.
        is_first: the first unit of its source or below a heading; ``place``: 0 at the beginning of the source, 1 at its end.
        length: logarithm of its length over the usual one; ``is_open``: has no end mark.
        news: share of its own terms that the question has not.
    """

    similarity: float
    is_nearest: float
    source_nearest: float
    source_similar: float
    words: float
    words_alone: float
    off_topic: float
    window: float
    lead: float
    headings: float
    source_words: float
    source_similarity: float
    wide: float
    rank: float
    bigrams: float
    lacks_figure: float
    fits_who: float
    fits_when: float
    fits_where: float
    fits_number: float
    fits_how_long: float
    fits_why: float
    fits_how_to: float
    fits_definition: float
    fits_yes_no: float
    names_by: float
    says_yes_no: float
    is_pronoun: float
    is_item: float
    is_row: float
    announces: float
    is_announced: float
    is_first: float
    place: float
    length: float
    is_open: float
    news: float


class FeatureTable:
    """The features of the units of all sources for one question.

    Args:
        units: source by source, in order.
    """

    def __init__(self, question: AskedQuestion, units: Sequence[Sequence[Unit]]) -> None:
        self._question = question
        self._units = units
        self._sources = [question.share(frozenset[str]().union(*(unit.terms for unit in source))) for source in units]
        self._best = max((source[0].passage.source.similarity or 0.0 for source in units if source), default=0.0)

    def by_words(self, unit: Unit) -> Features:
        """The features of a unit, without those of meaning, which are 0."""
        question, source = self._question, self._units[unit.rank]
        chunk = unit.passage.source.chunk
        before, after = _at(source, unit.place - 1), _at(source, unit.place + 1)
        lead = source[unit.lead] if unit.lead is not None else None
        above = " ".join([*chunk.path, unit.heading])
        known = (
            figures(f"{unit.text} {above} {chunk.title} {lead.text if lead else ''}")
            if question.figures
            else frozenset()
        )
        pairs = question.bigrams
        return Features(
            similarity=0.0,
            is_nearest=0.0,
            source_nearest=0.0,
            source_similar=0.0,
            words=question.share(unit.terms),
            words_alone=0.0,
            off_topic=question.share(unit.terms, topic=unit.passage.heading_terms),
            window=question.share(frozenset[str]().union(*(one.terms for one in (before, unit, after) if one))),
            lead=question.share(lead.terms) if lead else 0.0,
            headings=question.share(terms_of(above)),
            source_words=self._sources[unit.rank],
            source_similarity=(unit.passage.source.similarity or 0.0) - self._best,
            wide=question.wide_share(unit.terms),
            rank=1 / (1 + unit.rank),
            bigrams=len(pairs & bigrams_of(unit.text)) / len(pairs) if pairs else 0.0,
            lacks_figure=len(question.figures - known) / max(1, len(question.figures)),
            **_fits(question, unit.text),
            is_pronoun=float(begins_with_pronoun(unit.text)),
            is_item=float(unit.kind == "item"),
            is_row=float(unit.kind == "row"),
            announces=float(unit.is_lead),
            is_announced=float(lead is not None),
            is_first=float(before is None or before.kind == "heading"),
            place=unit.place / len(source),
            length=math.log((len(unit.text) * (UNSPACED_FACTOR if has_unspaced(unit.text) else 1) + 1) / USUAL_CHARS),
            is_open=float(unit.text[-1:].isalnum()),
            news=len(unit.terms - question.weights.keys()) / max(1, len(unit.terms)),
        )


def with_meaning(rows: Mapping[Unit, Features], similarity: Mapping[Unit, float]) -> dict[Unit, Features]:
    """The features of units with those of meaning.

    Args:
        similarity: of each of them to the question, on the common scale.
    """
    nearest = max(similarity.values(), default=0.0)
    is_blind = not any(similarity.values())
    by_source = defaultdict[int, list[float]](list)
    for unit, value in sorted(similarity.items(), key=lambda one: -one[1]):
        by_source[unit.rank].append(value)
    return {
        unit: row._replace(
            similarity=similarity[unit],
            is_nearest=float(similarity[unit] == nearest),
            source_nearest=by_source[unit.rank][0],
            source_similar=fmean(by_source[unit.rank][:SIMILAR]),
            words_alone=row.words * is_blind,
        )
        for unit, row in rows.items()
    }


def _fits(question: AskedQuestion, text: str) -> dict[str, float]:
    fits = fit(question.type, text, question.text)
    types = {name: fits * (question.type in of) for name, of in FITS.items()}
    return {
        **types,
        "names_by": float(question.type == "who" and bool(BY_NAME.search(text))),
        "says_yes_no": float(question.type == "yes_no" and says_yes_or_no(text)),
    }


def says_yes_or_no(text: str) -> bool:
    """True when a sentence begins with yes or no."""
    return bool(lexicon(likely_language(text)).leading(text[:LONGEST_PRONOUN], "yes", "no")[0])


def begins_with_pronoun(text: str) -> bool:
    """True when a sentence begins with a word like "it" or "this" that stands for something said before."""
    return bool(lexicon(likely_language(text)).leading(text[:LONGEST_PRONOUN], "pronouns")[0])


def _at(source: Sequence[Unit], place: int) -> Unit | None:
    return source[place] if 0 <= place < len(source) else None

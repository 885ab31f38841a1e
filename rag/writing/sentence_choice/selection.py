"""Selects what is shown of the ranked units: the best, with what it needs to be understood, and others while it is not clearly ahead."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.grounding.passage import words_of
from rag.terms import has_unspaced
from rag.types import Chunk
from rag.writing.sentence_choice.answer_types import fit
from rag.writing.sentence_choice.features import begins_with_pronoun
from rag.writing.sentence_choice.question import AskedQuestion
from rag.writing.sentence_choice.ranking import RankedUnit
from rag.writing.sentence_choice.units import Unit, is_quotable

CLEAR = 0.7  # probability of what is shown from which nothing more is
NEAR_BEST = 0.12  # a further unit is at least so probable, as a part of the best one
MOST_GROUPS = 3
MOST_WORDS = 40  # of what is shown, before a further group is added
ALIKE = 0.8  # units that share this part of their terms say the same
MOST_ITEMS, LONGEST_LIST = 40, 3000  # characters
SHORT_LIST = 120  # words; of the items of a longer list, the first sentence is shown
FEW_WORDS = 5  # of an item that is not understood without its list
LONGEST_GAP = 4  # characters between a source and the one that continues it
UNSPACED_WORD = 6  # characters, as a word with its space has elsewhere
SEVERAL = re.compile(
    r"(?<!\w)(?:what|which)(?: [\w'’-]{1,30}){0,3}? (?:are|were)(?!\w)|(?<!\w)(?:welche|quels|quelles|cuáles)(?!\w)",
    re.IGNORECASE,
)
LISTED = ("which", "what", "how_to", "definition", None)  # types of answer that a whole list may be


@dataclass(frozen=True, slots=True)
class Group:
    """Units that are shown together, in reading order."""

    units: tuple[Unit, ...]

    @property
    def chunk(self) -> Chunk:
        """The chunk of the first."""
        return self.units[0].passage.source.chunk

    @property
    def words(self) -> int:
        """Its length in words."""
        return sum(map(_words, self.units))


def _words(unit: Unit) -> int:
    """The length of a unit in words, in scripts without spaces about so."""
    return len(unit.text) // UNSPACED_WORD if has_unspaced(unit.text) else len(words_of(unit.text))


def selected(question: AskedQuestion, ranking: Sequence[RankedUnit], units: Sequence[Sequence[Unit]]) -> list[Group]:
    """The groups to show, that with the best unit first.

    Args:
        ranking: best first.
        units: of all sources, source by source.
    """
    probability = {one.unit: one.probability for one in ranking}
    groups: list[Group] = []
    covered = 0.0
    for one in ranking:
        is_full = len(groups) >= MOST_GROUPS or sum(group.words for group in groups) >= MOST_WORDS
        if groups and (is_full or covered >= CLEAR or one.probability < NEAR_BEST * ranking[0].probability):
            break
        shown = [unit for group in groups for unit in group.units]
        group = _group(question, one.unit, units)
        if group is None:
            continue
        is_list = len(group.units) > 2
        if _is_said(one.unit, shown) or (is_list and any(unit in shown for unit in group.units)):
            covered += one.probability
            continue
        group = Group(tuple(unit for unit in group.units if is_list or not _is_said(unit, shown)))
        groups.append(group)
        covered += sum(probability.get(unit, 0.0) for unit in group.units)
    return _ordered(groups) if groups else [Group((ranking[0].unit,))] if ranking else []


def _group(question: AskedQuestion, unit: Unit, units: Sequence[Sequence[Unit]]) -> Group | None:
    """A unit with what it needs; None for one that announces what is not there."""
    source = units[unit.rank]
    lead = source[unit.lead] if unit.lead is not None else None
    if unit.kind == "row":
        return Group((lead, unit) if lead else (unit,))
    if unit.is_lead:
        listed = list(_list(unit, units))
        return Group((unit, *listed)) if listed else None
    is_whole = bool(question.type in LISTED and SEVERAL.search(question.text))
    if lead is not None and unit.kind == "item" and (is_whole or _is_for_list(question, unit, lead)):
        return Group((lead, *_list(lead, units)))
    if lead is not None and lead.is_lead and unit.kind == "prose":
        return Group((lead, *_list(lead, units)))
    announcer = _announcer(unit, source) if is_whole else None
    if announcer is not None:
        return Group((unit, *_list(announcer, units)))
    before = source[unit.place - 1] if unit.place else None
    if before and begins_with_pronoun(unit.text) and _explains(question, before, unit):
        return Group((before, unit))
    after = source[unit.place + 1] if unit.place + 1 < len(source) else None
    return Group((unit, after) if after and _goes_on(question, unit, after) else (unit,))


def _announcer(unit: Unit, source: Sequence[Unit]) -> Unit | None:
    """The sentence of a unit's paragraph that a list follows; None without one."""
    if unit.kind != "prose":
        return None
    same = (other for other in source[unit.place :] if other.block == unit.block)
    return next((other for other in same if other.announces), None)


def _explains(question: AskedQuestion, before: Unit, unit: Unit) -> bool:
    """True when the sentence before one with "it" has more of what the question names: what the question names itself needs no mention."""
    is_sentence = before.kind == "prose" and is_quotable(before) and not before.is_lead
    return is_sentence and question.share(before.terms) > question.share(unit.terms)


def _goes_on(question: AskedQuestion, unit: Unit, after: Unit) -> bool:
    """True when the next sentence says of the same ("It is led by Maria Lopez.") what the question asks for, and this one does not."""
    is_same = after.kind == "prose" and after.block == unit.block and begins_with_pronoun(after.text)
    fits = (fit(question.type, one.text, question.text) for one in (unit, after))
    return is_same and next(fits) < next(fits)


def _is_for_list(question: AskedQuestion, item: Unit, lead: Unit) -> bool:
    """True when the list as a whole answers: it is what its first sentence is about, or the item is too short to stand alone."""
    if len(words_of(item.text)) <= FEW_WORDS:
        return True
    return question.type in LISTED and question.share(lead.terms) >= question.share(item.terms)


def _list(lead: Unit, units: Sequence[Sequence[Unit]]) -> list[Unit]:
    """The units that a sentence announces, also those with which the next source goes on. Of a long list, the first sentence of each
    item."""
    source = units[lead.rank]
    listed = [unit for unit in source if unit.lead == lead.place]
    last = listed[-1] if listed else lead
    if last.place == len(source) - 1:
        listed += _continued(lead, units)
    if sum(map(_words, listed)) > SHORT_LIST:
        listed = [unit for place, unit in enumerate(listed) if place == 0 or unit.block != listed[place - 1].block]
    return list(_within_limits(listed))


def _continued(lead: Unit, units: Sequence[Sequence[Unit]]) -> Iterator[Unit]:
    """The items at the beginning of the source that follows in the same section."""
    chunk = lead.passage.source.chunk
    for source in units:
        other = source[0].passage.source.chunk if source else chunk
        is_same = (other.document_id, other.version, other.section) == (chunk.document_id, chunk.version, chunk.section)
        if is_same and 0 <= other.char_start - chunk.char_end <= LONGEST_GAP:
            for unit in source:
                if unit.kind != "item":
                    return
                yield unit


def _within_limits(listed: Sequence[Unit]) -> Iterator[Unit]:
    length = 0
    for unit in listed[:MOST_ITEMS]:
        length += len(unit.text)
        if length > LONGEST_LIST:
            return
        yield unit


def _is_said(unit: Unit, shown: Sequence[Unit]) -> bool:
    return any(unit is other or _alike(unit, other) for other in shown)


def _alike(left: Unit, right: Unit) -> bool:
    smaller = min(len(left.terms), len(right.terms))
    return left.text == right.text or (smaller > 0 and len(left.terms & right.terms) / smaller >= ALIKE)


def _ordered(groups: Sequence[Group]) -> list[Group]:
    """The best group first, then those of its source in reading order, then those of its document, then the others."""
    first, *others = groups
    source, document = first.units[0].rank, first.chunk.document_id
    others.sort(
        key=lambda group: (
            group.units[0].rank != source,
            group.chunk.document_id != document,
            group.units[0].rank,
            group.units[0].place,
        )
    )
    return [first, *others]

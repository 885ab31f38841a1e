"""Extractive answers, without a language model: the sentences of the sources that answer the question, word for word, each cited.

How they are chosen is in :mod:`rag.writing.sentence_choice`; here they become Markdown.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.addresses import stood_for
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.markdown import literal
from rag.grounding.passage import Passage
from rag.grounding.plain_text import plain_text
from rag.terms import terms_of
from rag.writing.conflicts.finding import conflict
from rag.writing.conflicts.texts import contrasted
from rag.writing.sentence_choice.features import Features, with_meaning
from rag.writing.sentence_choice.question import AskedQuestion, asked_question
from rag.writing.sentence_choice.ranking import by_words, likeliest, model, ranked, similarities
from rag.writing.sentence_choice.selection import Group, selected
from rag.writing.sentence_choice.units import Unit, units_of

LONGEST_TITLE = 60  # characters
DELTA_WORDS = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """The units of the sources, judged for one question.

    Attributes:
        units: source by source.
        rows: those that may answer with all their features, best first.
        utilities: how well each of these answers, compared with the others.
    """

    question: AskedQuestion
    units: list[list[Unit]]
    rows: dict[Unit, Features]
    utilities: dict[Unit, float]


async def judged(query: str, passages: Sequence[Passage], embeddings: FootnoteEmbeddings) -> Judged:
    """The units of the sources for a stand-alone question; no rows when the sources have no sentence."""

    def read() -> tuple[AskedQuestion, list[list[Unit]], dict[Unit, Features]]:
        terms = terms_of(query)
        units = [
            [_with_addresses(terms, unit) for unit in units_of(passage, rank)] for rank, passage in enumerate(passages)
        ]
        question = asked_question(query, [unit for source in units for unit in source])
        return question, units, likeliest(by_words(question, units), model("words"))

    question, units, by_word = await asyncio.to_thread(read)
    rows = with_meaning(by_word, await similarities(query, list(by_word), embeddings)) if by_word else {}
    weights = model("all")
    return Judged(question, units, rows, {unit: weights.utility(row) for unit, row in rows.items()})


def _with_addresses(terms: frozenset[str], unit: Unit) -> Unit:
    more = stood_for(terms, unit.text)
    return replace(unit, terms=unit.terms | more) if more else unit


async def extract(query: str, passages: Sequence[Passage], embeddings: FootnoteEmbeddings) -> str:
    """The sentences that answer with their markers, as Markdown, the best one first; empty when the sources have no sentence.

    Args:
        query: the stand-alone question.
        passages: the sources, best first.
    """
    of = await judged(query, passages, embeddings)
    if not of.rows:
        return ""
    return await asyncio.to_thread(_answer, of)


def _answer(of: Judged) -> str:
    """What differs between documents, else the best sentences; both where what differs is not what answers best."""
    found = conflict(of.question, of.rows, of.utilities)
    groups = selected(of.question, ranked(of.utilities), of.units)
    if found is None:
        return _written(groups)
    shown = {unit for group in groups[:1] for unit in group.units}
    has_best = any(statement.unit in shown for statement in found.statements)
    differing = contrasted(of.question.text, found, lambda unit: _title(unit.passage.source.chunk.title), _quoted)
    return differing if has_best else f"{_written(groups[:1])}\n\n{differing}"


def deltas(text: str) -> Iterator[str]:
    """Cuts a text into deltas of ``DELTA_WORDS`` words, so that it appears like a model's answer. Joined, they are the text."""
    start = words = 0
    for position in range(1, len(text)):
        if text[position - 1].isspace() and not text[position].isspace():
            words += 1
            if words == DELTA_WORDS:
                yield text[start:position]
                start, words = position, 0
    if text[start:]:
        yield text[start:]


def _written(groups: Sequence[Group]) -> str:
    """The groups as Markdown: prose of one document in a paragraph, list items and table rows as list items. Another document than that of
    the best sentence is named before what it says."""
    text = ""
    document = groups[0].chunk.document_id if groups else None
    for group in groups:
        if group.chunk.document_id != document:
            document = group.chunk.document_id
            text += f"\n\n**{_title(group.chunk.title)}:**"
        for unit in group.units:
            is_item = unit.kind in ("item", "row", "code")
            joint = "\n- " if is_item else ("\n\n" if text.rpartition("\n")[2].startswith("- ") else " ")
            text += f"{joint}{_quoted(unit)}"
    return text.strip()


def _quoted(unit: Unit) -> str:
    return f"{literal(unit.text)} [{unit.number}]"


def _title(title: str) -> str:
    """The name of a file without its folders, as bold text can have it."""
    name = plain_text(title.rpartition("/")[2]).replace("*", " ")
    return literal(" ".join(name.split())[:LONGEST_TITLE])

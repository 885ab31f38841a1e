"""The statements of an answer: its sentences, the numbers each cites, and whether it makes a claim that needs a source.

Headings, code, questions, greetings, introductions to lists, and "the documents do not say …" make no claim. A figure always does.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.grounding.judgement.claim import Claim
from rag.grounding.language.lexicon import lexicon, likely_language
from rag.grounding.language.talk import is_talk
from rag.grounding.likeness import clear_language
from rag.grounding.markers import Marker, ParsedAnswer
from rag.grounding.passage import FIGURE
from rag.grounding.sentences import ITEM, Sentence, split_answer
from rag.grounding.silence import is_silence, without_silence
from rag.terms import terms_of

LEAST_TERMS = 2  # with fewer words ("Yes.", "In short") a sentence next to others makes no claim
LEAST_FOR_LANGUAGE = 40  # characters; the language of a shorter answer is told with its question
SPOKEN = ("prose", "item", "row")
LISTED = ("item", "row", "header")
LINE_END = re.compile("\n")
TITLE = re.compile(r"(\*\*|__)(?:(?!\1).)*[^.!?…。]\1:?")
# What stands before a quoted sentence on its line: a list mark and a lead in bold, or the cells of a table before it.
LEAD = re.compile(r"\*\*[^*\n]++\*\*[:.]?+[ \t]++")
CELL = re.compile(r"(?<!\\)\|")
INTRODUCTION = re.compile(
    r"\b(?:following|as follows|below|these"
    r"|(?:several|some|few|many|main|key|two|three|four|five)(?: \w+)?"
    r" (?:steps|points|ways|options|rules|reasons|things|aspects|kinds|types|parts))\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Statement:
    """A sentence of an answer.

    Attributes:
        claim: what it says, for comparison with sources.
        is_claim: it needs a source.
        is_talk: it is a greeting, an introduction, an apology or the like: numbers at it are dropped without a remark.
        is_opening: it is a bare yes or no before other sentences, which is only told when a source says otherwise.
        markers: the markers that belong to it.
        nearby: numbers cited in its paragraph, or in its list and the line that introduces the list.
    """

    sentence: Sentence
    claim: Claim
    is_claim: bool
    is_talk: bool = False
    is_opening: bool = False
    markers: list[Marker] = field(default_factory=list)
    nearby: frozenset[int] = frozenset()

    @property
    def numbers(self) -> list[int]:
        """The numbers it cites, each once."""
        return list(dict.fromkeys(number for marker in self.markers for number in marker.numbers))


def statements(parsed: ParsedAnswer, question: str = "") -> list[Statement]:
    """All statements of an answer, in order. A marker belongs to the sentence before it on its line, else to the one after it.

    Args:
        question: completes claims of a word or two ("Yes [1].").
    """
    bare, sentences = parsed.bare, split_answer(parsed.bare, parsed.runs)
    if not sentences and parsed.markers:  # only markers: there is no claim to support
        sentences = [Sentence(len(bare), len(bare), "prose", 0)]
    language = _language(bare, question)
    made = [_statement(bare, sentences, place, question, language) for place in range(len(sentences))]
    _fill_rows(bare, made)
    spoken = [statement for statement in made if statement.sentence.kind not in ("heading", "code")]
    if len(spoken) == 1 and not _is_remark(spoken[0].claim.text) and not spoken[0].is_talk:
        spoken[0].is_claim = bool(terms_of(spoken[0].claim.full_text))
    elif (
        spoken
        and question
        and spoken[0].claim.short.polarity
        and not spoken[0].claim.short.rest
        and not spoken[0].is_claim
    ):
        spoken[0].is_opening = True
    starts = [sentence.start for sentence in sentences]
    line_ends = [match.start() for match in LINE_END.finditer(bare)]
    for marker in parsed.markers:
        made[_owner(line_ends, sentences, starts, marker.position)].markers.append(marker)
    for group in _groups(made):
        nearby = frozenset(number for statement in group for number in statement.numbers)
        for statement in group:
            statement.nearby = nearby
    return made


def quotes(parsed: ParsedAnswer) -> list[Statement]:
    """The text before each marker as one statement, for an answer that consists of quoted sentences.

    Lines above it that have no marker (headings, introductions), a lead in bold and other cells of its row do not belong to it.
    """
    made: list[Statement] = []
    start = 0
    for marker in parsed.markers:
        begin = _quote_start(parsed.bare, start, marker.position)
        if begin < marker.position:
            sentence = Sentence(begin, marker.position, "prose", len(made))
            made.append(Statement(sentence, Claim(parsed.bare[begin : marker.position], is_quote=True), True))
        if made:
            made[-1].markers.append(marker)
        start = marker.position
    return made


def _quote_start(bare: str, start: int, end: int) -> int:
    """Where the sentence that ends at a marker begins; ``start`` is where the text after the last marker begins."""
    written = bare[start:end].rstrip()
    line = start + written.rfind("\n") + 1
    if bare[line:end].lstrip().startswith("|") or (line == start and _is_in_row(bare, start)):
        cells = [cell.end() for cell in CELL.finditer(bare, line, start + len(written))]
        line = cells[-1] if cells else line
    text = bare[line:end]
    line += len(text) - len(text.lstrip())
    mark = ITEM.match(bare[line:end])
    line += mark.end() if mark else 0
    lead = LEAD.match(bare, line, end)
    return lead.end() if lead else line


def _is_in_row(bare: str, position: int) -> bool:
    """True when a position is in a row of a table."""
    return bare[bare.rfind("\n", 0, position) + 1 : position].lstrip().startswith("|")


def _language(bare: str, question: str) -> str:
    """The language of an answer, of a short one together with its question; empty when nothing tells."""
    whole = bare if len(bare) >= LEAST_FOR_LANGUAGE else f"{bare} {question}"
    return clear_language(bare) or likely_language(whole)


def _statement(bare: str, sentences: Sequence[Sentence], place: int, question: str, language: str) -> Statement:
    sentence = sentences[place]
    text = bare[sentence.start : sentence.end]
    following = sentences[place + 1].kind if place + 1 < len(sentences) else ""
    is_spoken = sentence.kind in SPOKEN and not _is_question(text)
    talk = sentence.kind in ("prose", "item") and is_talk(text, lexicon(language), question)
    introduces = _introduces(text, following)
    is_claim = (
        is_spoken
        and not talk
        and (
            _has_figure(text, following)
            or (len(terms_of(text)) >= LEAST_TERMS and not _is_remark(text) and not introduces)
        )
    )
    claim = Claim(without_silence(text), question, language=language, clear_language=clear_language(bare))
    return Statement(sentence, claim, is_claim, talk or (introduces and not is_claim and sentence.kind == "prose"))


def _fill_rows(bare: str, made: Sequence[Statement]) -> None:
    """Gives the claims of table rows their cells, each with what it answers: the header of its column and the first cell."""
    header: list[str] = []
    for statement in made:
        sentence = statement.sentence
        if sentence.kind == "header":
            header = _cells(bare[sentence.start : sentence.end])
        elif sentence.kind != "row":
            header = []
        else:
            key, *cells = _cells(bare[sentence.start : sentence.end])
            names = [*header[1:], *([""] * len(cells))][: len(cells)]
            asked = tuple(
                (f"{name} {key}".strip(), _with_unit(cell, name, statement.claim.language))
                for name, cell in zip(names, cells, strict=True)
                if terms_of(cell)
            )
            if asked and terms_of(key):
                statement.claim = replace(statement.claim, key=key, cells=asked)


def _cells(row: str) -> list[str]:
    return [cell.strip(" *_") for cell in row.strip().strip("|").split("|")]


def _with_unit(cell: str, header: str, language: str) -> str:
    """The cell with the unit of its column: "25" under "Days of leave" is "25 days"."""
    units = [word for word in header.lower().split() if word.strip("()") in lexicon(language).units]
    return f"{cell} {units[0].strip('()')}" if units and cell.replace(".", "").replace(",", "").isdigit() else cell


def _has_figure(text: str, following: str) -> bool:
    """True when a figure turns an introduction or a remark into a claim; not when it belongs to the code below."""
    return bool(FIGURE.search(text)) and not (following == "code" and text[-1:] not in ".!")


def _is_question(text: str) -> bool:
    return text.rstrip('*_"”») ').endswith(("?", "？", "؟"))


def _is_remark(text: str) -> bool:
    """True for sentences about the conversation or the sources, which say nothing from the sources."""
    return _is_question(text) or bool(TITLE.fullmatch(text)) or is_silence(text)


def _introduces(text: str, following: str) -> bool:
    """True for "Do the following:" and the like; ``following`` is the kind of the next sentence."""
    if text.rstrip("*_ ").endswith((":", "：")) or (following == "code" and text[-1:] not in ".!"):
        return True
    return following in LISTED and bool(INTRODUCTION.search(text))


def _owner(line_ends: Sequence[int], sentences: Sequence[Sentence], starts: Sequence[int], position: int) -> int:
    last = bisect_left(starts, position) - 1
    if last < 0:
        return 0
    lines = bisect_left(line_ends, position) - bisect_left(line_ends, sentences[last].end)
    return last + 1 if lines > 0 and last + 1 < len(sentences) else last


def _groups(made: Sequence[Statement]) -> Iterator[list[Statement]]:
    """The statements by paragraph; a list belongs to the paragraph before it."""
    group: list[Statement] = []
    for statement in made:
        sentence = statement.sentence
        if group and sentence.block != group[-1].sentence.block and sentence.kind not in LISTED:
            yield group
            group = []
        group.append(statement)
    if group:
        yield group

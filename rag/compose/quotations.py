"""The sentences of documents that may be quoted by themselves: whole, understood without their neighbours, no headings or furniture."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rag.compose.wording import (
    ABBREVIATED,
    ADDRESS,
    BOILERPLATE,
    DANGLING,
    DANGLING_UNSPACED,
    DEMONSTRATIVES,
    DIGITS,
    ENDS,
    PAGE_HEAD,
    POINTER,
    PREPOSITIONS,
    PURPOSE,
    QUESTIONS,
    SELF,
    SPEAKERS,
    SUMMARY,
    WORD_START,
    is_unspaced,
)
from rag.grounding.language.lexicon import Lexicon, lexicon, likely_language
from rag.grounding.passage import Line, Passage, words_of
from rag.types import Chunk, Source

LEAST_WORDS, LEAST_ITEM_WORDS = 5, 7
LEAST_SCRAP_WORDS, SCRAP_CHARS = 2, 200
SUMMARISED = 2  # sentences after "Summary"
LEAST_CHARS, MOST_CHARS = 24, 340
LEAST_UNSPACED = 10  # characters of a sentence in a script without spaces
LEAST_LETTERS = (
    0.62  # part of the characters that are letters: formulas, tables of contents and rows of figures have fewer
)
MOST_SIGNS = 0.12  # single letters and signs, in relation to words: formulas have more
LEAST_SMALL = 0.32  # part of the words that begin with a small letter: lists of authors and titles have fewer
# part of the words of a sentence, in languages that are known: menus and lists of names have fewer; short ones are not judged
LEAST_FUNCTION_WORDS, SURELY_SHORT = 0.07, 8
ONE_LETTER_WORDS = frozenset("aAIàyYoOeé&–—-")
OPENERS = "\"'“‘«„¿¡(["
REPEATED = 3  # a line on so many sections is furniture


@dataclass(frozen=True, slots=True)
class Quotation:
    """A sentence of a chunk that may be quoted.

    Attributes:
        place: its number within its document, in reading order, of all sentences.
        text: plain, in one line.
        kind: ``prose`` or ``item``.
        path: the headings above it.
        start, end: its offsets in the section's text.
        is_first: it is the first sentence of its chunk that may be quoted.
        is_whole: nothing before it is needed to understand it: no "However" or "It" at its beginning.
        names_document: it says what "this document" is.
        sums_up: it stands under "Summary", "Purpose" or the like, or tells a purpose.
    """

    chunk: Chunk
    place: int
    text: str
    kind: str
    path: tuple[str, ...]
    start: int
    end: int
    terms: frozenset[str]
    is_first: bool
    is_whole: bool
    names_document: bool
    sums_up: bool = False


def quotations(chunks: Iterable[Chunk], *, is_all: bool = False) -> list[Quotation]:
    """What may be quoted of documents, in order. Takes some 2 ms a chunk.

    Args:
        is_all: also fragments, rows and short lines, for comparison; not what repeats.
    """
    made: list[Quotation] = []
    above: Chunk | None
    seen, place, summarised, above = set[tuple[object, ...]](), 0, 0, None
    for chunk in chunks:
        lists, count = lexicon(likely_language(chunk.text)), len(made)
        function_words = lists.words("function_words")
        if not _is_sentence(chunk.text, function_words):  # another language
            function_words = frozenset()
        passage = Passage(Source(number=1, chunk=chunk))
        is_cut = chunk.char_start > 0 and not (above and _ends_before(above, chunk))
        above = chunk
        for number, line in enumerate(passage.lines):
            place, summarised = place + 1, SUMMARISED if SUMMARY.match(line.text) else max(0, summarised - 1)
            key, is_edge = (chunk.document_id, line.text.casefold()), number == 0 and is_cut
            is_said = is_all or (_may_be_quoted(line, is_edge=is_edge) and _is_sentence(line.text, function_words))
            may_be = is_said and len(words_of(line.text)) > 1 - is_unspaced(line.text)
            if may_be and key not in seen:
                seen.add(key)
                made.append(_quotation(chunk, line, place, lists, is_first=len(made) == count, sums_up=summarised > 0))
    return _without_furniture(made)


def _ends_before(above: Chunk, chunk: Chunk) -> bool:
    """True when a sentence ends with the chunk before; of one that is not at hand, when this one begins like a sentence."""
    if above.index + 1 != chunk.index:
        return chunk.text[:1].isupper()
    return above.text.rstrip().endswith(ENDS)


def _quotation(
    chunk: Chunk, line: Line, place: int, lists: Lexicon, *, is_first: bool = False, sums_up: bool = False
) -> Quotation:
    is_self = bool(SELF.match(line.text))
    return Quotation(
        chunk=chunk,
        place=place,
        text=line.text,
        kind=line.sentence.kind,
        path=chunk.path,
        start=chunk.char_start + line.sentence.start,
        end=chunk.char_start + line.sentence.end,
        terms=line.terms,
        is_first=is_first,
        is_whole=is_self or _is_whole(line.text, lists),
        names_document=is_self,
        sums_up=sums_up or bool(PURPOSE.match(line.text)),
    )


def scraps(
    chunks: Sequence[Chunk], known: Collection[str], most: int, least: int = LEAST_SCRAP_WORDS
) -> list[Quotation]:
    """The first lines of a document that say something, for one that has hardly a sentence, such as a form or an invoice.

    Args:
        known: the sentences that it has; beside them, longer lines are wanted.
        least: words of a line, where there is no sentence; where no line has so many, one will do.
    """
    made: list[Quotation] = []
    least = LEAST_WORDS if known else least
    for chunk in chunks:
        for line in Passage(Source(number=1, chunk=chunk)).lines:
            is_short = len(words_of(line.text)) >= least and len(line.text) <= SCRAP_CHARS
            if len(made) < most and is_short and line.text not in known and all(line.text != one.text for one in made):
                made.append(_quotation(chunk, line, len(made), lexicon("")))
    return made if made or known or least == 1 else scraps(chunks, known, most, least=1)


def _may_be_quoted(line: Line, *, is_edge: bool) -> bool:
    """True for a whole sentence or a list item that says something; a chunk cut in a sentence begins with its end (``is_edge``)."""
    text, kind = line.text, line.sentence.kind
    if (
        kind not in ("prose", "item")
        or not LEAST_CHARS <= len(text) + is_unspaced(text) * LEAST_CHARS <= 2 * MOST_CHARS
    ):
        return False
    if (
        text.endswith((*QUESTIONS, ":", "：", ",", ";", " ."))
        or PAGE_HEAD.match(text)
        or (kind == "prose" and not text.endswith(ENDS))
    ):
        return False
    if text.endswith(ABBREVIATED) or not (text[0].isalnum() or text[0] in OPENERS):
        return False
    if (is_edge and (kind == "prose" or not text[:1].isupper())) or (kind == "prose" and text[:1].islower()):
        return False
    if is_unspaced(text):
        return len(text) >= LEAST_UNSPACED
    words = words_of(text)
    return len(words) >= (LEAST_WORDS if kind == "prose" else LEAST_ITEM_WORDS) and _is_language(text)


def _is_language(text: str) -> bool:
    """False for formulas, rows of tables, addresses and lists of names."""
    letters = sum(char.isalpha() for char in text) / max(1, len(text) - text.count(" "))
    if letters < LEAST_LETTERS or "|" in text or ADDRESS.search(text[: MOST_CHARS // 4]):
        return False
    words = [word for word in text.split() if WORD_START.match(word)]
    bare = [word.strip(".,;:()") for word in text.split()]
    signs = sum(len(word) == 1 and not word.isdigit() and word not in ONE_LETTER_WORDS for word in bare)
    small = sum(word[0].islower() for word in words[1:]) or (0 if text[:1].isascii() else len(words))
    return small >= LEAST_SMALL * len(words) and signs <= MOST_SIGNS * len(words)


def _is_sentence(text: str, function_words: frozenset[str]) -> bool:
    """True for a text with enough of the most common words of its language, and where these are not known."""
    words = words_of(text)
    known = sum(word in function_words for word in words)
    is_unclear = not function_words or is_unspaced(text) or len(words) <= SURELY_SHORT
    return is_unclear or known >= LEAST_FUNCTION_WORDS * len(words)


def _is_whole(text: str, lists: Lexicon) -> bool:
    if is_unspaced(text):
        return not text.startswith(DANGLING_UNSPACED)
    beginning = words_of(text[:40])
    first = beginning[0] if beginning else ""
    if first in DANGLING or first in lists.words("pronouns") or text.startswith("("):
        return False
    return not (first in PREPOSITIONS and len(beginning) > 1 and beginning[1] in DEMONSTRATIVES)


def _without_furniture(made: Sequence[Quotation]) -> list[Quotation]:
    """Without what stands on many sections of a document, apart from its figures: footers, notices, names of chapters."""
    sections = defaultdict[tuple[object, str], set[int]](set)
    for one in made:
        sections[_key(one)].add(one.chunk.section)
    return [one for one in made if len(sections[_key(one)]) < REPEATED]


def _key(one: Quotation) -> tuple[object, str]:
    return one.chunk.document_id, DIGITS.sub("0", one.text.casefold())


def speaks_of_itself(one: Quotation) -> bool:
    """True for thanks and opinions of an author ("I", "we"), which a summary can do without."""
    return bool(SPEAKERS.intersection(words_of(one.text[:60])[:4]))


def points_elsewhere(one: Quotation) -> bool:
    """True for "See page 3", "Click here" and licences, which say little when they stand alone."""
    return any(pattern.search(one.text) for pattern in (POINTER, ADDRESS, BOILERPLATE))

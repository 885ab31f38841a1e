"""The topics of a document: what may be quoted of it, grouped by its headings, or evenly where it has none."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from rag.compose.quotations import Quotation
from rag.grounding.plain_text import plain_text
from rag.types import Chunk

TITLE_SHARE = 0.7  # a heading above so much of a document is its title
EVEN_TOPICS = 6
LONGEST_HEADING = 70  # characters
LEAST_LETTERS = 0.85  # part of a heading after its number
LEAST_NUMBERED = 3  # chapters
NUMBERED = re.compile(
    r"\A(?:§ ?|Chapter |Section |Kapitel |Abschnitt )?+(\d{1,2}(?:\.\d{1,2}){0,3})\.?[ :–-]{1,3}[A-ZÄÖÜÉ\u0400-\uffff].{2,80}\Z"
)
STOPS = (".", ":", ",", ";", "…", "-", "–")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``level`` from 1, ``index`` of the first chunk under it, ``page`` where there are pages."""

    text: str
    level: int
    index: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """Sentences under one heading, in reading order; ``heading`` is empty where none is known."""

    heading: str
    quoted: tuple[Quotation, ...]


def document_title(chunks: Sequence[Chunk]) -> str:
    """The heading above most of a document; empty where there is none."""
    counts = Counter(chunk.path[0] for chunk in chunks if chunk.path)
    heading, count = counts.most_common(1)[0] if counts else ("", 0)
    is_above = len(counts) == 1 or any(chunk.path[:1] == (heading,) and len(chunk.path) > 1 for chunk in chunks)
    return heading if count >= TITLE_SHARE * len(chunks) and is_above else ""


def topics(quoted: Sequence[Quotation], title: str, found: Sequence[Heading]) -> list[Topic]:
    """The topics of one document: under the headings of the highest level that has several.

    Args:
        title: its :func:`document_title`.
        found: its :func:`headings`.
    """
    if not quoted:
        return []
    paths = [_below(one.path, title) for one in quoted]
    depth = _depth([path for path in paths if path])
    if not depth:
        return (
            _numbered_topics(quoted, [one for one in found if one.level == 1]) if found else _even(quoted, EVEN_TOPICS)
        )
    grouped = groupby(zip(paths, quoted, strict=True), key=lambda pair: pair[0][:depth])
    return [Topic(path[-1] if path else "", tuple(one for _, one in pairs)) for path, pairs in grouped]


def _depth(paths: Sequence[tuple[str, ...]]) -> int:
    """The first level with several headings; 0 without headings."""
    deepest = max((len(path) for path in paths), default=0)
    return next((depth for depth in range(1, deepest + 1) if len({path[:depth] for path in paths}) > 1), deepest)


def _below(path: tuple[str, ...], title: str) -> tuple[str, ...]:
    return path[1:] if path[:1] == (title,) else path


def _numbered_topics(quoted: Sequence[Quotation], chapters: Sequence[Heading]) -> list[Topic]:
    """The topics under numbered headings, which are known by the chunk where they begin."""
    starts = [one.index for one in chapters]
    grouped = groupby(quoted, key=lambda one: bisect_right(starts, one.chunk.index))
    return [Topic(chapters[number - 1].text if number else "", tuple(group)) for number, group in grouped]


def _even(quoted: Sequence[Quotation], count: int) -> list[Topic]:
    size = -(-len(quoted) // max(1, min(count, len(quoted))))
    return [Topic("", tuple(quoted[start : start + size])) for start in range(0, len(quoted), size)]


def headings(chunks: Sequence[Chunk]) -> list[Heading]:
    """The headings of a document in order, without its title; of one whose headings are not marked, the numbered ones."""
    title, seen = document_title(chunks), set[tuple[str, ...]]()
    made: list[Heading] = []
    for chunk in chunks:
        path = _below(chunk.path, title)
        for level in range(1, len(path) + 1):
            if path[:level] not in seen:
                seen.add(path[:level])
                made.append(Heading(plain_text(path[level - 1], "heading"), level, chunk.index, chunk.page))
    return [one for one in made if one.text] or _numbered(chunks)


def _numbered(chunks: Sequence[Chunk]) -> list[Heading]:
    """Headings such as "2 Travel" and "2.1 Trains" among the lines of a document: the longest run of 1, 2, 3 …, with those below them."""
    found = [(number, heading) for chunk in chunks for number, heading in _numbered_lines(chunk)]
    runs: dict[
        int, tuple[int, ...]
    ] = {}  # number → places of the longest run that ends with it; later ones replace: contents come first
    for place, (number, _) in enumerate(found):
        if len(number) == 1:
            run = (*runs.get(number[0] - 1, ()), place)
            if (len(run) > 1 or number[0] <= 1) and len(run) >= len(runs.get(number[0], ())):
                runs[number[0]] = run
    longest = max(runs.values(), key=len, default=())
    return _with_lower(found, longest) if len(longest) >= LEAST_NUMBERED else []


def _with_lower(found: Sequence[tuple[tuple[int, ...], Heading]], run: Sequence[int]) -> list[Heading]:
    """The headings of a run, each with those of its sections ("2.1") that follow it."""
    made, seen = list[Heading](), set[tuple[int, ...]]()
    for start, end in pairwise([*run, len(found)]):
        made.append(found[start][1])
        for number, heading in found[start + 1 : end]:
            if len(number) > 1 and number[0] == found[start][0][0] and number not in seen:
                seen.add(number)
                made.append(heading)
    return made


def _numbered_lines(chunk: Chunk) -> Iterator[tuple[tuple[int, ...], Heading]]:
    lines = [" ".join(line.split()) for line in chunk.text.splitlines()]
    for text, below in zip(lines, [*lines[1:], ""], strict=True):
        mark = NUMBERED.match(text) if len(text) <= LONGEST_HEADING and not text.endswith(STOPS) else None
        if mark and not below[:1].islower() and _is_name(text):
            number = tuple(int(part) for part in mark[1].split("."))
            yield number, Heading(plain_text(text, "heading"), len(number), chunk.index, chunk.page)


def _is_name(text: str) -> bool:
    """True for words; formulas that begin with a number and entries of a table of contents are none."""
    letters = sum(char.isalpha() or char == " " for char in text)
    return (
        not text[-1].isdigit()
        and letters >= LEAST_LETTERS * (len(text) - 2)
        and any(len(word) > 3 for word in text.split())
    )

"""Plain text to paragraphs: lines that a program has wrapped are joined, lists and tables drawn with blanks keep their lines.

unstructured does the same, at 1 MB a second; logs and exports of 50 MB are common.
"""

import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from textwrap import dedent

from core.errors import DocumentUnreadable
from parsing.encoding import NO_TEXT, decode
from parsing.formats.text import calendar, cards, csv, subtitles
from parsing.grid import table_text
from parsing.parser_input import ParserInput
from parsing.sections import TextBlock, sections_of
from parsing.types import Section

BLANK_LINES = re.compile(r"\n[ \t\xa0\u3000]*(?:\n[ \t\xa0\u3000]*)+")
BULLET = re.compile(r"\A\s*+[-*+•·‣▪●○◦–—]\s++(?=\S)")
NUMBER = re.compile(r"\A\s*+\(?(?:\d{1,3}(?:\.\d{1,3})*[.)]|[A-Za-z][.)]|[ivxIVX]{1,5}[.)])\s++(?=\S)")
DRAWN = re.compile(r"\S(?: {3,}|\t+)\S|^\s*[|+].*[|+]\s*$")
STAMPED = re.compile(
    r"\A(?:\S{1,64} \S{1,64} \S{1,64} (?=\[))?+[\[(<\u200e]{0,3}+"
    r"(?:(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4},?|\d{1,2}/[A-Z][a-z]{2}/\d{4}|(?:[A-Z][a-z]{2} ){1,2}[ \d]\d)[ T:]{1,2}\d{1,2}:\d\d"
    r"|\d{1,2}:\d\d:\d\d)"
)  # how an entry of a log or of a chat begins: a date and a time, or a time with seconds; in those of web servers after three words
QUOTED = re.compile(r"\A\s*+((?:>[ \t]?+)++)")
OPENS = re.compile(r"[:{(\[;>=\\]\s*+\Z|\A\s*+[})\]<]")
LEAST_OPEN = 0.4  # of the lines of a source
TAB_WIDTH = 4
LEAST_STAMPED = 0.25  # of the lines of a log; the others go on from an entry
LEAST_QUOTED = 0.2  # of the lines of a mail that answers one; in other texts the sign closes something
SHORT_WORDS = 5  # a paragraph of shorter lines is a verse or an address
LEAST_EVEN = 0.9  # of the rows of a table, those of the same number of cells
FEWEST_ROWS = 3
BEGINS_WITHIN = 100
LEAST_BLANK = 0.05  # of the lines, or every line stands for itself
PREFIX = "- "
ONE_LINE = "\n"


def parse(source: ParserInput, _: Callable[[int, int], None]) -> Iterator[Section]:
    """Plain text: paragraphs, no headings; what turns out to be a calendar, cards, subtitles or a table is read as such.

    Raises:
        DocumentUnreadable: there is no text in it.
    """
    data = source.read_bytes()
    begins = data[:BEGINS_WITHIN].removeprefix(BOM_UTF8).lstrip().upper()
    if begins.startswith(calendar.BEGINNING):
        return sections_of(calendar.calendar_blocks(data))
    if begins.startswith(cards.BEGINNING):
        return sections_of(cards.card_blocks(data))
    text = decode(data)
    if not text.strip():
        raise DocumentUnreadable(NO_TEXT)
    if subtitles.are_subtitles(text):
        return sections_of(subtitles.subtitle_blocks(text))
    return csv.table_sections(text, "\t") if _is_table(text.split("\n")) else sections_of(text_blocks(text))


def text_blocks(text: str) -> Iterator[TextBlock]:
    """Paragraphs and items of lists, without headings: nothing tells them in plain text."""
    blocks = BLANK_LINES.split(text)
    has_paragraphs = len(blocks) > LEAST_BLANK * (text.count("\n") + 1)
    for block in blocks:
        lines = [line for line in block.split("\n") if line.strip()]
        if sum(QUOTED.match(line) is not None for line in lines) > LEAST_QUOTED * len(lines):
            yield from _quoted(lines)
        elif not has_paragraphs and not any(map(BULLET.match, lines)):
            yield from _kept(lines)
        else:
            yield from _paragraph(lines)


def _quoted(lines: Sequence[str]) -> Iterator[TextBlock]:
    """Lines of a mail, some of them of the one that it answers: those are a text of their own, its mark said once in a paragraph."""
    marks = [found[1].strip() if (found := QUOTED.match(line)) else "" for line in lines]
    texts = [QUOTED.sub("", line) for line in lines]
    for mark, group in groupby(zip(marks, texts, strict=True), key=lambda item: item[0]):
        run = [text for _, text in group]
        for is_text, part in groupby(run, key=lambda text: bool(text.strip())):
            for block in _paragraph(list(part)) if is_text else ():
                yield replace(block, text=f"{mark} {block.text}" if mark else dedent(block.text).strip())


def _paragraph(lines: Sequence[str]) -> Iterator[TextBlock]:
    if _is_table(lines):
        yield TextBlock("table", table_text([line.split("\t") for line in lines]))
    elif _is_indented(lines):
        yield TextBlock("code", "\n".join(line.expandtabs(TAB_WIDTH).rstrip() for line in lines))
    elif any(BULLET.match(line) or NUMBER.match(line) for line in lines):
        yield from _items(lines)
    elif len(lines) > 1 and (_is_verse(lines) or _is_drawn(lines) or _is_log(lines)):
        yield from _kept(lines)
    elif lines:
        yield TextBlock("paragraph", " ".join(line.strip() for line in lines))


def _items(lines: Sequence[str]) -> Iterator[TextBlock]:
    """Each item with the lines that go on from it; what stands before the first is a paragraph."""
    item: list[str] = []
    kind = "paragraph"
    for line in lines:
        bullet = BULLET.match(line)
        if (bullet or NUMBER.match(line)) and item:
            yield TextBlock(kind, " ".join(item))
            item = []
        if bullet or NUMBER.match(line):
            kind = "list_item"
        item.append(PREFIX + line[bullet.end() :].strip() if bullet else line.strip())
    yield TextBlock(kind, " ".join(item))


def _kept(lines: Sequence[str]) -> Iterator[TextBlock]:
    for line in lines:
        yield TextBlock("paragraph", line.rstrip(), gap=ONE_LINE)


def _is_verse(lines: Sequence[str]) -> bool:
    return all(len(line.split()) < SHORT_WORDS for line in lines)


def _is_log(lines: Sequence[str]) -> bool:
    stamped = sum(STAMPED.match(line) is not None for line in lines)
    return stamped > 1 and stamped >= LEAST_STAMPED * len(lines)


def _is_drawn(lines: Sequence[str]) -> bool:
    return sum(DRAWN.search(line) is not None for line in lines) > len(lines) / 2


def _is_table(lines: Sequence[str]) -> bool:
    """True for lines that tabs cut into the same number of cells."""
    counts = Counter(line.count("\t") for line in lines if line.strip())
    tabs, rows = counts.most_common(1)[0] if counts else (0, 0)
    return tabs > 0 and rows >= FEWEST_ROWS and rows >= LEAST_EVEN * counts.total()


def _is_indented(lines: Sequence[str]) -> bool:
    """True for lines of a program or of settings: some are further in than others, and many end or begin as such lines do."""
    is_list = any(BULLET.match(line) or NUMBER.match(line) for line in lines)
    if len(lines) < (FEWEST_ROWS if is_list else 2) or len({len(line) - len(line.lstrip()) for line in lines}) < 2:
        return False
    return sum(OPENS.search(line) is not None for line in lines) >= LEAST_OPEN * len(lines)

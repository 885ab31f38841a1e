"""RTF by striprtf. Runs in a child process only."""

import re
from collections.abc import Callable, Iterator

from striprtf.striprtf import rtf_to_text

from core.errors import DocumentUnreadable
from parsing.formats.ooxml.package import damaged
from parsing.grid import table_text
from parsing.parser_input import ParserInput, size_of
from parsing.sections import TextBlock, sections_of
from parsing.types import Section
from parsing.visibility import MARKED, Hidden, flagged

NOUN = "RTF file"
MOST_BYTES = 100 * 1024**2
TOO_LARGE = f"This RTF file is larger than the {MOST_BYTES // 1024**2} MB that can be read of its kind."
PICTURE_DATA = re.compile(r"(?:[0-9a-fA-F]{2}\s*){500,}")
BINARY = re.compile(r"\\bin\d+ ?")
CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")
HIGH = re.compile(r"[\x80-\xff]")
NOT_TEXT = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, *range(0xD800, 0xE000)])
CELL_END = "|"
VANISHED = re.compile(r"\\v(\d*)(?![a-z]) ?")
TOKEN = re.compile(r"\\[a-z]+-?\d* ?|\\'[0-9a-f]{2}|\\.|[{}]|[^\\{}]+|\\", re.IGNORECASE | re.DOTALL)


def parse(source: ParserInput, _: Callable[[int, int], None]) -> Iterator[Section]:
    """Paragraphs and tables.

    Raises:
        DocumentUnreadable: too large, or damaged.
    """
    if size_of(source) > MOST_BYTES:
        raise DocumentUnreadable(TOO_LARGE)
    data = source.read_bytes()
    # bytes beyond ASCII become escapes, which are then read in the code page of their font
    text = HIGH.sub(lambda found: f"\\'{ord(found[0]):02x}", BINARY.sub("", data.decode("latin-1")))
    text = PICTURE_DATA.sub("", text)
    hidden: list[Hidden] = []
    if VANISHED.search(text):
        text = "".join(_shown(text, hidden))
    try:
        plain: str = rtf_to_text(text, errors="replace")
    except (ValueError, LookupError, OverflowError, RecursionError, TypeError) as error:
        raise damaged(NOUN) from error
    plain = plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # characters written as two halves
    return flagged(sections_of(_text_blocks(plain.translate(NOT_TEXT))), hidden)


def _shown(text: str, hidden: list[Hidden]) -> Iterator[str]:
    """The marks and texts of a file, without text under ``\\v``."""
    are_hidden = [False]  # by group, the innermost last
    for found in TOKEN.finditer(text):
        token = found[0]
        if token == "{":
            are_hidden.append(are_hidden[-1])
        elif token == "}" and len(are_hidden) > 1:
            are_hidden.pop()
        elif switch := VANISHED.fullmatch(token):
            are_hidden[-1] = switch[1] != "0"
        elif are_hidden[-1] and token[0] != "\\":
            hidden.append(Hidden(token, MARKED))
            continue
        elif are_hidden[-1] and token.startswith("\\'"):
            continue
        yield token


def _text_blocks(plain: str) -> Iterator[TextBlock]:
    rows: list[list[str]] = []
    for line in plain.split("\n"):
        if line.endswith(CELL_END) and line.count(CELL_END) > 1:
            rows.append([" ".join(cell.split()) for cell in line.removesuffix(CELL_END).split(CELL_END)])
            continue
        if rows:
            yield TextBlock("table", table_text(rows))
            rows = []
        yield TextBlock("paragraph", line)
    if rows:
        yield TextBlock("table", table_text(rows))

"""RTF by striprtf. Runs in a child process only."""

import re
from collections.abc import Callable, Iterator

from striprtf.striprtf import rtf_to_text

from core.errors import DocumentUnreadable
from core.storable import storable
from parsing.formats.images.embedded import EmbeddedPictures
from parsing.formats.ooxml.package import damaged
from parsing.formats.text import rtf_notes, rtf_visibility
from parsing.grid import table_text
from parsing.parser_input import ParserInput, size_of
from parsing.sections import TextBlock, sections_of
from parsing.types import Section
from parsing.visibility.report import flagged
from parsing.visibility.verdict import Verdict

NOUN = "RTF file"
MOST_BYTES = 100 * 1024**2
TOO_LARGE = f"This RTF file is larger than the {MOST_BYTES // 1024**2} MB that can be read of its kind."
PICTURE_DATA = re.compile(r"(?:[0-9a-fA-F]{2}\s*+){500,}+")
PICTURE_BEGINS = re.compile("89504e47|ffd8ff", re.IGNORECASE)
MOST_BEFORE = 40  # digits that belong to the word before
BINARY = re.compile(r"\\bin\d+ ?")
HIGH = re.compile(r"[\x80-\xff]")
CELL_END = "|"


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
    pictures: list[bytes] = []
    text = PICTURE_DATA.sub(lambda found: _taken_out(found, pictures), text)
    text = rtf_notes.spelled(text)
    hidden: list[Verdict] = []
    text = rtf_visibility.shown(text, hidden)
    try:
        plain: str = rtf_to_text(text, errors="replace")
    except (ValueError, LookupError, OverflowError, RecursionError, TypeError) as error:
        raise damaged(NOUN) from error
    embedded = EmbeddedPictures()
    yield from flagged(sections_of(_all_blocks(plain, pictures, embedded)), hidden)
    yield from embedded.remark_section()


def _taken_out(found: re.Match[str], pictures: list[bytes]) -> str:
    """Leave nothing of a picture, nor of other data."""
    digits = "".join(found[0].split())
    if begins := PICTURE_BEGINS.search(digits[:MOST_BEFORE]):
        digits = digits[begins.start() :]
        pictures.append(bytes.fromhex(digits[: len(digits) // 2 * 2]))
    return ""


def _all_blocks(plain: str, pictures: list[bytes], embedded: EmbeddedPictures) -> Iterator[TextBlock]:
    yield from _text_blocks(storable(plain))  # characters may be written as two halves
    for picture in pictures:  # after the text: where they stood is passed over by striprtf
        yield from embedded.text_blocks(picture)


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

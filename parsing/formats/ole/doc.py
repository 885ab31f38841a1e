"""The text of Word files of 1997 to 2003, and of Word 6 and 95, put together from its text blocks as [MS-DOC] 2.4.1 describes."""

import re
import struct
from collections.abc import Iterator
from operator import sub

import olefile  # type: ignore[import-untyped]

from parsing.formats.ooxml import package
from parsing.grid import table_text
from parsing.links import beside
from parsing.sections import TextBlock

NOUN = "Word file"
WORD_97 = 0x00C1  # the version from which text lies in text blocks
IS_LOCKED = 0x0100
IS_TABLE_1 = 0x0200
FLAGS_AT, TEXT_AT, TEXT_BLOCKS_AT = 0x0A, 0x18, 0x01A2
GRID_PROPERTIES, TEXT_BLOCK_TABLE = 1, 2
IS_NARROW = 0x40000000

CELL_END = "\x07"
FIELD_CODE = re.compile(r"\x13[^\x13\x14\x15]*\x14?")  # what a field computes from; what it shows comes after
FIELD_LINK = re.compile(r'\x13\s*+HYPERLINK\s++"([^"\x13-\x15]{1,500}+)"[^\x13-\x15]*+\x14([^\x13-\x15]*+)\x15')
CONTROLS = {0x0B: "\n", 0x0C: "\r", 0x0E: "\r", 0x1E: "-", 0x1F: "", 0xA0: " "}
DROPPED = dict.fromkeys([*range(0x07), 0x08, *range(0x0F, 0x1E), 0x7F, 0xFEFF])
MOST_FIELDS = 5  # inside each other


def text_blocks(streams: olefile.OleFileIO) -> Iterator[TextBlock]:
    """Paragraphs and tables, notes and headers after the text. Such a file says in other places which of them are headings.

    Raises:
        DocumentUnreadable: locked or damaged.
        struct.error, IndexError, OSError: damaged.
    """
    text = FIELD_LINK.sub(lambda found: beside(found[2], found[1]), _text(streams))
    for _ in range(MOST_FIELDS):
        text = FIELD_CODE.sub("", text)
    text = text.translate(DROPPED).translate(CONTROLS)
    last_row_ends = text.rfind(CELL_END) + 1
    if last_row_ends:
        yield from _table(text[:last_row_ends])
    yield from (TextBlock("paragraph", line) for line in text[last_row_ends:].split("\r"))


def _table(part: str) -> Iterator[TextBlock]:
    """Text up to the end of a table's last row. What stands before its first cell belongs to the text above."""
    before, _, first = part.split(CELL_END, 1)[0].rpartition("\r")
    yield from (TextBlock("paragraph", line) for line in before.split("\r"))
    cells = [first, *part.split(CELL_END)[1:]]
    rows: list[list[str]] = [[]]
    for cell in cells[:-1]:
        if cell == "" and rows[-1]:
            rows.append([])  # a row ends with an empty cell of its own
        else:
            rows[-1].append(" ".join(cell.split()))
    yield TextBlock("table", table_text(rows))


def _text(streams: olefile.OleFileIO) -> str:
    document = streams.openstream("WordDocument").read()
    _, version = struct.unpack_from("<HH", document, 0)
    (flags,) = struct.unpack_from("<H", document, FLAGS_AT)
    if flags & IS_LOCKED:
        raise package.locked(NOUN)
    if version < WORD_97:
        start, end = struct.unpack_from("<II", document, TEXT_AT)
        return bytes(document[start:end]).decode("cp1252", "replace")
    table = streams.openstream("1Table" if flags & IS_TABLE_1 else "0Table").read()
    at, length = struct.unpack_from("<II", document, TEXT_BLOCKS_AT)
    return "".join(_text_blocks(document, _text_block_table(table[at : at + length])))


def _text_block_table(complex_part: bytes) -> bytes:
    at = 0
    while complex_part[at] == GRID_PROPERTIES:
        at += 3 + struct.unpack_from("<H", complex_part, at + 1)[0]
    if complex_part[at] != TEXT_BLOCK_TABLE:
        raise package.damaged(NOUN)
    (length,) = struct.unpack_from("<I", complex_part, at + 1)
    return complex_part[at + 5 : at + 5 + length]


def _text_blocks(document: bytes, table: bytes) -> Iterator[str]:
    """The text, one run after the other: each in one byte a character, or in two. Raises DocumentUnreadable when they overlap."""
    count = (len(table) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", table, 0)
    if sum(map(abs, map(sub, ends[1:], ends))) > len(document):
        raise package.damaged(NOUN)
    for index in range(count):
        length = ends[index + 1] - ends[index]
        (at,) = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * index + 2)
        if at & IS_NARROW:
            start = (at & ~IS_NARROW) // 2
            yield document[start : start + length].decode("cp1252", "replace")
        else:
            yield document[at : at + 2 * length].decode("utf-16-le", "replace")

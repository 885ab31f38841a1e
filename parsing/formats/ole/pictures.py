"""Pictures in office files of 1997 to 2003: kept as records of drawings ([MS-ODRAW] 2.2.23), wherever a program puts them.

Runs in a child process only.
"""

import re
import struct
from collections.abc import Iterator

import olefile  # type: ignore[import-untyped]

from parsing.formats.images.embedded import EmbeddedPictures
from parsing.sections import TextBlock, sections_of
from parsing.types import Section

START = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff")
RECORD = struct.Struct("<HHI")  # version and instance, kind, length
KINDS = (0xF01D, 0xF01E, 0xF02A)  # JPEG, PNG, JPEG in four colours
BEFORE = (25, 41)  # bytes of a record before its picture: a header, one mark or two, a byte
STREAMS = ("pictures", "data", "worddocument")  # of PowerPoint, of Word
BOOKS = ("workbook", "book")
BIFF = struct.Struct("<HH")  # kind and length of a record of Excel
DRAWINGS, MORE = 0x00EB, 0x003C


def sections(streams: olefile.OleFileIO, first: int) -> Iterator[Section]:
    """What is written in the pictures of a file, and what is to be said of them.

    Args:
        first: the number of the first section.
    """
    pictures = EmbeddedPictures()
    number = first
    found = (text_block for data in _drawings(streams) for text_block in _text_blocks(data, pictures))
    for section in sections_of(found, first=first):
        number = section.number + 1
        yield section
    for section in pictures.remark_section():
        yield section.model_copy(update={"number": number})


def pictures_in(data: bytes) -> Iterator[bytes]:
    """The pictures in records of drawings, one after the other."""
    at = 0
    while (found := START.search(data, at)) is not None:
        at = found.start() + 1
        for before in BEFORE:
            if found.start() < before:
                continue
            _, kind, length = RECORD.unpack_from(data, found.start() - before)
            end = found.start() - before + RECORD.size + length
            if kind in KINDS and found.start() < end <= len(data):
                yield data[found.start() : end]
                at = end
                break


def _text_blocks(data: bytes, pictures: EmbeddedPictures) -> Iterator[TextBlock]:
    for picture in pictures_in(data):
        yield from pictures.text_blocks(picture)


def _drawings(streams: olefile.OleFileIO) -> Iterator[bytes]:
    """The parts of a file that may hold pictures."""
    for path in streams.listdir():
        name = path[0].lower()
        if len(path) == 1 and name in (*STREAMS, *BOOKS):
            try:
                data = streams.openstream(path).read()
            except (OSError, olefile.olefile.OleFileError):
                continue  # the text was read without it
            yield b"".join(_of_book(data)) if name in BOOKS else data


def _of_book(data: bytes) -> Iterator[bytes]:
    """The records of drawings of a workbook, which are cut into pieces."""
    at, is_drawing = 0, False
    while at + BIFF.size <= len(data):
        kind, length = BIFF.unpack_from(data, at)
        is_drawing = kind == DRAWINGS or (kind == MORE and is_drawing)
        if is_drawing:
            yield data[at + BIFF.size : at + BIFF.size + length]
        at += BIFF.size + length

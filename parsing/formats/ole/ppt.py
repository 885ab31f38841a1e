"""The text of PowerPoint files of 1997 to 2003, slide by slide, by their records ([MS-PPT] 2.1.2, 2.3, 2.4.14)."""

import struct
from collections.abc import Callable, Iterator

import olefile  # type: ignore[import-untyped]

from parsing.formats.ooxml import package
from parsing.sections import TextBlock, page_of
from parsing.types import Section

NOUN = "PowerPoint file"
HEADER = struct.Struct("<HHI")  # version and instance, kind, length
IS_CONTAINER = 0x0F
DOCUMENT, NOTES, SLIDE_LIST, SLIDE_ATOM, NOTES_ATOM = 1000, 1008, 4080, 1011, 1009
TEXT_KIND, WIDE_TEXT, NARROW_TEXT = 3999, 4000, 4008
USER_EDIT = 4085
TITLE_KINDS = (0, 6)  # of a text: title, title in the middle
LOCKED_TOKEN = 0xF3D1C4DF
PLACEHOLDERS = "*"  # what stands for a date or a number
MOST_DEPTH = 30
MOST_EDITS = 1000

Record = tuple[int, int, int, int, int]  # version, instance, kind, where its content starts, where it ends


def sections(streams: olefile.OleFileIO, on_progress: Callable[[int, int], None]) -> Iterator[Section]:
    """Every slide as a section: its outline, then the text of its other boxes, then its notes.

    Raises:
        DocumentUnreadable: locked or damaged.
        struct.error, IndexError, OSError: damaged.
    """
    (token,) = struct.unpack_from("<I", streams.openstream("Current User").read(), 12)
    if token == LOCKED_TOKEN:
        raise package.locked(NOUN)
    reader = _Reader(streams.openstream("PowerPoint Document").read())
    slides = list(reader.slides(_last_edit(streams)))
    for number, text_blocks in enumerate(slides, start=1):
        yield page_of(text_blocks, number, number)
        on_progress(number, len(slides))


def _last_edit(streams: olefile.OleFileIO) -> int:
    (offset,) = struct.unpack_from("<I", streams.openstream("Current User").read(), 16)
    return int(offset)


class _Reader:
    """The records of one presentation."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def slides(self, last_edit: int) -> Iterator[list[TextBlock]]:
        """The blocks of each slide, in the order they are shown."""
        places, document = self._places(last_edit)
        lists = [record for record in self._records(*self._inside(places[document])) if record[2] == SLIDE_LIST]
        notes = self._notes(places, next((one for one in lists if one[1] == 2), None))
        for record in lists:
            if record[1] == 0:
                for reference, slide_id, outline in self._listed(record):
                    shown = {text_block.text for text_block in outline}
                    boxes = [
                        text_block for text_block in self._drawn(places.get(reference)) if text_block.text not in shown
                    ]
                    yield [*outline, *boxes, *notes.get(slide_id, [])]

    def _places(self, last_edit: int) -> tuple[dict[int, int], int]:
        """Where each part of the file lies, by its number, newest first; and the number of the document."""
        places: dict[int, int] = {}
        document: int | None = None
        at = last_edit
        for _ in range(MOST_EDITS):
            _, _, kind, start, _ = self._record(at)
            if kind != USER_EDIT:
                break
            _, _, at, directory, number = struct.unpack_from("<IIIII", self._data, start)
            document = number if document is None else document
            for reference, place in self._directory(directory):
                places.setdefault(reference, place)
            if not at:
                break
        if document is None or document not in places:
            raise package.damaged(NOUN)
        return places, document

    def _directory(self, at: int) -> Iterator[tuple[int, int]]:
        _, _, _, start, end = self._record(at)
        while start < end:
            (packed,) = struct.unpack_from("<I", self._data, start)
            first, count = packed & 0xFFFFF, packed >> 20
            for index, place in enumerate(struct.unpack_from(f"<{count}I", self._data, start + 4)):
                yield first + index, place
            start += 4 + 4 * count

    def _listed(self, slide_list: Record) -> Iterator[tuple[int, int, list[TextBlock]]]:
        """For each slide of a list: the number of its part, its id, and the texts of its outline."""
        current: tuple[int, int, list[TextBlock]] | None = None
        text_kind = 0
        for record in self._records(slide_list[3], slide_list[4]):
            if record[2] == SLIDE_ATOM:
                if current is not None:
                    yield current
                reference, _, _, slide_id = struct.unpack_from("<IIiI", self._data, record[3])
                current = (reference, slide_id, [])
            elif record[2] == TEXT_KIND:
                (text_kind,) = struct.unpack_from("<I", self._data, record[3])
            elif current is not None and (text := self._text(record)):
                current[2].append(_text_block(text, text_kind in TITLE_KINDS))
        if current is not None:
            yield current

    def _drawn(self, place: int | None) -> Iterator[TextBlock]:
        """Texts of the boxes of a slide."""
        if place is not None:
            for text_kind, text in self._texts(*self._inside(place), 0):
                yield _text_block(text, text_kind in TITLE_KINDS)

    def _notes(self, places: dict[int, int], notes_list: Record | None) -> dict[int, list[TextBlock]]:
        """The speaker's notes, by the id of their slide."""
        found: dict[int, list[TextBlock]] = {}
        if notes_list is None:
            return found
        for reference, _, _ in self._listed(notes_list):
            start, end = self._inside(places[reference]) if reference in places else (0, 0)
            atom = next((record for record in self._records(start, end) if record[2] == NOTES_ATOM), None)
            texts = [text for _, text in self._texts(start, end, 0)]
            if atom is not None and texts:
                (slide_id,) = struct.unpack_from("<I", self._data, atom[3])
                found[slide_id] = [TextBlock("paragraph", "Notes: " + "\n".join(texts))]
        return found

    def _texts(self, start: int, end: int, depth: int) -> Iterator[tuple[int, str]]:
        text_kind = -1
        for record in self._records(start, end):
            if (record[0] == IS_CONTAINER and depth < MOST_DEPTH) or record[2] == 0xF00D:
                yield from self._texts(record[3], record[4], depth + 1)
            elif record[2] == TEXT_KIND:
                (text_kind,) = struct.unpack_from("<I", self._data, record[3])
            elif text := self._text(record):
                yield text_kind, text

    def _text(self, record: Record) -> str:
        data = self._data[record[3] : record[4]]
        if record[2] == WIDE_TEXT:
            text = data.decode("utf-16-le", "replace")
        elif record[2] == NARROW_TEXT:
            text = data.decode("latin-1")
        else:
            return ""
        shown = "".join("\n" if code in "\r\x0b" else code for code in text if code >= " " or code in "\r\x0b\t")
        return "" if shown.strip() == PLACEHOLDERS else shown.strip()

    def _inside(self, at: int) -> tuple[int, int]:
        record = self._record(at)
        return record[3], record[4]

    def _records(self, start: int, end: int) -> Iterator[Record]:
        while start + HEADER.size <= end:
            record = self._record(start)
            yield record
            start = record[4]

    def _record(self, at: int) -> Record:
        options, kind, length = HEADER.unpack_from(self._data, at)
        start = at + HEADER.size
        return options & 0x0F, options >> 4, kind, start, min(start + length, len(self._data))


def _text_block(text: str, is_title: bool) -> TextBlock:
    return TextBlock("heading", " ".join(text.split()), 1) if is_title else TextBlock("paragraph", text)

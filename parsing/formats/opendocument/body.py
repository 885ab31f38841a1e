"""What stands in an OpenDocument text, on a slide and in a cell: paragraphs, lists, tables, shapes, pictures, notes.

Runs in a child process only.
"""

import base64
import binascii
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.images.embedded import EmbeddedPictures
from parsing.formats.ooxml import pictures
from parsing.formats.ooxml.package import Archive
from parsing.formats.opendocument.cells import cells, count, formula, table_rows, value
from parsing.formats.opendocument.namespaces import DRAW, OFFICE, PRESENTATION, SVG, TABLE, TEXT, XLINK
from parsing.formats.opendocument.numbering import Numbering
from parsing.formats.opendocument.visibility import HiddenStyles
from parsing.grid import table_text
from parsing.links import beside
from parsing.raised import raised
from parsing.row import Row
from parsing.sections import TextBlock

SPECIAL = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
SHAPES = tuple(
    DRAW + name
    for name in (
        "frame",
        "custom-shape",
        "rect",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "path",
        "connector",
        "caption",
        "measure",
        "regular-polygon",
        "circle",
    )
)
HANGING = (f"{TEXT}note", f"{OFFICE}annotation", *SHAPES)
NOT_SHOWN = (
    f"{TEXT}tracked-changes",
    f"{TEXT}note-citation",
    f"{TEXT}ruby-text",
    f"{TEXT}number",
    f"{OFFICE}annotation-end",
)
NOTES_FURNITURE = ("header", "footer", "date-time", "page-number", "page")
MOST_SPACES = 100
MOST_REPEATED = 1000  # cells or rows that a file writes once; beyond that it only fills the sheet
MOST_DEPTH = 60


class Body:
    """Reads the elements of one document.

    Attributes:
        pictures: those met so far.
        files: entries of files of other programs that were met.
        formulas: how many cells show their formula, because the file has no result of it.
    """

    def __init__(self, opened: Archive, styles: HiddenStyles, numbering: Numbering) -> None:
        self._opened = opened
        self._styles = styles
        self._numbering = numbering
        self.pictures = EmbeddedPictures()
        self.files: list[str] = []
        self.formulas = 0

    def slide(self, page: etree._Element) -> Iterator[TextBlock]:
        """Titles first, the rest in the order of the file, notes last."""
        shapes = [shape for shape in page if isinstance(shape.tag, str) and shape.tag != f"{PRESENTATION}notes"]
        for shape in sorted(shapes, key=lambda shape: shape.get(f"{PRESENTATION}class") != "title"):
            is_title = shape.get(f"{PRESENTATION}class") == "title"
            for text_block in self._shape(shape, 0):
                yield TextBlock("heading", " ".join(text_block.text.split()), 1) if is_title else text_block
        for notes in page.iter(f"{PRESENTATION}notes"):
            frames = [frame for frame in notes if frame.get(f"{PRESENTATION}class") not in NOTES_FURNITURE]
            if text := "\n".join(
                text_block.text for frame in frames for text_block in self._shape(frame, 0) if text_block.text.strip()
            ):
                yield TextBlock("paragraph", f"Notes: {text}")

    def text_blocks(self, parent: etree._Element, depth: int) -> Iterator[TextBlock]:
        """What is in an element, in order."""
        for element in parent if depth < MOST_DEPTH else ():
            tag = element.tag
            if tag == f"{TEXT}h":
                said = element.get(f"{TEXT}outline-level", "1")
                level = int(said) if said.isdigit() and len(said) < 3 else 1
                yield from self._paragraph(element, "heading", level, depth, self._numbering.heading(element, level))
            elif tag == f"{TEXT}p":
                yield from self._paragraph(element, "paragraph", 0, depth)
            elif tag == f"{TEXT}list":
                yield from self._list(element, depth)
            elif tag == f"{TABLE}table":
                yield from self._table(element, depth)
            elif tag in HANGING:
                yield from self._hanging(element, depth)
            elif isinstance(tag, str) and tag not in NOT_SHOWN and len(element):
                yield from self.text_blocks(element, depth + 1)

    def rows(self, table: etree._Element) -> Iterator[Row]:
        """Rows of a sheet. What is repeated to its edge is empty; of what is filled, only so much is believed."""
        number = 1
        above: dict[int, tuple[int, str]] = {}  # column → row after the last that a cell spans, its text
        for row in table_rows(table):
            filled: dict[int, str] = {}
            ends: dict[int, int] = {}
            column = 0
            for cell in cells(row):
                repeated = count(cell, "number-columns-repeated")
                if text := self._cell(cell, 0):
                    filled |= dict.fromkeys(range(column, column + min(repeated, MOST_REPEATED)), text)
                    if (spanned := count(cell, "number-rows-spanned")) > 1:
                        above[column] = (number + min(spanned, MOST_REPEATED), text)
                    if (wide := count(cell, "number-columns-spanned")) > 1:
                        ends[column] = column + wide - 1
                column += repeated
            if filled:  # a row of nothing else is the same title again
                filled |= {one: text for one, (end, text) in above.items() if number < end and one not in filled}
            repeated = count(row, "number-rows-repeated")
            if filled:
                yield from (Row(number + offset, filled, ends) for offset in range(min(repeated, MOST_REPEATED)))
            number += repeated

    def _shape(self, shape: etree._Element, depth: int) -> Iterator[TextBlock]:
        """A frame with a box, a table, a picture or a file; a drawn shape; or a group of them."""
        if depth > MOST_DEPTH:
            return
        boxes = [box for box in shape if box.tag in (f"{DRAW}text-box", f"{TABLE}table", f"{DRAW}object")]
        if shape.tag == f"{DRAW}frame":
            yield from self._words(shape)
        for inner in boxes or [shape]:
            if inner.tag == f"{TABLE}table":
                yield from self._table(inner, depth)
            elif inner.tag in (f"{DRAW}g", f"{DRAW}a"):
                for child in inner:
                    yield from self._shape(child, depth + 1)
            elif isinstance(inner.tag, str):
                yield from self.text_blocks(inner, depth)
        if not boxes:
            yield from self._picture(shape)

    def _words(self, frame: etree._Element) -> Iterator[TextBlock]:
        """The words that stand for a picture."""
        described = frame.find(f"{SVG}desc")
        described = frame.find(f"{SVG}title") if described is None else described
        yield from pictures.words_for(described.text if described is not None else None)

    def _picture(self, frame: etree._Element) -> Iterator[TextBlock]:
        """What is written in the picture of a frame. Of a file of another program, the picture is a likeness: it is read itself."""
        if (held := frame.find(f"{DRAW}object-ole")) is not None:
            name = held.get(f"{XLINK}href", "").removeprefix("./")
            if name in self._opened:
                self.files.append(name)
                return
        for image in frame.iterchildren(f"{DRAW}image"):
            inline = image.find(f"{OFFICE}binary-data")
            if inline is not None:
                yield from self.pictures.text_blocks(_decoded(inline.text or ""))
            elif name := image.get(f"{XLINK}href", "").removeprefix("./"):
                yield from pictures.text_blocks(self._opened, self.pictures, name)

    def _list(self, element: etree._Element, depth: int) -> Iterator[TextBlock]:
        if depth >= MOST_DEPTH:
            return
        self._numbering.begin(element)
        for item in element:
            if item.tag not in (f"{TEXT}list-item", f"{TEXT}list-header"):
                continue
            starts_with_heading = len(item) > 0 and item[0].tag == f"{TEXT}h"
            label = "" if starts_with_heading or item.tag == f"{TEXT}list-header" else None
            for text_block in self.text_blocks(item, depth + 1):
                if text_block.kind != "paragraph" or not text_block.text.strip():
                    yield text_block
                    continue
                if label is None:
                    label = self._numbering.item(item)
                yield TextBlock("list_item", f"{label}{text_block.text}")
                label = ""
        self._numbering.end()

    def _paragraph(
        self, element: etree._Element, kind: str, level: int, depth: int, label: str = ""
    ) -> Iterator[TextBlock]:
        """A paragraph, and after it what hangs on it: boxes, pictures, notes, comments."""
        hanging: list[etree._Element] = []
        parts: list[str] = []
        self._text(element, hanging, parts, 0)
        text = "".join(parts)
        yield TextBlock(kind, f"{label}{text}" if text.strip() else text, level)
        for inner in hanging:
            yield from self._hanging(inner, depth)

    def _hanging(self, element: etree._Element, depth: int) -> Iterator[TextBlock]:
        if element.tag in SHAPES:
            yield from self._shape(element, depth + 1)
            return
        is_note = element.tag == f"{TEXT}note"
        bodies = element.iter(f"{TEXT}note-body") if is_note else [element]
        text = " ".join(
            text_block.text
            for body in bodies
            for text_block in self.text_blocks(body, depth + 1)
            if text_block.text.strip()
        )
        citation = "".join(mark.text or "" for mark in element.iter(f"{TEXT}note-citation"))
        if text:
            yield TextBlock("paragraph", f"Note {citation}: {text}" if is_note else f"Comment: {text}")

    def _text(self, element: etree._Element, hanging: list[etree._Element], parts: list[str], depth: int) -> None:
        """Add the characters of a paragraph. White space in the file is one space; real ones are written out."""
        parts.append(_collapsed(element.text))
        for child in element if depth < MOST_DEPTH else ():
            if child.tag in HANGING:
                hanging.append(child)
            elif child.tag in SPECIAL:
                parts.append(SPECIAL[child.tag])
            elif child.tag == f"{TEXT}s":
                spaces = child.get(f"{TEXT}c", "1")
                parts.append(" " * min(int(spaces) if spaces.isdigit() and len(spaces) < 6 else 1, MOST_SPACES))
            elif isinstance(child.tag, str) and child.tag not in NOT_SHOWN:
                start = len(parts)
                self._text(child, hanging, parts, depth + 1)
                self._finish(child, parts, start)
            parts.append(_collapsed(child.tail))

    def _finish(self, child: etree._Element, parts: list[str], start: int) -> None:
        """Put an address beside a link; raise a raised number."""
        if child.tag == f"{TEXT}a":
            parts[start:] = [beside("".join(parts[start:]), child.get(f"{XLINK}href", ""))]
        elif child.tag == f"{TEXT}span" and self._styles.is_raised(child):
            text = "".join(parts[start:])
            parts[start:] = [raised(text, "".join(parts[max(start - 4, 0) : start]))]

    def _table(self, table: etree._Element, depth: int) -> Iterator[TextBlock]:
        """A table; one of a single column is a frame around paragraphs."""
        rows = list(table_rows(table))
        if all(len(list(cells(row))) <= 1 for row in rows):
            for row in rows:
                for cell in cells(row):
                    yield from self.text_blocks(cell, depth + 1)
            return
        wide = [[count(cell, "number-columns-spanned") for cell in cells(row)] for row in rows]
        ends = {
            number: {column: column + width - 1 for column, width in enumerate(widths) if width > 1}
            for number, widths in enumerate(wide)
        }
        yield TextBlock(
            "table", table_text([[self._cell(cell, depth) for cell in cells(row)] for row in rows], ends=ends)
        )

    def _cell(self, cell: etree._Element, depth: int) -> str:
        text = " ".join(
            " ".join(text_block.text.split())
            for text_block in self.text_blocks(cell, depth + 1)
            if text_block.text.strip()
        )
        if not text and (text := formula(cell)):
            self.formulas += 1
        return text or value(cell)


def _collapsed(text: str | None) -> str:
    if not text:
        return ""
    squeezed = " ".join(text.split())
    return f"{' ' * text[0].isspace()}{squeezed}{' ' * (text[-1].isspace() and bool(squeezed))}"


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""

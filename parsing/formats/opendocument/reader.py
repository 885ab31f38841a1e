"""OpenDocument (ODT, ODS, ODP and their templates), read from its XML. Runs in a child process only."""

from collections.abc import Callable, Iterator

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml import package
from parsing.formats.ooxml.package import Archive
from parsing.formats.opendocument import objects
from parsing.formats.opendocument import visibility as open_hidden
from parsing.formats.opendocument.visibility import HiddenStyles
from parsing.grid import Row, sections_of_sheet, table_text
from parsing.parser_input import ParserInput
from parsing.sections import TextBlock, page_of, sections_of
from parsing.types import Section
from parsing.visibility import SHEET_NOT_SHOWN, SLIDE_NOT_SHOWN, flagged

NOUN = "OpenDocument file"
_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TEXT, TABLE, DRAW = (f"{{{_NAMESPACE}{name}:1.0}}" for name in ("office", "text", "table", "drawing"))
PRESENTATION = f"{{{_NAMESPACE}presentation:1.0}}"
SVG = f"{{{_NAMESPACE}svg-compatible:1.0}}"
LOCKED = "{*}encryption-data"
SPECIAL = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
HANGING = (f"{TEXT}note", f"{OFFICE}annotation", f"{DRAW}frame", f"{DRAW}custom-shape")
NOT_SHOWN = (f"{TEXT}tracked-changes", f"{TEXT}note-citation", f"{TEXT}ruby-text", f"{OFFICE}annotation-end")
NOTES_FURNITURE = ("header", "footer", "date-time", "page-number", "page")
BULLET = "- "
MOST_SPACES = 100
MOST_REPEATED = 1000  # cells or rows that a file writes once; beyond that it only fills the sheet
MOST_DEPTH = 60


def parse(source: ParserInput, on_progress: Callable[[int, int], None]) -> Iterator[Section]:
    """A text by its headings, a spreadsheet by its sheets, a presentation by its slides.

    Raises:
        DocumentUnreadable: damaged, locked, or made to burst.
    """
    with package.opened(source, NOUN) as opened:
        _refuse_locked(opened)
        document = opened.xml("content.xml")
        body = document.find(f"{OFFICE}body")
        content = next((child for child in body if isinstance(child.tag, str)), None) if body is not None else None
        if content is None:
            raise package.damaged(NOUN)
        styles = HiddenStyles(document, opened.xml_or_none("styles.xml"))
        hidden = list(open_hidden.take_out(content, styles))
        if content.tag == f"{OFFICE}spreadsheet":
            yield from flagged(_sheets(content, styles), hidden)
            return
        hidden += objects.put_in(opened, content)  # in a spreadsheet, the cells have what a chart shows
        if content.tag in (f"{OFFICE}presentation", f"{OFFICE}drawing"):
            yield from flagged(_slides(content, styles, on_progress), hidden)
        else:
            text_blocks = [*_margins(opened, "header"), *_blocks(content, 0), *_margins(opened, "footer")]
            yield from flagged(sections_of(text_blocks), hidden)


def _refuse_locked(opened: Archive) -> None:
    manifest = opened.xml_or_none("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter(LOCKED), None) is not None:
        raise package.locked(NOUN)


def _sheets(content: etree._Element, styles: HiddenStyles) -> Iterator[Section]:
    number = 1
    for table in content.iter(f"{TABLE}table"):
        name = table.get(f"{TABLE}name")
        said = None if styles.is_shown(table) else SHEET_NOT_SHOWN.format(sheet=name or "")
        for section in sections_of_sheet(name, _rows(table), first=number):
            yield section.model_copy(update={"hidden": said})
            said = None
            number = section.number + 1
    drawn = [text_block for shapes in content.iter(f"{TABLE}shapes") for text_block in _blocks(shapes, 0)]
    yield from sections_of(drawn, first=number)


def _slides(
    content: etree._Element, styles: HiddenStyles, on_progress: Callable[[int, int], None]
) -> Iterator[Section]:
    pages = list(content.iter(f"{DRAW}page"))
    for number, page in enumerate(pages, start=1):
        said = None if styles.is_shown(page) else SLIDE_NOT_SHOWN
        yield page_of(_slide(page), number, number).model_copy(update={"hidden": said})
        on_progress(number, len(pages))


def _slide(page: etree._Element) -> Iterator[TextBlock]:
    """Titles first, the rest in the order of the file, notes last."""
    shapes = [shape for shape in page if isinstance(shape.tag, str) and shape.tag != f"{PRESENTATION}notes"]
    for shape in sorted(shapes, key=lambda shape: shape.get(f"{PRESENTATION}class") != "title"):
        is_title = shape.get(f"{PRESENTATION}class") == "title"
        for text_block in _shape(shape, 0):
            yield TextBlock("heading", " ".join(text_block.text.split()), 1) if is_title else text_block
    for notes in page.iter(f"{PRESENTATION}notes"):
        frames = [frame for frame in notes if frame.get(f"{PRESENTATION}class") not in NOTES_FURNITURE]
        if text := "\n".join(
            text_block.text for frame in frames for text_block in _shape(frame, 0) if text_block.text.strip()
        ):
            yield TextBlock("paragraph", f"Notes: {text}")


def _shape(shape: etree._Element, depth: int) -> Iterator[TextBlock]:
    """A frame with a box or a table, a drawn shape, or a group of them."""
    if depth > MOST_DEPTH:
        return
    boxes = [box for box in shape if box.tag in (f"{DRAW}text-box", f"{TABLE}table", f"{DRAW}object")]
    for inner in boxes or [shape]:
        if inner.tag == f"{TABLE}table":
            yield from _table(inner, depth)
        elif inner.tag == f"{DRAW}g":
            for child in inner:
                yield from _shape(child, depth + 1)
        elif isinstance(inner.tag, str):
            yield from _blocks(inner, depth)


def _margins(opened: Archive, kind: str) -> Iterator[TextBlock]:
    """What stands above or below the text of every page, once."""
    styles = opened.xml_or_none("styles.xml")
    seen: set[str] = set()
    for margin in styles.iter(f"{{*}}{kind}") if styles is not None else ():
        for text_block in _blocks(margin, 0):
            if text_block.text.strip() and not text_block.text.strip().isdigit() and text_block.text not in seen:
                seen.add(text_block.text)
                yield TextBlock("paragraph", text_block.text)


def _blocks(parent: etree._Element, depth: int) -> Iterator[TextBlock]:
    for element in parent if depth < MOST_DEPTH else ():
        tag = element.tag
        if tag == f"{TEXT}h":
            level = element.get(f"{TEXT}outline-level", "1")
            yield from _paragraph(element, "heading", int(level) if level.isdigit() else 1, depth)
        elif tag == f"{TEXT}p":
            yield from _paragraph(element, "paragraph", 0, depth)
        elif tag == f"{TEXT}list":
            yield from _list(element, depth)
        elif tag == f"{TABLE}table":
            yield from _table(element, depth)
        elif tag in HANGING:
            yield from _hanging(element, depth)
        elif isinstance(tag, str) and tag not in NOT_SHOWN and len(element):
            yield from _blocks(element, depth + 1)


def _list(element: etree._Element, depth: int) -> Iterator[TextBlock]:
    for text_block in _blocks(element, depth + 1):
        is_plain = text_block.kind == "paragraph" and text_block.text.strip()
        yield TextBlock("list_item", f"{BULLET}{text_block.text}") if is_plain else text_block


def _paragraph(element: etree._Element, kind: str, level: int, depth: int) -> Iterator[TextBlock]:
    """A paragraph, and after it what hangs on it: boxes, notes, comments."""
    hanging: list[etree._Element] = []
    text = "".join(_text(element, hanging))
    yield TextBlock(kind, text, level)
    for inner in hanging:
        yield from _hanging(inner, depth)


def _hanging(element: etree._Element, depth: int) -> Iterator[TextBlock]:
    if element.tag in (f"{DRAW}frame", f"{DRAW}custom-shape"):
        yield from _shape(element, depth + 1)
        return
    is_note = element.tag == f"{TEXT}note"
    bodies = element.iter(f"{TEXT}note-body") if is_note else [element]
    text = " ".join(
        text_block.text for body in bodies for text_block in _blocks(body, depth + 1) if text_block.text.strip()
    )
    citation = "".join(mark.text or "" for mark in element.iter(f"{TEXT}note-citation"))
    if text:
        yield TextBlock("paragraph", f"Note {citation}: {text}" if is_note else f"Comment: {text}")


def _text(element: etree._Element, hanging: list[etree._Element]) -> Iterator[str]:
    """The characters of a paragraph. White space in the file is one space; real ones are written out."""
    yield _collapsed(element.text)
    for child in element:
        if child.tag in HANGING:
            hanging.append(child)
        elif child.tag in SPECIAL:
            yield SPECIAL[child.tag]
        elif child.tag == f"{TEXT}s":
            count = child.get(f"{TEXT}c", "1")
            yield " " * min(int(count) if count.isdigit() else 1, MOST_SPACES)
        elif isinstance(child.tag, str) and child.tag not in NOT_SHOWN:
            yield from _text(child, hanging)
        yield _collapsed(child.tail)


def _collapsed(text: str | None) -> str:
    if not text:
        return ""
    squeezed = " ".join(text.split())
    return f"{' ' * text[0].isspace()}{squeezed}{' ' * (text[-1].isspace() and bool(squeezed))}"


def _table(table: etree._Element, depth: int) -> Iterator[TextBlock]:
    """A table; one of a single column is a frame around paragraphs."""
    rows = list(_table_rows(table))
    if all(len(list(_cells(row))) <= 1 for row in rows):
        for row in rows:
            for cell in _cells(row):
                yield from _blocks(cell, depth + 1)
        return
    yield TextBlock("table", table_text([[_cell_text(cell, depth) for cell in _cells(row)] for row in rows]))


def _rows(table: etree._Element) -> Iterator[Row]:
    """Rows of a sheet. What is repeated to its edge is empty; of what is filled, only so much is believed."""
    number = 1
    above: dict[int, tuple[int, str]] = {}  # column → row after the last that a cell spans, its text
    for row in _table_rows(table):
        cells: dict[int, str] = {}
        column = 0
        for cell in _cells(row):
            repeated = _count(cell, "number-columns-repeated")
            if text := _cell_text(cell, 0):
                cells |= dict.fromkeys(range(column, column + min(repeated, MOST_REPEATED)), text)
                if (spanned := _count(cell, "number-rows-spanned")) > 1:
                    above[column] = (number + min(spanned, MOST_REPEATED), text)
            column += repeated
        if cells:  # a row of nothing else is the same title again
            cells |= {one: text for one, (end, text) in above.items() if number < end and one not in cells}
        repeated = _count(row, "number-rows-repeated")
        if cells:
            yield from (Row(number + offset, cells) for offset in range(min(repeated, MOST_REPEATED)))
        number += repeated


def _table_rows(table: etree._Element) -> Iterator[etree._Element]:
    return (row for row in table.iter(f"{TABLE}table-row") if next(row.iterancestors(f"{TABLE}table")) is table)


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    yield from row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell")


def _cell_text(cell: etree._Element, depth: int) -> str:
    return " ".join(
        " ".join(text_block.text.split()) for text_block in _blocks(cell, depth + 1) if text_block.text.strip()
    )


def _count(element: etree._Element, name: str) -> int:
    value = element.get(f"{TABLE}{name}", "1")
    return int(value) if value.isdigit() and len(value) < 9 else 1

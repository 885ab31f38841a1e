"""Word documents (DOCX, DOCM and their templates), read from their XML: text boxes, charts, notes and comments stand where they belong.

Runs in a child process only.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.images.embedded import EmbeddedPictures
from parsing.formats.inner_files import InnerFiles, ParseFile
from parsing.formats.ooxml import drawing, package, pictures
from parsing.formats.ooxml.docx_background import TEXT_BOX, has_backdrop, page_colour, page_pt, roles_of
from parsing.formats.ooxml.docx_line import ANNOTATIONS, CHARTS, OBJECT, PICTURES, WORDS, LineReader
from parsing.formats.ooxml.docx_numbering import USUAL_BULLET
from parsing.formats.ooxml.docx_styles import Styles
from parsing.formats.ooxml.docx_visibility import HiddenRuns
from parsing.formats.ooxml.namespaces import R, W
from parsing.formats.ooxml.package import Archive
from parsing.formats.ooxml.theme import theme_of
from parsing.grid import table_text
from parsing.parser_input import ParserInput, depth_of
from parsing.sections import HIDDEN, TextBlock, sections_of
from parsing.types import Section

NOUN = "Word file"
MAIN_PARTS = re.compile(r"word/document\d*\.xml")
WITHIN = {W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")}
INSERTED = f"{W}altChunk"
OLE_OBJECT = "{urn:schemas-microsoft-com:office:office}OLEObject"
INSERTED_PART, MISSING = "A part of the document", "it is not in the file."
MOST_DEPTH = 40


def parse(source: ParserInput, _: Callable[[int, int], None], parse_file: ParseFile | None = None) -> Iterator[Section]:
    """Headings, paragraphs, lists and tables in order; headers before them, footers after; then the files that are inside.

    Args:
        parse_file: reads files of any kind, see ``parsing.registry.parse``; without it, those inside are only named.

    Raises:
        DocumentUnreadable: damaged, locked, or made to burst.
    """
    with package.opened(source, NOUN) as opened:
        mains = opened.names(MAIN_PARTS)
        if not mains:
            raise package.damaged(NOUN)
        reader = _Reader(opened, mains[0], InnerFiles(parse_file, depth_of(source) + 1))
        for number, section in enumerate(reader.sections(), start=1):
            yield section.model_copy(update={"number": number})


@dataclass
class _Part:
    """A part of the document that has text: what it points to, by id, and the reader of its lines."""

    targets: dict[str, str]
    lines: LineReader


@dataclass
class _Reader:
    """Walks the parts of one document."""

    opened: Archive
    main: str
    files: InnerFiles
    pictures: EmbeddedPictures = field(default_factory=EmbeddedPictures)
    notes: dict[str, dict[str, etree._Element]] = field(default_factory=dict)  # kind → id → its element
    noted: int = 0

    def __post_init__(self) -> None:
        self.document = self.opened.xml(self.main)
        related = list(self.opened.related(self.main))
        self.shown: set[str] = set()  # charts and files inside that were met
        self.inside: list[str] = []
        parts = [(kind, target) for _, kind, target in related]
        by_kind = dict(parts)
        styles, numbering = (self._part(by_kind.get(kind, "")) for kind in ("styles", "numbering"))
        self.styles = Styles(styles, numbering)
        self.around = {kind: [part for one, part in parts if one == kind] for kind in ("header", "footer")}
        self.hidden_runs = self._hidden_runs(styles, self._part(by_kind.get("settings", "")))
        self.part = self._part_of(self.main)
        self.note_parts = {kind: by_kind.get(kind, "") for kind in ANNOTATIONS.values()}
        for kind, name in self.note_parts.items():
            tree = self._part(name)
            self.notes[kind] = {note.get(f"{W}id", ""): note for note in (tree if tree is not None else ())}

    def sections(self) -> Iterator[Section]:
        """All of it, the files inside after the text."""
        yield from sections_of(self._text_blocks())
        for name in dict.fromkeys(self.inside):
            yield from self.files.sections(PurePosixPath(name).name, self.opened.read(name))
        yield from self.files.remarks()
        yield from self.pictures.remark_section()

    def _text_blocks(self) -> Iterator[TextBlock]:
        body = self.document.find(f"{W}body")
        if body is None:
            raise package.damaged(NOUN)
        yield from self._margin("header")
        yield from self._blocks(body, 0)
        yield from self._margin("footer")

    def _part_of(self, name: str) -> _Part:
        targets = {rel_id: target for rel_id, _, target in self.opened.related(name)} if name else {}
        return _Part(targets, LineReader(self.hidden_runs, self.opened.addresses(name) if name else {}))

    @contextmanager
    def _in_part(self, name: str) -> Iterator[None]:
        """While a part is read that hangs on another."""
        around, self.part = self.part, self._part_of(name)
        try:
            yield
        finally:
            self.part = around

    def _hidden_runs(self, styles: etree._Element | None, settings: etree._Element | None) -> HiddenRuns:
        theme = theme_of(self.opened, self.main, roles_of(settings))
        size = page_pt(self.document)
        parts = [self.document, *(self._part(name) for kind in self.around.values() for name in kind)]
        page = page_colour(self.document, settings, theme)
        if any(part is not None and has_backdrop(part, size) for part in parts):
            page = None
        return HiddenRuns(styles, theme, page, size)

    def _part(self, name: str) -> etree._Element | None:
        return self.opened.xml_or_none(name) if name else None

    def _margin(self, kind: str) -> Iterator[TextBlock]:
        """What stands above or below the text of every page, once; not what is a number alone."""
        seen = set()
        for name in self.around[kind]:
            tree = self._part(name)
            with self._in_part(name):
                text_blocks = list(self._blocks(tree, 0)) if tree is not None else []
            for text_block in text_blocks:
                if text_block.kind == HIDDEN:
                    yield text_block
                elif text_block.text not in seen and not text_block.text.strip().isdigit():
                    seen.add(text_block.text)
                    yield TextBlock("table" if text_block.kind == "table" else "paragraph", text_block.text)

    def _blocks(self, parent: etree._Element, depth: int) -> Iterator[TextBlock]:
        for element in parent if depth < MOST_DEPTH else ():
            if element.tag == f"{W}p":
                yield from self._paragraph(element, depth)
            elif element.tag == f"{W}tbl":
                yield from self._table(element, depth)
            elif element.tag in WITHIN:
                yield from self._blocks(element, depth + 1)
            elif element.tag == INSERTED:
                yield from self._inserted(self.part.targets.get(element.get(f"{R}id", ""), ""))

    def _inserted(self, name: str) -> Iterator[TextBlock]:
        """A file whose text is part of the document, in whatever format it is."""
        if not name:
            self.files.named(INSERTED_PART, MISSING)
        elif name not in self.shown:
            self.shown.add(name)
            yield from self.files.text_blocks(PurePosixPath(name).name, self.opened.read(name))

    def _paragraph(self, paragraph: etree._Element, depth: int) -> Iterator[TextBlock]:
        """A paragraph, and after it what hangs on it: boxes, pictures, charts, notes, comments."""
        line = self.part.lines.read(paragraph)
        text = line.text.strip()
        text = text.replace("  ", " ") if line.hidden else text  # what was left out stood between spaces
        look = self.styles.look_of(paragraph)
        if text:
            label = "" if look.level and look.label == USUAL_BULLET else look.label
            yield TextBlock(_kind(look.level, look.is_listed), f"{label}{text}", look.level)
        for one in line.hidden:
            yield TextBlock(HIDDEN, one.text, locator=one.how)
        for element in line.hanging:
            yield from self._hanging(element, depth)

    def _hanging(self, element: etree._Element, depth: int) -> Iterator[TextBlock]:
        if element.tag == TEXT_BOX:
            yield from self._blocks(element, depth + 1)
        elif element.tag in CHARTS:
            yield from self._drawing(element)
        elif element.tag in PICTURES:
            yield from self._picture(element)
        elif element.tag == WORDS:
            yield from pictures.words_for(element.get("descr") or element.get("title"))
        elif element.tag == OBJECT:
            yield from self._object(element)
        else:
            yield from self._annotation(element, depth)

    def _drawing(self, reference: etree._Element) -> Iterator[TextBlock]:
        for rel_id in reference.attrib.values():
            name = self.part.targets.get(rel_id, "")
            tree = self._part(name) if name not in self.shown else None
            self.shown.add(name)
            yield from drawing.text_blocks(tree) if tree is not None else ()

    def _picture(self, element: etree._Element) -> Iterator[TextBlock]:
        rel_id = element.get(f"{R}embed") or element.get(f"{R}id")
        if rel_id:
            yield from pictures.text_blocks(self.opened, self.pictures, self.part.targets.get(rel_id, ""))
        elif element.get(f"{R}link"):
            self.pictures.lost(pictures.MISSING)

    def _object(self, element: etree._Element) -> Iterator[TextBlock]:
        """A file of another program, which is read after the text; or else the picture that is shown of it."""
        found = [self.part.targets.get(one.get(f"{R}id", ""), "") for one in element.iter(OLE_OBJECT)]
        self.inside += filter(None, found)
        if not any(found):
            for picture in element.iter(*PICTURES):
                yield from self._picture(picture)

    def _annotation(self, reference: etree._Element, depth: int) -> Iterator[TextBlock]:
        kind = ANNOTATIONS[reference.tag]
        note = self.notes[kind].pop(reference.get(f"{W}id", ""), None)
        with self._in_part(self.note_parts[kind]):
            text_blocks = list(self._blocks(note, depth + 1)) if note is not None else []
        yield from (text_block for text_block in text_blocks if text_block.kind == HIDDEN)
        text = " ".join(text_block.text for text_block in text_blocks if text_block.kind != HIDDEN)
        if not text:
            return
        self.noted += kind != "comments"
        author = note.get(f"{W}author") if note is not None else None
        yield TextBlock(
            "paragraph", f"Comment by {author}: {text}" if kind == "comments" else f"Note {self.noted}: {text}"
        )

    def _table(self, table: etree._Element, depth: int) -> Iterator[TextBlock]:
        """A table; one of a single column is a frame around paragraphs."""
        rows = [[cell for cell in row.iter(f"{W}tc") if _owner(cell, f"{W}tr") is row] for row in _rows(table)]
        if all(len(row) <= 1 for row in rows):
            for cell in (cell for row in rows for cell in row):
                yield from self._blocks(cell, depth + 1)
            return
        above: dict[int, str] = {}
        hidden: list[TextBlock] = []
        told = [self._cells(row, above, hidden, depth) for row in rows]
        yield TextBlock(
            "table", table_text([cells for cells, _ in told], ends=dict(enumerate(ends for _, ends in told)))
        )
        yield from hidden

    def _cells(
        self, row: list[etree._Element], above: dict[int, str], hidden: list[TextBlock], depth: int
    ) -> tuple[list[str], dict[int, int]]:
        """What the cells of a row say, one that goes on from the row above says it again; and the ends of those over several columns."""
        cells: list[str] = []
        ends: dict[int, int] = {}
        for cell in row:
            text_blocks = list(self._blocks(cell, depth + 1))
            hidden += (text_block for text_block in text_blocks if text_block.kind == HIDDEN)
            text = " ".join(
                " ".join(text_block.text.split()) for text_block in text_blocks if text_block.kind != HIDDEN
            )
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            if merge is not None and merge.get(f"{W}val", "continue") == "continue":
                text = text or above.get(len(cells), "")
            above[len(cells)] = text
            first = len(cells)
            cells.append(text)
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            width = span.get(f"{W}val", "1") if span is not None else "1"
            cells += [""] * (min(int(width), 100) - 1 if width.isdigit() else 0)
            if len(cells) > first + 1:
                ends[first] = len(cells) - 1
        return cells, ends


def _kind(level: int, is_listed: bool) -> str:
    if level:
        return "heading"
    return "list_item" if is_listed else "paragraph"


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for row in table.iter(f"{W}tr"):
        if _owner(row, f"{W}tbl") is table:
            yield row


def _owner(element: etree._Element, tag: str) -> etree._Element | None:
    """The nearest element above of this kind."""
    return next(element.iterancestors(tag), None)

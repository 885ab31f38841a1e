"""Word documents (DOCX, DOCM and their templates), read from their XML: text boxes, charts, notes and comments stand where they belong.

Runs in a child process only.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml import drawing, package
from parsing.formats.ooxml.docx_styles import Styles
from parsing.formats.ooxml.docx_visibility import HiddenRuns, page_colour
from parsing.formats.ooxml.drawing import M_TEXT
from parsing.formats.ooxml.package import Archive
from parsing.grid import table_text
from parsing.parser_input import ParserInput
from parsing.sections import HIDDEN, TextBlock, sections_of
from parsing.types import Section
from parsing.visibility import Hidden

NOUN = "Word file"
MAIN_PARTS = r"word/document\d*\.xml"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TEXT_BOX = f"{W}txbxContent"
DRAWN = {
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart",
    "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds",
}
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
WITHIN = {W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")}
NOT_SHOWN = {W + name for name in ("del", "moveFrom", "instrText", "rPr", "pPr", "delText", "rt")} | {FALLBACK}
SPECIAL = {W + "tab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
ANNOTATIONS = {
    W + "footnoteReference": "footnotes",
    W + "endnoteReference": "endnotes",
    W + "commentReference": "comments",
}
BULLET = "- "
MOST_DEPTH = 40


def parse(source: ParserInput, _: Callable[[int, int], None]) -> Iterator[Section]:
    """Headings, paragraphs, lists and tables in order; headers before them, footers after.

    Raises:
        DocumentUnreadable: damaged, locked, or made to burst.
    """
    with package.opened(source, NOUN) as opened:
        mains = opened.names(MAIN_PARTS)
        if not mains:
            raise package.damaged(NOUN)
        yield from sections_of(_Reader(opened, mains[0]).text_blocks())


@dataclass
class _Reader:
    """Walks the parts of one document."""

    opened: Archive
    main: str
    notes: dict[str, dict[str, etree._Element]] = field(default_factory=dict)  # kind → id → its element
    noted: int = 0

    def __post_init__(self) -> None:
        related = list(self.opened.related(self.main))
        self.drawn = {rel_id: target for rel_id, kind, target in related if kind in drawing.KINDS}
        parts = [(kind, target) for _, kind, target in related]
        by_kind = dict(parts)
        styles, numbering = (self._part(by_kind.get(kind, "")) for kind in ("styles", "numbering"))
        self.styles, self.hidden_runs = Styles(styles, numbering), HiddenRuns(styles)
        self.around = {kind: [part for one, part in parts if one == kind] for kind in ("header", "footer")}
        for kind in ANNOTATIONS.values():
            tree = self._part(by_kind.get(kind, ""))
            self.notes[kind] = {note.get(f"{W}id", ""): note for note in (tree if tree is not None else ())}

    def text_blocks(self) -> Iterator[TextBlock]:
        """All of it."""
        document = self.opened.xml(self.main)
        body = document.find(f"{W}body")
        if body is None:
            raise package.damaged(NOUN)
        self.hidden_runs.page = page_colour(document)
        yield from self._margin("header")
        yield from self._blocks(body, 0)
        yield from self._margin("footer")

    def _part(self, name: str) -> etree._Element | None:
        return self.opened.xml_or_none(name) if name else None

    def _margin(self, kind: str) -> Iterator[TextBlock]:
        """What stands above or below the text of every page, once; not what is a number alone."""
        seen = set()
        for name in self.around[kind]:
            tree = self._part(name)
            for text_block in self._blocks(tree, 0) if tree is not None else ():
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

    def _paragraph(self, paragraph: etree._Element, depth: int) -> Iterator[TextBlock]:
        """A paragraph, and after it what hangs on it: boxes, charts, notes, comments."""
        hanging: list[etree._Element] = []
        hidden: list[Hidden] = []
        text = "".join(self._text(paragraph, hanging, hidden)).strip()
        look = self.styles.look_of(paragraph)
        if text:
            label = look.label or (BULLET if look.is_listed and not look.level else "")
            yield TextBlock(_kind(look.level, look.is_listed), f"{label}{text}", look.level)
        for one in hidden:
            yield TextBlock(HIDDEN, one.text, locator=one.how)
        for element in hanging:
            if element.tag == TEXT_BOX:
                yield from self._blocks(element, depth + 1)
            elif element.tag in DRAWN:
                yield from self._drawing(element)
            else:
                yield from self._annotation(element, depth)

    def _drawing(self, reference: etree._Element) -> Iterator[TextBlock]:
        for rel_id in reference.attrib.values():
            tree = self._part(self.drawn.pop(rel_id, ""))
            yield from drawing.text_blocks(tree) if tree is not None else ()

    def _annotation(self, reference: etree._Element, depth: int) -> Iterator[TextBlock]:
        kind = ANNOTATIONS[reference.tag]
        note = self.notes[kind].pop(reference.get(f"{W}id", ""), None)
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
        yield TextBlock("table", table_text([self._cells(row, above, hidden, depth) for row in rows]))
        yield from hidden

    def _cells(
        self, row: list[etree._Element], above: dict[int, str], hidden: list[TextBlock], depth: int
    ) -> list[str]:
        """What the cells of a row say; one that goes on from the row above says it again."""
        cells: list[str] = []
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
            cells.append(text)
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            width = span.get(f"{W}val", "1") if span is not None else "1"
            cells += [""] * (min(int(width), 100) - 1 if width.isdigit() else 0)
        return cells

    def _text(self, element: etree._Element, hanging: list[etree._Element], hidden: list[Hidden]) -> Iterator[str]:
        """The characters of a paragraph, without boxes and references to notes (``hanging``) and what is not seen (``hidden``)."""
        for child in element:
            tag = child.tag
            if tag in (f"{W}t", M_TEXT):
                yield child.text or ""
            elif tag in SPECIAL:
                yield SPECIAL[tag]
            elif tag == TEXT_BOX or tag in DRAWN or tag in ANNOTATIONS:
                hanging.append(child)
            elif tag == f"{W}r" and (how := self.hidden_runs.how(child)):
                hidden.append(Hidden("".join(self._text(child, hanging, hidden)), how))
            elif tag not in NOT_SHOWN and len(child):
                yield from self._text(child, hanging, hidden)


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

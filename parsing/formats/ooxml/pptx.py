"""PowerPoint presentations (PPTX, PPTM and their templates), read from their XML, a slide to a page. Runs in a child process only."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.images.embedded import EmbeddedPictures
from parsing.formats.inner_files import InnerFiles, ParseFile
from parsing.formats.ooxml import drawing, package, pictures
from parsing.formats.ooxml.drawing import text_of
from parsing.formats.ooxml.namespaces import MC, A, P, R
from parsing.formats.ooxml.package import Archive
from parsing.formats.ooxml.pptx_text import ShapeText, is_struck
from parsing.formats.ooxml.pptx_visibility import Presentation, presentation_of, slide_of
from parsing.formats.ooxml.theme import Theme
from parsing.grid import table_text
from parsing.parser_input import ParserInput, depth_of
from parsing.sections import HIDDEN, TextBlock, page_of
from parsing.types import Section
from parsing.visibility.report import SLIDE_NOT_SHOWN, joined
from parsing.visibility.verdict import struck_out

NOUN = "PowerPoint file"
MAIN_PARTS = re.compile(r"ppt/presentation\d*\.xml")
SLIDE_PARTS = re.compile(r"ppt/slides/slide\d+\.xml")
REL_ID = f"{R}id"
INNER_FILES = ("package", "oleObject")  # kinds of parts
FILMS = ("video", "audio")
FILM = "it is a film or a sound, which is not read."
PICTURE_BULLET = f"{A}buBlip"
SHAPES = {P + name for name in ("sp", "grpSp", "graphicFrame", "cxnSp", "pic")}
ALTERNATIVES = f"{MC}AlternateContent"
TITLES = ("title", "ctrTitle")
FURNITURE = ("dt", "ftr", "sldNum", "hdr", "sldImg")  # of the notes page: date, footer, number, picture of the slide
ROW_HEIGHT = 200_000  # EMU (0.56 cm): shapes whose tops differ by less stand beside each other
MOST_DEPTH = 40


def parse(
    source: ParserInput, on_progress: Callable[[int, int], None], parse_file: ParseFile | None = None
) -> Iterator[Section]:
    """Every slide as a section, empty ones too, so that section n is slide n: title, texts, pictures, tables, notes, comments. Then the
    files inside.

    Args:
        parse_file: reads files of any kind, see ``parsing.registry.parse``; without it, those inside are only named.

    Raises:
        DocumentUnreadable: damaged, locked, or made to burst.
    """
    with package.opened(source, NOUN) as opened:
        slides, presentation = _slides(opened)
        if not slides and not _is_empty(opened):
            raise package.damaged(NOUN)
        deck = _Deck(opened, presentation, InnerFiles(parse_file, depth_of(source) + 1))
        damaged = 0
        for number, name in enumerate(slides, start=1):
            tree = opened.xml_or_none(name)
            damaged += tree is None
            yield _unread(number) if tree is None else _section(deck, name, tree, number)
            on_progress(number, len(slides))
        if slides and damaged == len(slides):
            raise package.damaged(NOUN)
        for number, section in enumerate(deck.sections(), start=len(slides) + 1):
            yield section.model_copy(update={"number": number})


@dataclass
class _Deck:
    """What the slides share. ``names`` are entries of files of other programs, in the order they are met."""

    opened: Archive
    presentation: Presentation
    files: InnerFiles
    pictures: EmbeddedPictures = field(default_factory=EmbeddedPictures)
    names: list[str] = field(default_factory=list)
    written: dict[str, list[TextBlock]] = field(default_factory=dict)  # in pictures, by their entry

    def sections(self) -> Iterator[Section]:
        """The files inside, and what is to be said of them and of the pictures."""
        for name in dict.fromkeys(self.names):
            yield from self.files.sections(PurePosixPath(name).name, self.opened.read(name))
        yield from self.files.remarks()
        yield from self.pictures.remark_section()


def _section(deck: _Deck, name: str, tree: etree._Element, number: int) -> Section:
    section = page_of(_Slide(deck, name, tree).text_blocks(), number, number)
    said = joined(SLIDE_NOT_SHOWN if tree.get("show") in ("0", "false") else None, section.hidden)
    return section.model_copy(update={"hidden": said})


def _slides(opened: Archive) -> tuple[list[str], Presentation]:
    """The parts of the slides, in the order they are shown or in that of their names when nothing says, and what they share."""
    presentation = Presentation()
    for main in opened.names(MAIN_PARTS):
        targets = {rel_id: target for rel_id, kind, target in opened.related(main) if kind == "slide"}
        tree = opened.xml_or_none(main)
        presentation = presentation_of(tree)
        listed = [one.get(REL_ID, "") for one in tree.iter(f"{P}sldId")] if tree is not None else []
        if found := [targets[rel_id] for rel_id in listed if rel_id in targets]:
            return found, presentation
    return opened.names(SLIDE_PARTS), presentation


def _is_empty(opened: Archive) -> bool:
    """True for a whole presentation in which there is no slide yet."""
    mains = (opened.xml_or_none(main) for main in opened.names(MAIN_PARTS))
    return any(tree is not None and next(tree.iter(f"{P}sldId"), None) is None for tree in mains)


def _unread(number: int) -> Section:
    warning = f"Slide {number} is damaged and could not be read."
    return Section(number=number, page=number, text="", warning=warning)


class _Slide:
    """Reads one slide."""

    def __init__(self, deck: _Deck, name: str, tree: etree._Element) -> None:
        self._deck = deck
        self._opened = deck.opened
        self._tree = tree
        self._look = slide_of(deck.opened, name, tree, deck.presentation)
        self._related = {rel_id: (kind, target) for rel_id, kind, target in deck.opened.related(name)}
        self._text = ShapeText(deck.opened.addresses(name))
        self._shown: list[str] = []  # entries of its pictures

    def text_blocks(self) -> Iterator[TextBlock]:
        """All of it. A picture that was read on a slide before is read again where there is nothing else."""
        found = list(self._found())
        yield from found
        if not any(one.text.strip() and one.kind != HIDDEN for one in found):
            yield from (text_block for name in self._shown for text_block in self._deck.written.get(name, ()))

    def _found(self) -> Iterator[TextBlock]:
        """Its shapes, the picture behind them, notes, comments."""
        yield from self._shapes(self._tree.find(f"{P}cSld/{P}spTree"), 0)
        yield from self._pictures(self._tree.find(f"{P}cSld/{P}bg"))
        for kind, target in self._related.values():
            if kind == "notesSlide":
                yield from _notes(self._opened, target)
            elif kind == "comments":
                yield from _comments(self._opened, target)
            elif kind in FILMS:
                self._deck.files.named(PurePosixPath(target).name, FILM)

    def _shapes(self, parent: etree._Element | None, depth: int) -> Iterator[TextBlock]:
        """Titles first, then what stands higher, then what stands further left."""
        if parent is None or depth > MOST_DEPTH:
            return
        for shape in sorted(_children(parent), key=_position):
            if how := self._look.how(shape):
                yield TextBlock(HIDDEN, "\n".join(map(text_of, shape.iter(f"{A}p"))), locator=how)
            elif shape.tag == f"{P}grpSp":
                yield from self._shapes(shape, depth + 1)
            else:
                yield from self._hidden_runs(shape)
                yield from self._shape(shape)

    def _shape(self, shape: etree._Element) -> Iterator[TextBlock]:
        if shape.tag in (f"{P}graphicFrame", f"{P}pic"):
            names = next(shape.iter(f"{P}cNvPr"), None)
            yield from pictures.words_for(names.get("descr") or names.get("title") if names is not None else None)
        yield from self._frame(shape) if shape.tag == f"{P}graphicFrame" else self._texts(shape)
        if shape.tag in (f"{P}pic", f"{P}sp"):
            yield from self._pictures(shape)
        if address := self._text.address(shape):
            yield TextBlock("paragraph", address)

    def _hidden_runs(self, shape: etree._Element) -> Iterator[TextBlock]:
        """Take runs out that are not seen, or do not hold any more."""
        for run in list(shape.iter(f"{A}r")):
            text = "".join(text.text or "" for text in run.iter(f"{A}t"))
            if how := self._look.how_run(shape, run) or (struck_out(text) if is_struck(run) else ""):
                yield TextBlock(HIDDEN, text, locator=how)
                run.getparent().remove(run)

    def _texts(self, shape: etree._Element) -> Iterator[TextBlock]:
        lines = list(self._text.lines(shape))
        if _placeholder(shape) in TITLES:
            yield TextBlock("heading", " ".join(" ".join(text for _, text in lines).split()), 1)
            return
        for paragraph, text in lines:
            yield TextBlock("paragraph", text, gap="\n" if _is_inner(paragraph) else "\n\n")

    def _pictures(self, holder: etree._Element | None) -> Iterator[TextBlock]:
        for blip in holder.iter(f"{A}blip") if holder is not None else ():
            if blip.getparent().tag != PICTURE_BULLET:
                _, target = self._related.get(blip.get(f"{R}embed", ""), ("", ""))
                self._shown.append(target)
                if found := list(pictures.text_blocks(self._opened, self._deck.pictures, target)):
                    self._deck.written[target] = found
                    yield from found

    def _frame(self, frame: etree._Element) -> Iterator[TextBlock]:
        """A table, a chart, a diagram or a file of another program."""
        for table in frame.iter(f"{A}tbl"):
            rows = [[self._cell(cell) for cell in row.iter(f"{A}tc")] for row in table.iter(f"{A}tr")]
            yield TextBlock("table", table_text(rows))
        ids = dict.fromkeys(value for element in frame.iter() for value in element.attrib.values())
        found = [self._related[rel_id] for rel_id in ids if rel_id in self._related]
        for kind, target in found:
            if kind in drawing.KINDS:
                tree = self._opened.xml_or_none(target)
                yield from drawing.text_blocks(tree) if tree is not None else ()
            elif kind in INNER_FILES:
                self._deck.names.append(target)
        if not any(kind in INNER_FILES for kind, _ in found):
            yield from self._pictures(frame)

    def _cell(self, cell: etree._Element) -> str:
        return " ".join(" ".join(text for _, text in self._text.lines(cell)).split())


def _children(parent: etree._Element) -> Iterator[etree._Element]:
    for child in parent:
        if child.tag in SHAPES:
            yield child
        elif child.tag == ALTERNATIVES and len(child):
            yield from (shape for shape in child[0] if shape.tag in SHAPES)


def _position(shape: etree._Element) -> tuple[int, int, int]:
    """Where a shape stands. Placeholders without a place of their own come in the order of the file, before what has one."""
    if _placeholder(shape) in TITLES:
        return (0, 0, 0)
    offset = next(shape.iter(f"{A}off", f"{P}off"), None)
    if offset is None:
        return (1, 0, 0)
    try:
        return (2, int(offset.get("y", 0)) // ROW_HEIGHT, int(offset.get("x", 0)))
    except ValueError:
        return (1, 0, 0)


def _placeholder(shape: etree._Element) -> str | None:
    found = next(shape.iter(f"{P}ph"), None) if shape.tag == f"{P}sp" else None
    return found.get("type", "body") if found is not None else None


def _is_inner(paragraph: etree._Element) -> bool:
    """True for all paragraphs of a box but its first."""
    return paragraph.getprevious() is not None and paragraph.getprevious().tag == f"{A}p"


def _notes(opened: Archive, name: str) -> Iterator[TextBlock]:
    tree = opened.xml_or_none(name)
    if tree is not None:
        yield from drawing.take_out(tree, Theme())
    shapes = (
        [shape for shape in tree.iter(f"{P}sp") if _placeholder(shape) not in FURNITURE] if tree is not None else []
    )
    lines = [text for shape in shapes for paragraph in shape.iter(f"{A}p") if (text := text_of(paragraph))]
    if lines:
        yield TextBlock("paragraph", "Notes: " + "\n".join(lines))


def _comments(opened: Archive, name: str) -> Iterator[TextBlock]:
    tree = opened.xml_or_none(name)
    for comment in tree.iter("{*}cm") if tree is not None else ():
        text = " ".join(part.text or "" for part in comment.iter(f"{P}text", f"{A}t", "{*}text") if part.text)
        if text.strip():
            yield TextBlock("paragraph", f"Comment: {text}")

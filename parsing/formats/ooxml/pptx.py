"""PowerPoint presentations (PPTX, PPTM and their templates), read from their XML, a slide to a page. Runs in a child process only."""

from collections.abc import Callable, Iterator

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml import drawing, package
from parsing.formats.ooxml.drawing import A, text_of
from parsing.formats.ooxml.package import Archive
from parsing.formats.ooxml.pptx_visibility import Slide, size_of_slides, slide_of
from parsing.grid import table_text
from parsing.parser_input import ParserInput
from parsing.sections import HIDDEN, TextBlock, page_of
from parsing.types import Section
from parsing.visibility import SLIDE_NOT_SHOWN, joined

NOUN = "PowerPoint file"
MAIN_PARTS = r"ppt/presentation\d*\.xml"
SLIDE_PARTS = r"ppt/slides/slide\d+\.xml"
REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
SHAPES = {P + name for name in ("sp", "grpSp", "graphicFrame", "cxnSp", "pic")}
ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
TITLES = ("title", "ctrTitle")
FURNITURE = ("dt", "ftr", "sldNum", "hdr", "sldImg")  # of the notes page: date, footer, number, picture of the slide
ROW_HEIGHT = 200_000  # EMU (0.56 cm): shapes whose tops differ by less stand beside each other
MOST_DEPTH = 40


def parse(source: ParserInput, on_progress: Callable[[int, int], None]) -> Iterator[Section]:
    """Every slide as a section, empty ones too, so that section n is slide n: title, texts, tables, notes, comments.

    Raises:
        DocumentUnreadable: damaged, locked, or made to burst.
    """
    with package.opened(source, NOUN) as opened:
        slides, size = _slides(opened)
        if not slides:
            raise package.damaged(NOUN)
        damaged = 0
        for number, name in enumerate(slides, start=1):
            tree = opened.xml_or_none(name)
            damaged += tree is None
            if tree is None:
                yield _unread(number)
            else:
                section = page_of(_slide(opened, name, tree, size), number, number)
                is_hidden = tree.get("show") in ("0", "false")
                said = joined(SLIDE_NOT_SHOWN if is_hidden else None, section.hidden)
                yield section.model_copy(update={"hidden": said})
            on_progress(number, len(slides))
        if damaged == len(slides):
            raise package.damaged(NOUN)


def _slides(opened: Archive) -> tuple[list[str], tuple[int, int] | None]:
    """The parts of the slides, in the order they are shown or in that of their names when nothing says, and the size of a slide."""
    size = None
    for main in opened.names(MAIN_PARTS):
        targets = {rel_id: target for rel_id, kind, target in opened.related(main) if kind == "slide"}
        tree = opened.xml_or_none(main)
        size = size_of_slides(tree)
        listed = [one.get(REL_ID, "") for one in tree.iter(f"{P}sldId")] if tree is not None else []
        if found := [targets[rel_id] for rel_id in listed if rel_id in targets]:
            return found, size
    return opened.names(SLIDE_PARTS), size


def _unread(number: int) -> Section:
    warning = f"Slide {number} is damaged and could not be read."
    return Section(number=number, page=number, text="", warning=warning)


def _slide(opened: Archive, name: str, tree: etree._Element, size: tuple[int, int] | None) -> Iterator[TextBlock]:
    look = slide_of(opened, name, tree, size)
    related = {rel_id: (kind, target) for rel_id, kind, target in opened.related(name)}
    yield from _shapes(tree.find(f"{P}cSld/{P}spTree"), look, opened, related, 0)
    for kind, target in related.values():
        if kind == "notesSlide":
            yield from _notes(opened, target)
        elif kind == "comments":
            yield from _comments(opened, target)


def _shapes(
    parent: etree._Element | None, look: Slide, opened: Archive, related: dict[str, tuple[str, str]], depth: int
) -> Iterator[TextBlock]:
    """Titles first, then what stands higher, then what stands further left."""
    if parent is None or depth > MOST_DEPTH:
        return
    for shape in sorted(_children(parent), key=_position):
        if how := look.how(shape):
            yield TextBlock(HIDDEN, "\n".join(map(text_of, shape.iter(f"{A}p"))), locator=how)
        elif shape.tag == f"{P}grpSp":
            yield from _shapes(shape, look, opened, related, depth + 1)
        elif shape.tag == f"{P}graphicFrame":
            yield from _frame(shape, opened, related)
        else:
            yield from _hidden_runs(shape, look)
            yield from _texts(shape)


def _hidden_runs(shape: etree._Element, look: Slide) -> Iterator[TextBlock]:
    """Take runs out that are not seen."""
    for run in list(shape.iter(f"{A}r")):
        if how := look.how_run(shape, run):
            yield TextBlock(HIDDEN, "".join(text.text or "" for text in run.iter(f"{A}t")), locator=how)
            run.getparent().remove(run)


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


def _texts(shape: etree._Element) -> Iterator[TextBlock]:
    if _placeholder(shape) in TITLES:
        yield TextBlock("heading", " ".join(" ".join(map(text_of, shape.iter(f"{A}p"))).split()), 1)
        return
    for paragraph in shape.iter(f"{A}p"):
        yield TextBlock("paragraph", text_of(paragraph), gap="\n" if _is_inner(paragraph) else "\n\n")


def _is_inner(paragraph: etree._Element) -> bool:
    """True for all paragraphs of a box but its first."""
    return paragraph.getprevious() is not None and paragraph.getprevious().tag == f"{A}p"


def _frame(frame: etree._Element, opened: Archive, related: dict[str, tuple[str, str]]) -> Iterator[TextBlock]:
    """A table, a chart or a diagram."""
    for table in frame.iter(f"{A}tbl"):
        rows = [
            [" ".join(" ".join(map(text_of, cell.iter(f"{A}p"))).split()) for cell in row.iter(f"{A}tc")]
            for row in table.iter(f"{A}tr")
        ]
        yield TextBlock("table", table_text(rows))
    ids = {value for element in frame.iter() for value in element.attrib.values()}
    for rel_id, (kind, target) in related.items():
        if rel_id in ids and kind in drawing.KINDS:
            tree = opened.xml_or_none(target)
            yield from drawing.text_blocks(tree) if tree is not None else ()


def _notes(opened: Archive, name: str) -> Iterator[TextBlock]:
    tree = opened.xml_or_none(name)
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

"""XML to text: documents of known kinds as their readers see them, all else by its names. Runs in a child process only."""

from collections.abc import Callable, Iterator

from lxml import etree  # type: ignore[import-untyped]

from core.errors import DocumentUnreadable
from parsing.formats.data import flat, prose, spreadsheet, svg, word
from parsing.formats.data.branches import Branch, text_blocks
from parsing.formats.data.encoded import readable
from parsing.formats.data.lenient import NOUN, Tree, tree_of
from parsing.formats.html.reader import html_text_blocks
from parsing.formats.text.plain import text_blocks as plain_blocks
from parsing.parser_input import ParserInput, size_of
from parsing.sections import sections_of
from parsing.types import Section

MOST_BYTES = 100 * 1024**2
MOST_DEPTH = 200
PAGE_MARKS = ("</p>", "<br", "</a>", "</div>", "</li>", "<p>", "<img ")
DAMAGED = "This XML file is damaged; what could be read of it is searched."

Progress = Callable[[int, int], None]


def parse(source: ParserInput, on_progress: Progress) -> Iterator[Section]:
    """XML of any kind.

    Raises:
        DocumentUnreadable: too large, without text, or not safe.
    """
    if size_of(source) > MOST_BYTES:
        raise DocumentUnreadable(
            f"This {NOUN} is larger than the {MOST_BYTES // 1024**2} MB that can be read of its kind."
        )
    tree = tree_of(source.read_bytes())
    sections = _sections(tree, on_progress)
    if not tree.is_damaged:
        yield from sections
        return
    for number, section in enumerate(sections):
        yield section if number else section.model_copy(update={"warning": DAMAGED})


def _sections(tree: Tree, on_progress: Progress) -> Iterator[Section]:
    root = tree.root
    if root is None:
        return sections_of(plain_blocks(tree.text))
    if (whole := flat.unfolded(root)) is not None:
        return flat.parse(whole, on_progress)
    if spreadsheet.is_workbook(root):
        return spreadsheet.sections(root)
    if word.is_word(root):
        return flat.parse(word.as_docx(root), on_progress)
    if svg.is_drawing(root):
        return svg.sections(root)
    if prose.is_prose(root):
        return prose.sections(root)
    branch = _branch(root, "" if tree.is_joined else f"/{local(root)}", 0)
    if tree.is_joined:
        branch.name = ""
    return sections_of(text_blocks(branch, 0))


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def _branch(element: etree._Element, locator: str, depth: int) -> Branch:
    if depth > MOST_DEPTH:
        raise DocumentUnreadable(f"This {NOUN} is nested too deeply to be read.")
    name = local(element)
    attributes = [
        Branch(etree.QName(key).localname, readable(value.strip()), [], f"{locator}/@{etree.QName(key).localname}")
        for key, value in element.attrib.items()
        if value.strip()
    ]
    children = [child for child in element if isinstance(child.tag, str)]
    if not children or _is_prose(element, children):
        return Branch(name, _shown("".join(element.itertext())), attributes, locator)
    parts = []
    counts: dict[str, int] = {}
    for child in children:
        counts[child.tag] = counts.get(child.tag, 0) + 1
        parts.append(_branch(child, f"{locator}/{local(child)}[{counts[child.tag]}]", depth + 1))
    return Branch(name, " ".join((element.text or "").split()), [*attributes, *parts], locator)


def _is_prose(element: etree._Element, children: list[etree._Element]) -> bool:
    """True for a text with marks in it (``<p>one <b>word</b> more</p>``), at its end too."""
    if any((child.tail or "").strip() for child in children):
        return True
    return bool((element.text or "").strip()) and not any(len(child) for child in children)


def _shown(text: str) -> str:
    """A text on one line; one that is a page itself, as news feeds have it, without its marks."""
    if any(mark in text for mark in PAGE_MARKS):
        text = " ".join(block.text for block in html_text_blocks(text) if block.kind != "hidden")
    return " ".join(readable(text).split())

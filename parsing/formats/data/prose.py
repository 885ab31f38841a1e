"""Books, manuals and articles in XML (FictionBook, DITA, DocBook, JATS, TEI), from beginning to end. Runs in a child process only."""

import re
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

from parsing.grid import table_text
from parsing.sections import TextBlock, sections_of
from parsing.types import Section

_ROOTS = """fictionbook topic concept task reference troubleshooting glossentry glossgroup dita map bookmap book article chapter section
sect1 part set refentry appendix preface tei tei.2 teicorpus dmodule document"""
_TITLES = "title head booktitle book-title article-title mainbooktitle glossterm reftitle refname subtitle navtitle"
_PARAGRAPHS = """p para simpara v l ab text-author shortdesc abstract cmd info stepresult def glossdef date author translator name term
caption"""
_ITEMS = "li listitem item step substep choice member sli"
_PARTS = """section sect1 sect2 sect3 sect4 sect5 chapter part topic concept task reference troubleshooting sec div div1 div2 div3
appendix preface glossentry refsect1 refsect2"""
ROOTS, TITLES, PARAGRAPHS = frozenset(_ROOTS.split()), frozenset(_TITLES.split()), frozenset(_PARAGRAPHS.split())
ITEMS, PARTS = frozenset(_ITEMS.split()), frozenset(_PARTS.split())
TABLES = frozenset(("table", "informaltable", "simpletable", "choicetable", "properties"))
ROWS = frozenset(("tr", "row", "strow", "sthead", "chrow", "chhead", "property", "prophead"))
CODE = frozenset(("codeblock", "programlisting", "screen", "pre", "literallayout", "synopsis"))
BLOCKS = TITLES | PARAGRAPHS | ITEMS | TABLES | CODE
LEFT_OUT = frozenset(("binary", "stylesheet", "style", "script"))
NOTES = frozenset(("footnote", "fn"))
PICTURE = "binary"
LINKS = ("href", "{http://www.w3.org/1999/xlink}href", "url", "target")
ADDRESS = re.compile(r"(?:https?://|mailto:)\S{1,2000}")
LEAST_PROSE = 0.3  # of the text, in paragraphs
MOST_DEPTH = 200
BULLET = "- "
PICTURES_NOT_READ = "Pictures in this document were not read: {count}."


def is_prose(root: etree._Element) -> bool:
    """True for a document of these kinds: by the name of its root, and by how much of it stands in paragraphs."""
    if name_of(root).lower() not in ROOTS:
        return False
    depth = within = whole = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        is_start, name = event == "start", name_of(element)
        depth += (1 if is_start else -1) * (name in PARAGRAPHS)
        length = len(((element.text if is_start else element.tail) or "").strip()) if name not in LEFT_OUT else 0
        whole += length
        within += length if depth else 0
    return within > 0 and within >= LEAST_PROSE * whole


def sections(root: etree._Element) -> Iterator[Section]:
    """Its sections; pictures are counted."""
    number = 0
    for section in sections_of(_blocks(root, _holders(root), -(name_of(root) in PARTS), 0)):
        number = section.number
        yield section
    pictures = sum(name_of(one) == PICTURE for one in root)
    if pictures:
        yield Section(number=number + 1, text="", warning=PICTURES_NOT_READ.format(count=pictures))


def name_of(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def _holders(root: etree._Element) -> set[etree._Element]:
    """The elements that hold blocks, which are no blocks of their own then. Notes hang on words and count for none."""
    found: set[etree._Element] = set()
    for element in root.iter(etree.Element):
        if name_of(element) not in BLOCKS:
            continue
        line: list[etree._Element] = []
        for above in element.iterancestors():
            if name_of(above) in NOTES:
                line = []
                break
            if above in found:
                break
            line.append(above)
        found.update(line)
    return found


def _blocks(element: etree._Element, holders: set[etree._Element], level: int, depth: int) -> Iterator[TextBlock]:
    name = name_of(element)
    if name in LEFT_OUT or depth > MOST_DEPTH:
        return
    if name in TITLES:
        yield TextBlock("heading", _text(element), level + 1)
    elif name in CODE:
        yield TextBlock("code", "".join(element.itertext()))
    elif name in TABLES and (rows := [_cells(row) for row in element.iter(etree.Element) if name_of(row) in ROWS]):
        yield from (TextBlock("paragraph", _text(one)) for one in element if name_of(one) in TITLES)
        yield TextBlock("table", table_text(rows))
    elif element in holders:
        yield from _inside(element, holders, level + (name in PARTS), depth)
    elif text := _text(element):
        yield TextBlock("list_item", f"{BULLET}{text}") if name in ITEMS else TextBlock("paragraph", text)


def _inside(element: etree._Element, holders: set[etree._Element], level: int, depth: int) -> Iterator[TextBlock]:
    """The blocks of an element that holds some, and words of its own before and between them."""
    mark = BULLET if name_of(element) in ITEMS else ""
    for block in _parts(element, holders, level, depth):
        yield TextBlock("list_item", f"{mark}{block.text}") if mark and block.kind == "paragraph" else block
        mark = ""


def _parts(element: etree._Element, holders: set[etree._Element], level: int, depth: int) -> Iterator[TextBlock]:
    if own := _squeezed(element.text):
        yield TextBlock("paragraph", own)
    for child in element:
        if isinstance(child.tag, str):
            yield from _blocks(child, holders, level, depth + 1)
        if tail := _squeezed(child.tail):
            yield TextBlock("paragraph", tail)


def _cells(row: etree._Element) -> list[str]:
    return [_text(cell) for cell in row if isinstance(cell.tag, str)]


def _text(element: etree._Element) -> str:
    """The words of a block on one line: what is marked within stays in it, addresses and notes stand behind their words."""
    parts: list[str] = []
    is_apart = not (element.text or "").strip() and name_of(element) not in PARAGRAPHS - {
        "author",
        "translator",
        "name",
    }
    for event, one in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if event == "start":
            parts.append(f" (Note: {one.text or ''}" if name_of(one) in NOTES else one.text or "")
            continue
        if event == "end":
            parts.append(_closing(one))
        if one is not element:
            parts.append(one.tail or (" " if is_apart and event == "end" else ""))
    return _squeezed("".join(parts))


def _closing(element: etree._Element) -> str:
    """What stands behind the words of an element within a block."""
    if name_of(element) in NOTES:
        return ")"
    found = next((match for name in LINKS if (match := ADDRESS.fullmatch(element.get(name, "")))), None)
    address = found[0].removeprefix("mailto:") if found else ""
    return f" ({address})" if address and address != (element.text or "").strip() else ""


def _squeezed(text: str | None) -> str:
    return " ".join((text or "").split())

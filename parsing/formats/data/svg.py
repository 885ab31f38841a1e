"""Drawings (SVG): their titles, descriptions and labels, not their lines. Runs in a child process only."""

import re
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

from parsing.sections import HIDDEN, TextBlock, sections_of
from parsing.types import Section
from parsing.visibility.verdict import MARKED

SVG = "{http://www.w3.org/2000/svg}"
NAMED = ("title", "desc")
LINK = "{http://www.w3.org/1999/xlink}href"
PICTURES_NOT_READ = "Pictures in this drawing were not read: {count}."
NOT_SHOWN = re.compile(r"(?:display\s{0,5}:\s{0,5}none|visibility\s{0,5}:\s{0,5}hidden)")


def is_drawing(root: etree._Element) -> bool:
    """True for a drawing, with its namespace or without."""
    return _name(root) == "svg"


def sections(root: etree._Element) -> Iterator[Section]:
    """Its labels in the order of the file; pictures are counted."""
    number = 0
    for section in sections_of(_blocks(root)):
        number = section.number
        yield section
    pictures = sum(_name(element) == "image" for element in root.iter(etree.Element))
    if pictures:
        yield Section(number=number + 1, text="", warning=PICTURES_NOT_READ.format(count=pictures))


def _blocks(root: etree._Element) -> Iterator[TextBlock]:
    for element in root.iter(etree.Element):
        name, parent = _name(element), element.getparent()
        if name == "title" and parent is root:
            yield TextBlock("heading", _squeezed("".join(element.itertext())), 1)
        elif name in NAMED:
            yield TextBlock("paragraph", _squeezed("".join(element.itertext())))
        elif name == "text" and (text := "\n".join(_lines(element))):
            yield (
                TextBlock(HIDDEN, text, locator=MARKED)
                if _is_hidden(element)
                else TextBlock("paragraph", text, gap="\n")
            )
        elif name == "foreignObject":
            yield TextBlock("paragraph", _squeezed(" ".join(element.itertext())), gap="\n")


def _lines(text: etree._Element) -> Iterator[str]:
    """The lines of a label: a part that has a place of its own begins one."""
    parts: list[str] = []
    for piece in text.iter(etree.Element):
        if _name(piece) in NAMED:
            continue
        if piece is not text and (piece.get("y") is not None or _is_moved(piece)) and parts:
            yield from _filled(parts)
            parts = []
        parts.append(piece.text or "")
        if piece is not text:
            parts.append(piece.tail or "")
    yield from _filled(parts)


def _is_moved(piece: etree._Element) -> bool:
    return (piece.get("dy") or "0").strip("0.emptx ") != ""


def _filled(parts: list[str]) -> Iterator[str]:
    if line := _squeezed("".join(parts)):
        yield line


def _is_hidden(text: etree._Element) -> bool:
    """True for a label that is switched off, itself or with its group."""
    return any(
        one.get("display") == "none"
        or one.get("visibility") == "hidden"
        or NOT_SHOWN.search(one.get("style", "")) is not None
        for one in (text, *text.iterancestors())
    )


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _squeezed(text: str) -> str:
    return " ".join(text.split())

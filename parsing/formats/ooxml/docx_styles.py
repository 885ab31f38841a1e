"""What a Word document's styles and numbering make of a paragraph: a heading, an item of a list, and the number before it."""

import re
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.docx_numbering import Numbering, number_in, value_of
from parsing.formats.ooxml.namespaces import W
from parsing.visibility.cascade import Cascade

HEADING = re.compile(r"heading\s*(\d)", re.IGNORECASE)
TITLES = {"title": 1, "subtitle": 2}
BODY_TEXT = 9  # the outline level of what is no heading


@dataclass(frozen=True, slots=True)
class Look:
    """What a paragraph is. ``level`` is 1 and more for headings, else 0; ``label`` is its number and a space, or empty."""

    level: int
    is_listed: bool
    label: str


@dataclass(frozen=True, slots=True)
class _Style:
    level: int = 0
    list_id: str = ""
    depth: int = 0


class Styles:
    """The styles of one document. Numbers are counted as paragraphs are asked about, so each is asked about once, in order.

    Args:
        styles, numbering: the parts of these names; None when the document has none.
    """

    def __init__(self, styles: etree._Element | None, numbering: etree._Element | None) -> None:
        self._cascade = styles_of(styles)
        self._styles: dict[str, _Style] = {}
        self._numbering = Numbering(
            numbering, {one.get(f"{W}styleId", ""): _list_id(one) for one in _all(styles, "style")}
        )

    def look_of(self, paragraph: etree._Element) -> Look:
        """What a paragraph is."""
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return Look(0, False, "")
        style = self._style(value_of(properties, "pStyle"))
        outline = value_of(properties, "outlineLvl")
        level = _outline_level(outline) if outline else style.level
        numbered = properties.find(f"{W}numPr")
        list_id, depth = style.list_id, style.depth
        if numbered is not None:
            list_id = value_of(numbered, "numId") or list_id
            depth = number_in(value_of(numbered, "ilvl"), depth)
        is_listed = list_id not in ("", "0")
        return Look(level, is_listed, self._numbering.label(list_id, depth) if is_listed else "")

    def _style(self, style_id: str) -> _Style:
        if style_id not in self._styles:
            self._styles[style_id] = self._resolved(style_id)
        return self._styles[style_id]

    def _resolved(self, style_id: str) -> _Style:
        """A style with what it takes from those it is based on."""
        level: int | None = None
        list_id, depth = "", 0
        for style in self._cascade.line(style_id):
            level = level if level is not None else _style_level(style)
            numbered = style.find(f"{W}pPr/{W}numPr")
            if numbered is not None and not list_id:
                list_id = value_of(numbered, "numId")
                made_for = self._numbering.depth_for(list_id, style.get(f"{W}styleId", ""))
                usual = made_for if made_for is not None else level - 1 if level else 0
                depth = number_in(value_of(numbered, "ilvl"), usual)
        return _Style(level or 0, list_id, max(depth, 0))


def styles_of(part: etree._Element | None) -> Cascade[str, etree._Element]:
    """The styles of a document by their id; None when it has no part of this name."""
    styles = {style.get(f"{W}styleId", ""): style for style in _all(part, "style")}
    return Cascade(styles, lambda style: value_of(style, "basedOn"))


def _style_level(style: etree._Element) -> int | None:
    """The heading level that a style gives of itself; 0 for none at all, None when it leaves that to its base."""
    name = value_of(style, "name").lower()
    if found := HEADING.fullmatch(name):
        return int(found[1])
    if name in TITLES:
        return TITLES[name]
    outline = value_of(style.find(f"{W}pPr"), "outlineLvl")
    return _outline_level(outline) if outline else None


def _outline_level(value: str) -> int:
    level = number_in(value, BODY_TEXT)
    return level + 1 if level < BODY_TEXT else 0


def _list_id(style: etree._Element) -> str:
    return value_of(style.find(f"{W}pPr/{W}numPr"), "numId")


def _all(tree: etree._Element | None, name: str) -> list[etree._Element]:
    return list(tree.iter(f"{W}{name}")) if tree is not None else []

"""What a Word document's styles and numbering make of a paragraph: a heading, an item of a list, and the number before it."""

import re
from collections import defaultdict
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HEADING = re.compile(r"heading\s*(\d)", re.IGNORECASE)
TITLES = {"title": 1, "subtitle": 2}
BODY_TEXT = 9  # the outline level of what is no heading
MOST_BASES = 20
BULLETS = ("bullet", "none", "")
ROMAN_VALUES = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)
ROMAN_LETTERS = ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i")
MOST_ROMAN = 3999


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


@dataclass(frozen=True, slots=True)
class _Level:
    """One depth of a numbering: its format, its text (``%1.%2``), where it starts."""

    form: str
    text: str
    start: int


class Styles:
    """The styles of one document. Numbers are counted as paragraphs are asked about, so each is asked about once, in order.

    Args:
        styles, numbering: the parts of these names; None when the document has none.
    """

    def __init__(self, styles: etree._Element | None, numbering: etree._Element | None) -> None:
        self._elements = {style.get(f"{W}styleId", ""): style for style in _all(styles, "style")}
        self._styles: dict[str, _Style] = {}
        self._lists = {one.get(f"{W}numId", ""): _value(one, "abstractNumId") for one in _all(numbering, "num")}
        self._levels = {one.get(f"{W}abstractNumId", ""): _levels(one) for one in _all(numbering, "abstractNum")}
        self._counts: defaultdict[str, dict[int, int]] = defaultdict(dict)

    def look_of(self, paragraph: etree._Element) -> Look:
        """What a paragraph is."""
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return Look(0, False, "")
        style = self._style(_value(properties, "pStyle"))
        outline = _value(properties, "outlineLvl")
        level = _outline_level(outline) if outline else style.level
        numbered = properties.find(f"{W}numPr")
        list_id, depth = style.list_id, style.depth
        if numbered is not None:
            list_id = _value(numbered, "numId") or list_id
            depth = _number(_value(numbered, "ilvl"), depth)
        is_listed = list_id not in ("", "0")
        return Look(level, is_listed, self._label(list_id, depth) if is_listed else "")

    def _style(self, style_id: str) -> _Style:
        if style_id not in self._styles:
            self._styles[style_id] = self._resolved(style_id)
        return self._styles[style_id]

    def _resolved(self, style_id: str) -> _Style:
        """A style with what it takes from those it is based on."""
        level: int | None = None
        list_id, depth = "", 0
        for _ in range(MOST_BASES):
            style = self._elements.get(style_id)
            if style is None:
                break
            level = level if level is not None else _style_level(style)
            numbered = style.find(f"{W}pPr/{W}numPr")
            if numbered is not None and not list_id:
                list_id, depth = _value(numbered, "numId"), _number(_value(numbered, "ilvl"), level - 1 if level else 0)
            style_id = _value(style, "basedOn")
        return _Style(level or 0, list_id, max(depth, 0))

    def _label(self, list_id: str, depth: int) -> str:
        """The next number of a list, as it is printed; empty for bullets."""
        kind = self._lists.get(list_id, "")
        levels = self._levels.get(kind, {})
        level = levels.get(depth)
        if level is None or level.form in BULLETS:
            return ""
        counts = self._counts[kind]
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]

        def printed(found: re.Match[str]) -> str:
            other = int(found[1]) - 1
            one = levels.get(other, level)
            return _counted(counts.get(other, one.start), one.form)

        label = re.sub(r"%(\d)", printed, level.text).strip()
        return f"{label} " if label else ""


def _style_level(style: etree._Element) -> int | None:
    """The heading level that a style gives of itself; 0 for none at all, None when it leaves that to its base."""
    name = _value(style, "name").lower()
    if found := HEADING.fullmatch(name):
        return int(found[1])
    if name in TITLES:
        return TITLES[name]
    outline = _value(style.find(f"{W}pPr"), "outlineLvl")
    return _outline_level(outline) if outline else None


def _outline_level(value: str) -> int:
    level = _number(value, BODY_TEXT)
    return level + 1 if level < BODY_TEXT else 0


def _levels(numbering: etree._Element) -> dict[int, _Level]:
    return {
        _number(level.get(f"{W}ilvl", ""), 0): _Level(
            _value(level, "numFmt"), _value(level, "lvlText"), _number(_value(level, "start"), 1)
        )
        for level in numbering.iter(f"{W}lvl")
    }


def _counted(number: int, form: str) -> str:
    if form in ("upperLetter", "lowerLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if 0 < number < 1000 else str(number)
        return letter.upper() if form.startswith("upper") else letter
    if form in ("upperRoman", "lowerRoman") and 0 < number <= MOST_ROMAN:
        roman = ""
        for value, letters in zip(ROMAN_VALUES, ROMAN_LETTERS, strict=True):
            roman += letters * (number // value)
            number %= value
        return roman.upper() if form.startswith("upper") else roman
    return f"{number:02d}" if form == "decimalZero" else str(number)


def _all(tree: etree._Element | None, name: str) -> list[etree._Element]:
    return list(tree.iter(f"{W}{name}")) if tree is not None else []


def _value(parent: etree._Element | None, name: str) -> str:
    child = parent.find(f"{W}{name}") if parent is not None else None
    return child.get(f"{W}val", "") if child is not None else ""


def _number(text: str, default: int) -> int:
    return int(text) if text.isdigit() else default

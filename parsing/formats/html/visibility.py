"""What a page of HTML holds and does not show: taken out before the page is read. Runs in a child process only."""

import re
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.html import tree
from parsing.formats.html.box_look import PX, hiding_box
from parsing.formats.html.cascade import Element, Look, PageStyles, SheetOf, TooMuch
from parsing.formats.html.declarations import COLOUR, IMAGE, INHERIT, LETTERS, UNKNOWN
from parsing.formats.html.states import States
from parsing.visibility import verdict
from parsing.visibility.colour import BLACK, TRANSPARENT, WHITE, Colour
from parsing.visibility.geometry import UNITS_PT
from parsing.visibility.verdict import MARKED, Verdict

# Without one of these, nothing is hidden, and the page is left as it is.
SIGNS = re.compile(r"style|color|\bhidden\b|<link", re.IGNORECASE)
NOTHING = "<!---->"  # what is left of an element that was taken out
NEVER_SHOWN = ("script", "style", "head", "template", "noscript", "title")
PICTURES = ("svg", "canvas", "object", "video", "iframe", "math")  # what is in them has rules of its own
OUT_OF_FLOW = ("absolute", "fixed", "sticky", UNKNOWN)
LAYERED = re.compile(r"position\s*:\s*(?:absolute|fixed|sticky)", re.IGNORECASE)
SUNKEN = re.compile(r"z-index\s*:\s*-", re.IGNORECASE)
PLAIN = ("", "none", "normal", "initial", "auto", "0", "0px")
SIZE = re.compile(r"((?:\d++(?:\.\d*+)?|\.\d++))([a-z]++|%|)")
MEDIUM_PX = 16.0
NAMED_PX = {
    "xx-small": 9.0,
    "x-small": 10.0,
    "small": 13.0,
    "medium": MEDIUM_PX,
    "large": 18.0,
    "x-large": 24.0,
    "xx-large": 32.0,
    "initial": MEDIUM_PX,
}
MOST_DEPTH = 250
DOCTYPE_WITHIN = 2000  # characters; a page without one is laid out as in the nineties


def shown(text: str, sheet_of: SheetOf = lambda _: None) -> tuple[str, list[Verdict]]:
    """A page without what it does not show, and that; the very same text when it hides nothing.

    Args:
        sheet_of: gives the style sheet of an address, where it is at hand.
    """
    root = tree.parse(text) if SIGNS.search(text) else None
    if root is None:
        return text, []
    _add_bodies(root)
    try:
        page = _Page(root, sheet_of, is_quirky="<!doctype" not in text[:DOCTYPE_WITHIN].lower())
        page.look_at(Element.from_html_root(root), page.start, 0)
    except TooMuch:
        return text, []
    for element, is_whole in page.found:
        (_remove if is_whole else _take_own_text)(element)
    return (tree.markup(root).replace(NOTHING, ""), page.hidden) if page.hidden else (text, [])


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What an element has from those around it.

    Attributes:
        colour: of text; None when it cannot be told.
        behind: the colour behind it; None when that is a picture or cannot be told.
        size_px: None when it cannot be told.
        has_fill: ``colour`` is that of ``-webkit-text-fill-color``, which goes before ``color``.
        is_drawn: an outline, a shadow or the background shows the letters, whatever their colour.
    """

    colour: Colour | None = BLACK
    behind: Colour | None = WHITE
    size_px: float | None = MEDIUM_PX
    is_visible: bool = True
    has_fill: bool = False
    is_drawn: bool = False

    def how(self) -> str:
        """Why text of it is not seen; empty when it is."""
        return verdict.Look(
            is_marked=not self.is_visible,
            size_pt=None if self.size_px is None else self.size_px * UNITS_PT["px"],
            colour=None if self.is_drawn else self.colour,
            behind=self.behind,
        ).how()


class _Page:
    """Finds the outermost elements that are not shown, and those that are but for their own text.

    Attributes:
        found: elements, and whether they are hidden with all that is in them.
    """

    def __init__(self, root: etree._Element, sheet_of: SheetOf, *, is_quirky: bool) -> None:
        self._styles = PageStyles(root, sheet_of)
        self._states = States(root, self._styles)
        self._is_quirky = is_quirky
        declared = {f"{one.name}:{one.value}" for rule in self._styles.rules for one in rule.declarations}
        declared.update(root.xpath("//@style"))
        self._has_layers = any(map(LAYERED.search, declared))
        schemes = (one.get("content", "") for one in root.iter("meta") if one.get("name", "").lower() == "color-scheme")
        is_known = not any("dark" in one for one in schemes) and not any(map(SUNKEN.search, declared))
        self.start = _Inherited(behind=WHITE if is_known else None)
        self.found: list[tuple[etree._Element, bool]] = []
        self.hidden: list[Verdict] = []

    def look_at(self, element: Element, above: _Inherited, depth: int) -> None:
        """An element and all in it."""
        look = self._styles.look_of(element)
        inner = element.etree_element
        if (box := hiding_box(look)) and not self._states.may_open(element, box.names):
            self.found.append((inner, True))
            self._say(" ".join(inner.itertext()), box.how)
            return
        here = self._inherited(element, look, above)
        own = _own_text(inner)
        if own.strip() and (how := here.how()) and not (how != MARKED and self._may_look_otherwise(element)):
            self.found.append((inner, False))
            self._say(own, how)
        for child in element.iter_children() if depth < MOST_DEPTH else ():
            if child.etree_element.tag not in NEVER_SHOWN:
                self.look_at(child, here, depth + 1)

    def _say(self, text: str, how: str) -> None:
        if words := " ".join(text.split()):
            self.hidden.append(Verdict(words, how))

    def _may_look_otherwise(self, element: Element) -> bool:
        """True when another state of the page may give the element, or what is behind it, another colour or size."""
        return any(self._states.may_change(one, LETTERS) for one in (element, *element.ancestors))

    def _inherited(self, element: Element, look: Look, above: _Inherited) -> _Inherited:
        tag = element.etree_element.tag
        if not look and tag != "table" and tag not in PICTURES:
            return above
        colour, has_fill = _letters(look, above)
        return _Inherited(
            colour=None if tag in PICTURES else colour,
            behind=_behind(element.etree_element, look, above.behind, self._has_layers),
            size_px=_size_px(look, MEDIUM_PX if self._is_quirky and tag == "table" else above.size_px),
            is_visible=self._is_visible(element, look, above),
            has_fill=has_fill,
            is_drawn=above.is_drawn or _is_drawn(look),
        )

    def _is_visible(self, element: Element, look: Look, above: _Inherited) -> bool:
        said = look.get("visibility", INHERIT)
        if said == INHERIT:
            return above.is_visible
        return said not in ("hidden", "collapse") or self._states.may_open(element, ("visibility",))


def _letters(look: Look, above: _Inherited) -> tuple[Colour | None, bool]:
    """The colour of text, and whether it is one that goes before others."""
    fill = look.get("-webkit-text-fill-color", INHERIT)
    if fill != INHERIT:
        return _colour(fill), True
    if above.has_fill or (said := look.get("color", INHERIT)) == INHERIT or said == "currentcolor":
        return above.colour, above.has_fill
    return _colour(said), False


@lru_cache(maxsize=4096)
def _colour(value: str) -> Colour | None:
    return BLACK if value == "initial" else Colour.from_css(value)


def _is_drawn(look: Look) -> bool:
    """True when something other than their colour may show letters."""
    if "text" in look.get("background-clip", "") or look.get("background-clip") == UNKNOWN:
        return True
    return any(look.get(name, "") not in (*PLAIN, INHERIT) for name in ("text-shadow", "-webkit-text-stroke"))


def _behind(element: etree._Element, look: Look, above: Colour | None, has_layers: bool) -> Colour | None:
    """The colour behind an element; None when it is a picture, or cannot be told."""
    if _is_blended(look) or look.get(IMAGE, "none") not in PLAIN or element.tag in PICTURES:
        return None
    if element.tag == "table" and any(_is_painted(one) for one in element.iter("col", "colgroup")):
        return None
    said = look.get(COLOUR, "")
    own = TRANSPARENT if said in ("", "none", "initial") else _colour(said)
    if own is None or own.alpha == 1:
        return own
    below = None if _is_overlaid(look, has_layers) else above
    return own.over(below) if below and own.is_seen else below


def _is_blended(look: Look) -> bool:
    """True when colours may not be those that are declared."""
    said = {name: look.get(name, "") for name in ("mix-blend-mode", "filter", "box-shadow", "color-scheme")}
    marks = ("invert", "inset", "dark", UNKNOWN)
    return said["mix-blend-mode"] not in PLAIN or any(mark in value for value in said.values() for mark in marks)


def _is_overlaid(look: Look, has_layers: bool) -> bool:
    """True for an element that may be put over others: what is around it need not be behind it.

    Args:
        has_layers: the page has elements that others may be put over.
    """
    if look.get("position", "") in OUT_OF_FLOW or (has_layers and look.get("position") == "relative"):
        return True
    if any(look.get(name, "") not in PLAIN for name in ("grid-area", "transform", "translate")):
        return True
    return any(look.get(name, "").startswith(("-", UNKNOWN)) for name in ("margin-top", "margin-left"))


def _is_painted(column: etree._Element) -> bool:
    return any(column.get(name) for name in ("bgcolor", "style", "class", "background"))


def _size_px(look: Look, above_px: float | None) -> float | None:
    """The size of type in pixels, relative to what is around it where it says so; None when it cannot be told."""
    said = look.get("font-size", INHERIT)
    if said == INHERIT or said in NAMED_PX:
        return NAMED_PX.get(said, above_px)
    found = SIZE.fullmatch(said)
    if not found:
        return None
    number, unit = float(found[1]), found[2] or "px"
    if unit in ("em", "%"):
        return above_px * number / (100 if unit == "%" else 1) if above_px is not None else None
    if unit == "rem":
        return MEDIUM_PX * number
    return number * PX[unit] if unit in PX else (0.0 if number == 0 else None)


def _own_text(element: etree._Element) -> str:
    """The text of an element, without that of those in it."""
    return " ".join((element.text or "", *(child.tail or "" for child in element)))


def _take_own_text(element: etree._Element) -> None:
    element.text = " "
    for child in element:
        child.tail = " "


def _add_bodies(root: etree._Element) -> None:
    """Put rows into the bodies of their tables that browsers add, and selectors may name."""
    for table in list(root.iter("table")):
        body = None
        for child in list(table):
            if child.tag == "tr":
                if body is None:
                    body = etree.Element("tbody")
                    child.addprevious(body)
                body.append(child)
            elif isinstance(child.tag, str):
                body = None


def _remove(element: etree._Element) -> None:
    """Take an element out, and leave what follows it."""
    parent = element.getparent()
    if parent is not None:
        mark = etree.Comment()  # to put what follows at the end of what stands before takes longer with each element
        mark.tail = element.tail
        parent.replace(element, mark)

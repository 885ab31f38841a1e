"""What a page of HTML holds and does not show: taken out before the page is read. Runs in a child process only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.html import tree
from parsing.visibility import COVERED, INVISIBLE, MARKED, OFF_PAGE, SAME_COLOUR, TINY, Hidden

# Without one of these, nothing is hidden, and the page is left as it is.
SIGNS = re.compile(
    r"display|visibility|opacity|font-size|font\s*:|text-indent|left\s*:|top\s*:|clip|color|overflow|\bhidden\b|<!--",
    re.IGNORECASE,
)
NEVER_SHOWN = ("script", "style", "head", "template", "noscript", "title")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
AT_RULE = re.compile(r"@(?:media|supports|container|layer)[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.IGNORECASE)
SIMPLE = re.compile(r"([a-z][a-z0-9]*)?(?:([.#])([\w-]+))?", re.IGNORECASE)
LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|%|ex|mm|cm|in)?")
PX = {"pt": 4 / 3, "em": 16.0, "rem": 16.0, "ex": 8.0, "mm": 3.78, "cm": 37.8, "in": 96.0, "%": 0.16}
TINY_PX, FAR_PX = 1.5, -900.0
NAMED = {
    "white": "ffffff",
    "black": "000000",
    "transparent": "",
    "snow": "fffafa",
    "ivory": "fffff0",
    "ghostwhite": "f8f8ff",
}
CLOSE = 24
MOST_RULES = 5000
MOST_DEPTH = 250
WHITE = (255, 255, 255)

Look = Mapping[str, str]  # CSS property → value
Colour = tuple[int, int, int]


def shown(text: str) -> tuple[str, list[Hidden]]:
    """A page without what it does not show, and that; the very same text when it hides nothing."""
    root = tree.parse(text) if SIGNS.search(text) else None
    if root is None:
        return text, []
    page = _Page(_rules(root))
    page.look_at(root, _Inherited(), 0)
    for element in page.found:
        _remove(element)
    return (tree.markup(root), page.hidden) if page.hidden else (text, [])


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What an element has from those around it.

    Attributes:
        colour: of text; None when nothing says.
        behind: the colour behind it; None when that is a picture or cannot be told.
    """

    colour: Colour | None = None
    behind: Colour | None = WHITE
    size_px: float = 16.0
    is_visible: bool = True

    def how(self) -> str:
        """Why text of it is not seen; empty when it is."""
        if not self.is_visible:
            return MARKED
        if self.size_px < TINY_PX:
            return TINY
        return SAME_COLOUR if self.colour and self.behind and _is_close(self.colour, self.behind) else ""


class _Page:
    """Finds the outermost elements that are not shown, and takes out text that is not, of elements that hold more than it."""

    def __init__(self, rules: Mapping[str, dict[str, str]]) -> None:
        self._rules = rules
        self.found: list[etree._Element] = []
        self.hidden: list[Hidden] = []

    def look_at(self, element: etree._Element, above: _Inherited, depth: int) -> None:
        """An element and all in it."""
        look = self._look(element)
        if how := _how(element, look):
            self.found.append(element)
            self._say(" ".join(element.itertext()), how)
            return
        here = _inherited(look, above)
        if how := here.how():
            self._say(_take_own_text(element), how)
        for child in element if depth < MOST_DEPTH else ():
            if isinstance(child.tag, str) and child.tag not in NEVER_SHOWN:
                self.look_at(child, here, depth + 1)

    def _say(self, text: str, how: str) -> None:
        if words := " ".join(text.split()):
            self.hidden.append(Hidden(words, how))

    def _look(self, element: etree._Element) -> dict[str, str]:
        """Its declarations, those of its own attributes last."""
        names = [element.tag, *(f".{name}" for name in element.get("class", "").split()), f"#{element.get('id', '')}"]
        names += [f"{element.tag}{name}" for name in names[1:]]
        look: dict[str, str] = {}
        for name in names:
            look |= self._rules.get(name, {})
        if element.tag == "font" and element.get("color"):
            look["color"] = element.get("color", "")
        if element.get("bgcolor"):
            look["background-color"] = element.get("bgcolor", "")
        if element.get("background"):
            look["background"] = "url()"
        return look | _declarations(element.get("style", ""))


def _inherited(look: Look, above: _Inherited) -> _Inherited:
    size = look.get("font-size", "") or _size_in(look.get("font", ""))
    return _Inherited(
        _colour(look.get("color", "")) or above.colour,
        _behind(look, above.behind),
        _size_px(size, above.size_px),
        look["visibility"] == "visible" if "visibility" in look else above.is_visible,
    )


def _size_px(said: str, above_px: float) -> float:
    """The size of type in pixels, relative to what is around it where it says so."""
    found = LENGTH.fullmatch(said)
    if not found:
        return above_px
    number, unit = float(found[1]), found[2] or "px"
    if unit in ("em", "%"):
        return above_px * number / (100 if unit == "%" else 1)
    return number * PX.get(unit, 1.0)


def _how(element: etree._Element, look: Look) -> str:
    """Why an element is not shown with all that is in it; empty when it may be."""
    if element.get("hidden") is not None or look.get("display") == "none":
        return MARKED
    if (opacity := _length(look.get("opacity", ""))) is not None and opacity < 0.03:
        return INVISIBLE
    if (indent := _length(look.get("text-indent", ""))) is not None and indent <= FAR_PX:
        return OFF_PAGE
    if look.get("position") in ("absolute", "fixed"):
        sides = [_length(look.get(side, "")) for side in ("left", "top", "right", "bottom")]
        if any(side is not None and side <= FAR_PX for side in sides):
            return OFF_PAGE
    return COVERED if _is_clipped(look) else ""


def _is_clipped(look: Look) -> bool:
    """True for a box of no size that cuts off what does not fit."""
    if look.get("overflow") not in ("hidden", "clip"):
        return False
    sizes = [_length(look.get(side, "")) for side in ("height", "width", "max-height", "max-width")]
    return any(size is not None and size <= 1 for size in sizes)


def _behind(look: Look, above: Colour | None) -> Colour | None:
    """The colour behind an element; None when it is a picture, or cannot be told."""
    value = look.get("background-color") or look.get("background", "")
    if not value:
        return None if look.get("background-image") else above
    if "url(" in value or "gradient" in value or look.get("background-image"):
        return None
    if value.split()[0] in ("transparent", "none", "inherit", "initial"):
        return above
    return next((colour for word in re.split(r"\s+(?![^(]*\))", value) if (colour := _colour(word))), None)


def _take_own_text(element: etree._Element) -> str:
    """Take out the text of an element, not that of those in it."""
    texts = [element.text or "", *(child.tail or "" for child in element)]
    if any(text.strip() for text in texts):
        element.text = " "
        for child in element:
            child.tail = " "
    return " ".join(texts)


def _rules(root: etree._Element) -> dict[str, dict[str, str]]:
    """Declarations by simple selector (``p``, ``.note``, ``p.note``, ``#x``), from the page's own style sheets."""
    rules: dict[str, dict[str, str]] = {}
    for sheet in root.iter("style"):
        text = AT_RULE.sub("", COMMENT.sub("", sheet.text_content()))
        for selectors, body in RULE.findall(text)[:MOST_RULES]:
            look = _declarations(body)
            for selector in selectors.split(",") if look else ():
                name = selector.strip()
                if name and SIMPLE.fullmatch(name):
                    rules.setdefault(name, {}).update(look)
    return rules


def _declarations(text: str) -> dict[str, str]:
    parts = (part.partition(":") for part in text.split(";"))
    return {
        name.strip().lower(): value.replace("!important", "").strip().lower()
        for name, _, value in parts
        if value.strip()
    }


def _length(value: str) -> float | None:
    """In pixels, roughly; None when it says none."""
    found = LENGTH.fullmatch(value)
    return float(found[1]) * PX.get(found[2] or "", 1.0) if found else None


def _size_in(font: str) -> str:
    """The size in ``font: italic 1px/2 Arial``."""
    return next((found[0] for word in font.split() if (found := LENGTH.match(word)) and found[2]), "")


def _colour(value: str) -> Colour | None:
    value = NAMED.get(value.strip(), value.strip())
    if numbers := re.fullmatch(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)\s*(?:[,/]\s*([\d.]+%?)\s*)?\)", value):
        return int(numbers[1]), int(numbers[2]), int(numbers[3])
    digits = value.lstrip("#")
    if re.fullmatch("[0-9a-f]{3}", digits):
        digits = "".join(2 * digit for digit in digits)
    return (
        (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16))
        if re.fullmatch("[0-9a-f]{6}", digits)
        else None
    )


def _is_close(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) <= CLOSE for a, b in zip(one, other, strict=True))


def _remove(element: etree._Element) -> None:
    """Take an element out, and leave what follows it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)

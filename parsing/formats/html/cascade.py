"""What the style sheets of a page, its attributes and the browser say of an element, and which of it wins."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, SupportsIndex

from cssselect2 import ElementWrapper, Matcher  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.html.declarations import COLOUR, IMAGE, KNOWN, UNKNOWN, Declaration, of_style
from parsing.formats.html.sheets import Rule, read_sheet
from parsing.visibility.colour import Colour

Look = Mapping[str, str]  # property → its value in small letters, or UNKNOWN
SheetOf = Callable[[str], str | None]  # address → a style sheet; None when it is not at hand
Key = tuple[bool, bool, int, tuple[int, int, int], int]  # important, of the element itself, layer, specificity, order
Said = tuple[Key, str, bool]  # its rank, the value, whether it holds for certain

MOST_STEPS = 10_000_000  # from element to element, in all selectors of a page
STEPS_OF_RULE = 10  # what taking a rule into account costs, beside a step
MOST_CSS_CHARS = 1_000_000
CSS_TYPES = ("", "text/css")
WITHOUT_SCRIPTS = "(scripting: none)"
NO_WEIGHT = (0, 0, 0)
BROWSER, HINTS, UNLAYERED, ELSEWHERE = -2, -1, 1_000_000, 1_000_001  # ranks beside those of layers
LINK_BLUE, MARK_YELLOW = "#0000ee", "#ffff00"
OF_FORMS = (
    "button",
    "input",
    "select",
    "textarea",
    "dialog",
    "meter",
    "progress",
)  # their backgrounds are the browser's


class TooMuch(Exception):
    """A page whose styles take too long to be judged."""


class Steps:
    """How far selectors may still look around on a page."""

    def __init__(self) -> None:
        self._left = MOST_STEPS

    def take(self, count: int = 1) -> None:
        """Raises TooMuch at the end."""
        self._left -= count
        if self._left < 0:
            raise TooMuch


class Element(ElementWrapper):  # type: ignore[misc]
    """An element for selectors. Where they look is counted; the library's lists of all elements before each would fill the memory."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps: Steps = self.parent.steps if self.parent is not None else Steps()

    @property
    def ancestors(self) -> Iterator["Element"]:
        """Those above, the nearest first."""
        return self._walk("parent")

    @property
    def previous_siblings(self) -> Iterator["Element"]:
        """Those before, the nearest first."""
        return self._walk("previous")

    @cached_property
    def etree_children(self) -> list[etree._Element]:
        """The elements in it, without comments."""
        return _Children((child for child in self.etree_element if isinstance(child.tag, str)), self.steps)

    def iter_subtree(self) -> Iterator["Element"]:
        """It and all in it."""
        for element in super().iter_subtree():
            self.steps.take()
            yield element

    def _walk(self, way: str) -> Iterator["Element"]:
        element = getattr(self, way)
        while element is not None:
            self.steps.take()
            yield element
            element = getattr(element, way)


class _Children(list[etree._Element]):
    """Elements, whose parts are counted when they are copied."""

    def __init__(self, children: Iterator[etree._Element], steps: Steps) -> None:
        super().__init__(children)
        self._steps = steps

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        found = super().__getitem__(index)
        if isinstance(index, slice):
            self._steps.take(len(found))
        return found


class _Matcher(Matcher):  # type: ignore[misc]
    """Finds the rules for an element, which are counted as well."""

    @staticmethod
    def add_relevant_selectors(element: Element, selectors: list[Any], relevant_selectors: list[Any]) -> None:
        """As the library does."""
        element.steps.take(len(selectors))
        Matcher.add_relevant_selectors(element, selectors, relevant_selectors)


class PageStyles:
    """The styles of one page.

    Attributes:
        rules: of all its sheets, in order.
    """

    def __init__(self, root: etree._Element, sheet_of: SheetOf) -> None:
        self.rules: list[Rule] = []
        self._is_whole = True  # False while a sheet is elsewhere
        self._layers: dict[str, int] = {}
        for text, media in self._sheets(root, sheet_of):
            sheet = read_sheet(text, media)
            self._is_whole = self._is_whole and sheet.is_whole
            self.rules += sheet.rules
            for layer in sheet.layers:
                self._layers.setdefault(layer, len(self._layers))
        self._matcher = _Matcher()
        for rule in self.rules:
            self._matcher.add_selector(rule.selector.compiled, rule)

    def look_of(self, element: Element) -> Look:
        """What is declared of an element. UNKNOWN stands for a value that something may give it that cannot be judged."""
        said: defaultdict[str, list[Said]] = defaultdict(list)
        for name, one in self._all(element):
            said[name].append(one)
        if not self._is_whole:
            for name in KNOWN:
                said[name].append(((False, False, ELSEWHERE, NO_WEIGHT, 0), UNKNOWN, False))
        return {name: value for name, listed in said.items() if (value := _winner(listed))}

    def _sheets(self, root: etree._Element, sheet_of: SheetOf) -> Iterator[tuple[str, str]]:
        """The texts of its sheets, each with the media that it is for."""
        left = MOST_CSS_CHARS
        for element in root.iter("style", "link"):
            text: str | None = element.text_content()
            if element.tag == "link":
                words = f"{element.get('rel', '')} {element.get('as', '')}".lower().split()
                if "stylesheet" not in words and "style" not in words:
                    continue
                text = sheet_of(element.get("href", ""))
            elif element.get("type", "").strip().lower() not in CSS_TYPES:
                continue
            if text is None or len(text) > left:
                self._is_whole = False
                continue
            left -= len(text)
            is_spare = next(element.iterancestors("noscript"), None) is not None
            yield text, WITHOUT_SCRIPTS if is_spare else element.get("media", "")

    def _all(self, element: Element) -> Iterator[tuple[str, Said]]:
        """All that is declared of an element, each with its rank."""
        for rank, declaration in _of_browser(element.etree_element):
            yield declaration.name, ((False, False, rank, NO_WEIGHT, 0), declaration.value, True)
        for _, order, _, rule in self._matcher.match(element):
            if rule.selector.pseudo:
                if any(one.name in (COLOUR, IMAGE) for one in rule.declarations):
                    yield IMAGE, ((True, True, ELSEWHERE, NO_WEIGHT, 0), UNKNOWN, False)
                continue
            element.steps.take(STEPS_OF_RULE)
            layer = self._layers[rule.layer] if rule.layer else UNLAYERED
            for one in rule.declarations:
                rank = -layer if one.is_important else layer
                yield (
                    one.name,
                    ((one.is_important, False, rank, rule.selector.specificity, order), one.value, rule.is_certain),
                )
        if style := element.etree_element.get("style"):
            may_be_named = not self._is_whole and bool(element.id or element.classes)  # by an important rule elsewhere
            for one in of_style(style):
                is_certain = one.is_important or not may_be_named
                yield one.name, ((one.is_important, True, 0, NO_WEIGHT, 0), one.value, is_certain)


def _winner(listed: list[Said]) -> str:
    """The value that wins; empty when nothing is declared after all, UNKNOWN when one that may not hold says something else."""
    values: set[str] = set()
    listed.sort(key=lambda one: one[0])
    while listed:  # of equals, the last wins
        _, value, is_certain = listed.pop()
        values.add(value)
        if is_certain:
            break
    else:
        values.add("")
    return values.pop() if len(values) == 1 else UNKNOWN


def _of_browser(element: etree._Element) -> Iterator[tuple[int, Declaration]]:
    """What browsers do without any style sheet, and attributes that stand for styles."""
    if element.get("hidden") not in (None, "until-found"):
        yield BROWSER, Declaration("display", "none")
    if element.tag == "a" and element.get("href") is not None:
        yield BROWSER, Declaration("color", LINK_BLUE)
    elif element.tag == "mark":
        yield from ((BROWSER, Declaration(COLOUR, MARK_YELLOW)), (BROWSER, Declaration("color", "#000000")))
    elif element.tag in OF_FORMS:
        yield from ((BROWSER, Declaration(IMAGE, UNKNOWN)), (BROWSER, Declaration("color", UNKNOWN)))
    if (
        colour := element.get("color")
        if element.tag == "font"
        else element.get("text")
        if element.tag == "body"
        else None
    ):
        yield HINTS, Declaration("color", _old_colour(colour))
    if (colour := element.get("bgcolor", "transparent")).strip().lower() not in ("", "transparent"):
        yield HINTS, Declaration(COLOUR, _old_colour(colour))
    if element.get("background"):
        yield HINTS, Declaration(IMAGE, UNKNOWN)


def _old_colour(text: str) -> str:
    """A colour of an attribute, where digits need no ``#``."""
    found = Colour.from_css(text.strip()) or Colour.from_hex(text.strip())
    return f"rgb({found.red} {found.green} {found.blue})" if found else UNKNOWN

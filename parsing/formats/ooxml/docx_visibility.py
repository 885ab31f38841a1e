"""Runs of a Word document that nobody sees: marked as hidden, in the colour of what is behind them, without size, off the page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.docx_background import OFF, TWIPS, Backgrounds
from parsing.formats.ooxml.docx_place import Place, place_of
from parsing.formats.ooxml.docx_styles import styles_of
from parsing.formats.ooxml.namespaces import W
from parsing.formats.ooxml.theme import Theme, fill_of
from parsing.visibility.colour import TRANSPARENT, WHITE, Colour
from parsing.visibility.verdict import Look

W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
WHOLE = 100_000  # how DrawingML writes one
HALVES = 2  # in a point
USUAL_PT = 12.0
SEEN = Place()


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """What a paragraph gives to its runs: ``styles`` are properties of runs (``rPr``), nearest first."""

    element: etree._Element | None = None
    style: str | None = None
    styles: tuple[etree._Element, ...] = ()
    locator: Place = SEEN


class HiddenRuns:
    """Tells why a run is not seen. Runs are asked about in the order of the document.

    Args:
        part: the styles of the document; None when there are none.
        page: colour of the page; None when it cannot be told.
        page_pt: its width and height.
    """

    def __init__(
        self,
        part: etree._Element | None,
        theme: Theme | None = None,
        page: Colour | None = WHITE,
        page_pt: tuple[float, float] | None = None,
    ) -> None:
        self._styles = styles_of(part)
        self._defaults = part.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr") if part is not None else None
        usual = part.iterfind(f"{W}style[@{W}default='1']") if part is not None else ()
        self._usual = {style.get(f"{W}type", ""): style.get(f"{W}styleId") for style in usual}
        self._theme = theme or Theme()
        self._backgrounds = Backgrounds(self._styles, self._theme, page)
        self._page_pt = page_pt
        self._paragraph = _Paragraph()
        self._around: tuple[Colour | None, ...] | None = (
            None  # what the paragraph has behind it, once a run wants to know
        )

    def how(self, run: etree._Element) -> str:
        """Why a run (``w:r``) is not seen; empty when it is."""
        own = run.find(f"{W}rPr")
        paragraph = self._paragraph_of(run)
        layers = [*self._of_run(own), *paragraph.styles]
        size_pt = self._size_pt(layers, paragraph.locator)
        if not layers and size_pt is None and paragraph.locator == SEEN:
            return ""
        colour = self._colour(layers)
        return Look(
            is_marked=self._is_vanished(own, paragraph),
            size_pt=size_pt,
            is_outside=paragraph.locator.is_outside,
            is_covered=paragraph.locator.is_covered,
            colour=colour,
            behind=self._behind(layers, paragraph) if colour else None,
        ).how()

    def _behind(self, layers: list[etree._Element], paragraph: _Paragraph) -> Colour | None:
        if self._around is None and paragraph.element is not None:
            self._around = tuple(self._backgrounds.around(paragraph.element, paragraph.style))
        return self._backgrounds.behind(layers, self._around or ())

    def _paragraph_of(self, run: etree._Element) -> _Paragraph:
        element = next(run.iterancestors(f"{W}p"), None)
        if element is not None and element is not self._paragraph.element:
            named = element.find(f"{W}pPr/{W}pStyle")
            style = named.get(f"{W}val") if named is not None else self._usual.get("paragraph")
            properties = [element.find(f"{W}pPr"), *(one.find(f"{W}pPr") for one in self._styles.line(style))]
            locator = place_of(element, [one for one in properties if one is not None], self._page_pt)
            self._paragraph = _Paragraph(element, style, tuple(self._of_styles(element, style)), locator)
            self._around = None
        return self._paragraph

    def _of_styles(self, paragraph: etree._Element, style: str | None) -> Iterator[etree._Element]:
        """Properties of runs that a paragraph's style gives, its table's style, and the document."""
        yield from _properties(self._styles.line(style))
        table = next(paragraph.iterancestors(f"{W}tbl"), None)
        named = table.find(f"{W}tblPr/{W}tblStyle") if table is not None else None
        styles = list(self._styles.line(named.get(f"{W}val"))) if named is not None else []
        if not any(one.find(f"{W}tblStylePr/{W}rPr") is not None for one in styles):  # those are of some cells only
            yield from _properties(styles)
        if self._defaults is not None:
            yield self._defaults

    def _of_run(self, own: etree._Element | None) -> Iterator[etree._Element]:
        """Its own properties, then those of its style."""
        if own is not None:
            yield own
        named = own.find(f"{W}rStyle") if own is not None else None
        yield from _properties(
            self._styles.line(named.get(f"{W}val") if named is not None else self._usual.get("character"))
        )

    def _is_vanished(self, own: etree._Element | None, paragraph: _Paragraph) -> bool:
        """Its own word on it, or else what its styles say: two that hide show it again."""
        if own is not None and (said := _is_on(own, "vanish")) is not None:
            return said
        named = own.find(f"{W}rStyle") if own is not None else None
        styles = (named.get(f"{W}val") if named is not None else self._usual.get("character"), paragraph.style)
        hiding = [self._styles.first(style, lambda one: _is_on(one.find(f"{W}rPr"), "vanish")) for style in styles]
        return hiding.count(True) == 1 or _is_on(self._defaults, "vanish") is True

    def _size_pt(self, layers: list[etree._Element], locator: Place) -> float | None:
        """The height or width of its letters, the smaller one; None when nothing is said."""
        size = _number(_first(layers, "sz"), HALVES)
        scale = _number(_first(layers, "w"), 100)
        fitted = _number(_first(layers[:1], "fitText"), TWIPS)
        narrow = (size or USUAL_PT) * scale if scale is not None else None
        return min((one for one in (size, narrow, fitted, locator.line_pt) if one is not None), default=None)

    def _colour(self, layers: list[etree._Element]) -> Colour | None:
        """The colour of its letters; None for the automatic one, and for what cannot be told."""
        for layer in layers:
            if (filled := layer.find(f"{W14}textFill")) is not None:
                return self._of_fill(layer, fill_of(filled))
            if (colour := layer.find(f"{W}color")) is not None:
                return self._backgrounds.colour(colour)
        return None

    def _of_fill(self, layer: etree._Element, fill: etree._Element | None) -> Colour | None:
        """The colour of letters that are filled like a drawing; here alpha says how much of it is missing."""
        if layer.find(f"{W14}textOutline") is not None or fill is None:
            return None
        if etree.QName(fill).localname == "noFill":
            return TRANSPARENT
        named = next(iter(fill), None)
        if etree.QName(fill).localname != "solidFill" or named is None:
            return None
        digits, missing = named.get(f"{W14}val", ""), named.find(f"{W14}alpha")
        found = Colour.from_hex(digits) or (None if len(named) else self._theme.named(digits))
        lost = missing.get(f"{W14}val", "0") if missing is not None else "0"
        return found.with_alpha(1 - int(lost) / WHOLE) if found and lost.isdigit() else None


def _properties(styles: Iterable[etree._Element]) -> Iterator[etree._Element]:
    return (properties for style in styles if (properties := style.find(f"{W}rPr")) is not None)


def _first(layers: list[etree._Element], name: str) -> etree._Element | None:
    return next((one for layer in layers if (one := layer.find(f"{W}{name}")) is not None), None)


def _is_on(properties: etree._Element | None, name: str) -> bool | None:
    """What properties say of a switch; None when they do not speak of it."""
    found = properties.find(f"{W}{name}") if properties is not None else None
    return found.get(f"{W}val", "1").lower() not in OFF if found is not None else None


def _number(element: etree._Element | None, divisor: float) -> float | None:
    value = element.get(f"{W}val", "") if element is not None else ""
    return float(value) / divisor if value.isdigit() else None

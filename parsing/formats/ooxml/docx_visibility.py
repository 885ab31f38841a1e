"""Runs of a Word document that nobody sees: marked as hidden, in the colour of what is behind them, without size, off the page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.docx_background import MOST_HOLDERS, OFF, TWIPS, Backgrounds
from parsing.formats.ooxml.docx_position import Position, Positions
from parsing.formats.ooxml.docx_styles import styles_of
from parsing.formats.ooxml.namespaces import W
from parsing.formats.ooxml.theme import Theme, fill_of
from parsing.visibility.colour import TRANSPARENT, WHITE, Colour
from parsing.visibility.verdict import Look

W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
WHOLE = 100_000  # how DrawingML writes one
HALVES = 2  # in a point
USUAL_PT = 12.0
LEAST_RISE_PT = 2.0  # of letters that are raised
SEEN = Position()


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """What a paragraph gives to its runs: ``styles`` are properties of runs (``rPr``), nearest first."""

    element: etree._Element | None = None
    style: str | None = None
    styles: tuple[etree._Element, ...] = ()
    position: Position = SEEN


class HiddenRuns:
    """Tells why a run is not seen. What a paragraph or a table gives to all its runs is worked out once.

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
        self._positions = Positions(page_pt)
        self._paragraph = lru_cache(MOST_HOLDERS)(self._paragraph_of)
        self._around = lru_cache(MOST_HOLDERS)(self._behind_paragraph)
        self._of_table = lru_cache(MOST_HOLDERS)(self._of_table_style)

    def how(self, run: etree._Element) -> str:
        """Why a run (``w:r``) is not seen; empty when it is."""
        own = run.find(f"{W}rPr")
        paragraph = self._paragraph(next(run.iterancestors(f"{W}p"), None))
        layers = [*self._of_run(own), *paragraph.styles]
        size_pt = self._size_pt(layers, paragraph.position)
        if not layers and size_pt is None and paragraph.position == SEEN:
            return ""
        colour = self._colour(layers)
        return Look(
            is_marked=self._is_vanished(own, paragraph),
            size_pt=size_pt,
            is_outside=paragraph.position.is_outside,
            is_covered=paragraph.position.is_covered,
            colour=colour,
            behind=self._behind(layers, paragraph) if colour else None,
        ).how()

    def is_struck(self, run: etree._Element) -> bool:
        """True for a run with a line through it, which does not hold any more."""
        return any(self._switch(run, name) for name in ("strike", "dstrike"))

    def is_raised(self, run: etree._Element) -> bool:
        """True for a run above the line: an exponent, the mark of a footnote."""
        own = run.find(f"{W}rPr")
        said = _first(list(self._of_run(own)), "vertAlign")
        if said is not None:
            return str(said.get(f"{W}val", "")) == "superscript"
        position = own.find(f"{W}position") if own is not None else None
        return (_number(position, HALVES) or 0) >= LEAST_RISE_PT

    def _switch(self, run: etree._Element, name: str) -> bool:
        own = run.find(f"{W}rPr")
        layers = [*self._of_run(own), *self._paragraph(next(run.iterancestors(f"{W}p"), None)).styles]
        return next((said for layer in layers if (said := _is_on(layer, name)) is not None), False)

    def _behind(self, layers: list[etree._Element], paragraph: _Paragraph) -> Colour | None:
        return self._backgrounds.behind(layers, self._around(paragraph))

    def _behind_paragraph(self, paragraph: _Paragraph) -> tuple[Colour | None, ...]:
        if paragraph.element is None:
            return ()
        return tuple(self._backgrounds.around(paragraph.element, paragraph.style))

    def _paragraph_of(self, element: etree._Element | None) -> _Paragraph:
        if element is None:
            return _Paragraph()
        own = element.find(f"{W}pPr")
        named = own.find(f"{W}pStyle") if own is not None else None
        style = named.get(f"{W}val") if named is not None else self._usual.get("paragraph")
        properties = [own, *(one.find(f"{W}pPr") for one in self._styles.line(style))]
        position = self._positions.of(element, [one for one in properties if one is not None])
        return _Paragraph(element, style, tuple(self._of_styles(element, style)), position)

    def _of_styles(self, paragraph: etree._Element, style: str | None) -> Iterator[etree._Element]:
        """Properties of runs that a paragraph's style gives, its table's style, and the document."""
        yield from _properties(self._styles.line(style))
        table = next(paragraph.iterancestors(f"{W}tbl"), None)
        yield from self._of_table(table) if table is not None else ()
        if self._defaults is not None:
            yield self._defaults

    def _of_table_style(self, table: etree._Element) -> tuple[etree._Element, ...]:
        named = table.find(f"{W}tblPr/{W}tblStyle")
        styles = list(self._styles.line(named.get(f"{W}val"))) if named is not None else []
        is_of_some_cells = any(one.find(f"{W}tblStylePr/{W}rPr") is not None for one in styles)
        return () if is_of_some_cells else tuple(_properties(styles))

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

    def _size_pt(self, layers: list[etree._Element], position: Position) -> float | None:
        """The height or width of its letters, the smaller one; None when nothing is said."""
        size = _number(_first(layers, "sz"), HALVES)
        scale = _number(_first(layers, "w"), 100)
        fitted = _number(_first(layers[:1], "fitText"), TWIPS)
        narrow = (size or USUAL_PT) * scale if scale is not None else None
        return min((one for one in (size, narrow, fitted, position.line_pt) if one is not None), default=None)

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

"""How the cells of a workbook look under their styles: the font over the fill, and number formats that show nothing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from lxml import etree  # type: ignore[import-untyped]
from openpyxl.styles.colors import COLOR_INDEX

from parsing.formats.ooxml.theme import Theme
from parsing.visibility.colour import BLACK, WHITE, Colour
from parsing.visibility.verdict import STRUCK_OUT, Look

T = TypeVar("T")
THEME_ORDER = ["lt1", "dk1", "lt2", "dk2", *(f"accent{number}" for number in range(1, 7)), "hlink", "folHlink"]
SYSTEM = {64: BLACK, 65: WHITE}  # of text and of windows
FIRST_OF_FORMATS = 7  # [Color1] of a number format is the eighth of the indexed colours
LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.', re.DOTALL)  # of a number format
FORMAT_COLOUR = re.compile(r"\[(?:Color\s*(\d{1,2})|(Black|Blue|Cyan|Green|Magenta|Red|White|Yellow))\]", re.IGNORECASE)
SHOWS_NOTHING = re.compile(r'(?:"\s*+"|\\\s|_.|\*.|\[[^\[\]<>=]*+\]|\s)*+', re.DOTALL)
NUMBER_SECTIONS = 3

Palette = Mapping[int, Colour | None]


class Font(NamedTuple):
    """How letters look. ``colour`` is None for the automatic one, which is seen on any background."""

    size_pt: float | None = None
    colour: Colour | None = None
    is_struck: bool = False


AUTOMATIC = Font()


@dataclass(frozen=True, slots=True)
class CellLook:
    """How a cell looks.

    Attributes:
        fill: the colour behind its text; None for patterns and gradients.
        how_text, how_number: how a text in it is hidden, and a number; empty when they are seen.
    """

    font: Font = AUTOMATIC
    fill: Colour | None = WHITE
    how_text: str = ""
    how_number: str = ""

    @classmethod
    def of(cls, font: Font, fill: Colour | None, code: str, palette: Palette) -> "CellLook":
        """From a number format too, which has sections for positive numbers, negative ones, zero, texts."""
        sections = LITERAL.sub(lambda found: found[0].replace(";", "\0"), code).split(";") if code else []
        hows = (_how(font, fill, some, palette) for some in (sections[NUMBER_SECTIONS:], sections[:NUMBER_SECTIONS]))
        return cls(font, fill, *hows)

    def how_run(self, font: Font | None) -> str:
        """How a part of its text is hidden that has a font of its own; None when it has the cell's."""
        font = font or self.font
        how = Look(size_pt=font.size_pt, colour=font.colour, behind=self.fill).how()
        return how or (STRUCK_OUT if font.is_struck else "")


class CellStyles:
    """The looks of cells by the number of their style.

    Args:
        styles: the part of this name; None when there is none.
    """

    def __init__(self, styles: etree._Element | None, theme: Theme) -> None:
        self._theme = theme
        own = styles.find("{*}colors/{*}indexedColors") if styles is not None else None
        listed = [one.get("rgb", "") for one in own] if own is not None else COLOR_INDEX
        self._palette: dict[int, Colour | None] = dict(enumerate(Colour.from_hex(digits[-6:]) for digits in listed))
        self._palette |= SYSTEM
        self._looks = dict(self._of(styles)) if styles is not None else {}

    def __getitem__(self, style: str) -> CellLook:
        return self._looks.get(style, PLAIN)

    def font(self, element: etree._Element) -> Font:
        """The font that an element describes."""
        size = element.find("{*}sz")
        struck = element.find("{*}strike")
        is_struck = struck is not None and struck.get("val", "1") not in ("0", "false")
        return Font(
            _number(size.get("val") if size is not None else None), self._colour(element.find("{*}color")), is_struck
        )

    def _of(self, styles: etree._Element) -> Iterator[tuple[str, CellLook]]:
        fonts = [self.font(font) for font in styles.findall("{*}fonts/{*}font")]
        fills = [self._fill(fill) for fill in styles.findall("{*}fills/{*}fill")]
        codes = {one.get("numFmtId"): one.get("formatCode", "") for one in styles.iter("{*}numFmt")}
        for number, one in enumerate(styles.findall("{*}cellXfs/{*}xf")):
            font, fill = _at(fonts, one.get("fontId"), AUTOMATIC), _at(fills, one.get("fillId"), WHITE)
            yield str(number), CellLook.of(font, fill, codes.get(one.get("numFmtId"), ""), self._palette)

    def _colour(self, element: etree._Element | None) -> Colour | None:
        if element is None:
            return None
        theme, indexed = element.get("theme", ""), element.get("indexed", "")
        if theme.isdigit():
            found = self._theme.named(_at(THEME_ORDER, theme, ""))
        elif indexed.isdigit():
            found = self._palette.get(int(indexed))
        else:
            found = Colour.from_hex(element.get("rgb", "")[-6:])
        return found.lighter(_number(element.get("tint")) or 0.0) if found else None

    def _fill(self, fill: etree._Element) -> Colour | None:
        pattern = fill.find("{*}patternFill")
        if pattern is None:
            return WHITE if len(fill) == 0 else None
        kind = pattern.get("patternType", "none")
        if kind == "none":
            return WHITE
        return self._colour(pattern.find("{*}fgColor")) if kind == "solid" else None


PLAIN = CellLook()


def _how(font: Font, fill: Colour | None, sections: list[str], palette: Palette) -> str:
    """How a value is hidden that one of these sections of a number format is for; the format may have a colour of its own."""
    colours = {_colour_of(section, palette) for section in sections} or {None}
    colour = (colours.pop() or font.colour) if len(colours) == 1 else None
    is_marked = bool(sections) and all(map(SHOWS_NOTHING.fullmatch, sections))
    how = Look(is_marked=is_marked, size_pt=font.size_pt, colour=colour, behind=fill).how()
    return how or (STRUCK_OUT if font.is_struck else "")


def _colour_of(section: str, palette: Palette) -> Colour | None:
    found = FORMAT_COLOUR.search(section)
    if found is None:
        return None
    return palette.get(int(found[1]) + FIRST_OF_FORMATS) if found[1] else Colour.from_css(found[2])


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _at(values: list[T], index: str | None, default: T) -> T:
    return values[int(index)] if index and index.isdigit() and int(index) < len(values) else default

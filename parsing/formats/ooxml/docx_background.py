"""What is behind the text of a Word document: shading of runs, paragraphs, cells and tables, fills of text boxes, pictures, the page."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.namespaces import A, W
from parsing.formats.ooxml.theme import Theme, fill_of
from parsing.visibility.cascade import Cascade
from parsing.visibility.colour import BLACK, TRANSPARENT, WHITE, Colour

WPS = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
TEXT_BOX = f"{W}txbxContent"
BEHIND = "{*}anchor[@behindDoc='1']"
BACKDROP = 0.2  # a picture behind the text of at least this part of the page may be behind any text
TWIPS, EMU = 20, 12_700  # in a point
A4_PT = (595.3, 841.9)
MOST_HOLDERS = 1000  # paragraphs, rows, cells and tables that are remembered; those around a run are among the last
OFF = ("0", "false", "off")
HIGHLIGHTS = {
    "darkBlue": "000080",
    "darkCyan": "008080",
    "darkGreen": "008000",
    "darkMagenta": "800080",
    "darkRed": "800000",
    "darkYellow": "808000",
    "darkGray": "808080",
    "lightGray": "C0C0C0",
    "green": "00FF00",
}
THEME_NAMES = {
    "dark1": "dk1",
    "light1": "lt1",
    "dark2": "dk2",
    "light2": "lt2",
    "hyperlink": "hlink",
    "followedHyperlink": "folHlink",
    "background1": "bg1",
    "text1": "tx1",
    "background2": "bg2",
    "text2": "tx2",
}
MAPPED = {"bg1": "bg1", "t1": "tx1", "bg2": "bg2", "t2": "tx2"}

Styles = Cascade[str, etree._Element]


class Backgrounds:
    """Tells the colour behind the runs of one document.

    Args:
        page: the colour of the pages; None when it cannot be told, or when a picture may be behind any text.
    """

    def __init__(self, styles: Styles, theme: Theme, page: Colour | None) -> None:
        self._styles = styles
        self._theme = theme
        self._page = page
        self._holder = lru_cache(MOST_HOLDERS)(self._of_holder)

    def behind(self, layers: list[etree._Element], around: Sequence[Colour | None]) -> Colour | None:
        """The colour behind a run; None when it cannot be told.

        Args:
            layers: its properties (``rPr``), nearest first.
            around: what its paragraph has behind it.
        """
        return next((one for one in (*self._of_run(layers), *around) if one is None or one.is_seen), self._page)

    def around(self, paragraph: etree._Element, style: str | None) -> Iterator[Colour | None]:
        """What a paragraph and the elements around it have behind them, nearest first. Its style is named, as it may be the usual one."""
        for element in (paragraph, *paragraph.iterancestors()):
            if element.tag in (TEXT_BOX, f"{W}tc", f"{W}tbl"):
                yield self._holder(element)
                if element.tag == TEXT_BOX:
                    return
            elif element is paragraph:
                if any(_is_filled(anchor) for anchor in element.iterfind(f".//{BEHIND}")):
                    yield None
                yield self._shade(element.find(f"{W}pPr/{W}shd"))
                yield self._shade(self._styles.first(style, lambda one: one.find(f"{W}pPr/{W}shd")))

    def colour(self, element: etree._Element, plain: str = "val") -> Colour | None:
        """The colour that an element names: one of the theme, or else the one in its attribute ``plain``; None for the automatic one."""
        prefix, suffix = ("themeFill", "") if plain == "fill" else ("theme", "Color")
        name = element.get(f"{W}{prefix}{suffix}", "")
        found = self._theme.named(THEME_NAMES.get(name, name))
        if found is None:
            return Colour.from_hex(element.get(f"{W}{plain}", ""))
        tint, shade = (_byte(element.get(f"{W}{prefix}{change}")) for change in ("Tint", "Shade"))
        return found.lighter(1 - tint).lighter(shade - 1)

    def _of_run(self, layers: list[etree._Element]) -> Iterator[Colour | None]:
        for layer in layers:
            if (mark := layer.find(f"{W}highlight")) is not None and (name := mark.get(f"{W}val", "none")) != "none":
                yield Colour.from_hex(HIGHLIGHTS.get(name, "")) or Colour.from_css(name)
        for layer in layers:
            if (shading := layer.find(f"{W}shd")) is not None:
                yield self._shade(shading)

    def _of_holder(self, element: etree._Element) -> Colour | None:
        if element.tag == TEXT_BOX:
            return self._of_box(element)
        return self._of_table(element) if element.tag == f"{W}tbl" else self._shade(element.find(f"{W}tcPr/{W}shd"))

    def _of_table(self, table: etree._Element) -> Colour | None:
        """A style of tables gives colours to some of its cells, by where they are."""
        style = table.find(f"{W}tblPr/{W}tblStyle")
        for one in self._styles.line(style.get(f"{W}val")) if style is not None else ():
            shades = [self._shade(shading) for shading in one.iter(f"{W}shd")]
            if any(shade is None or (shade.is_seen and shade != WHITE) for shade in shades):
                return None
        return self._shade(table.find(f"{W}tblPr/{W}shd"))

    def _of_box(self, box: etree._Element) -> Colour | None:
        """The fill of the shape that a text box belongs to."""
        shape = next(box.iterancestors(f"{WPS}wsp"), None)
        found = self._theme.colour(fill_of(shape.find(f"{WPS}spPr"))) if shape is not None else None
        return found if found and found.alpha == 1 else None

    def _shade(self, shading: etree._Element | None) -> Colour | None:
        """The colour of a shading, transparent where there is none; None for patterns."""
        if shading is None:
            return TRANSPARENT
        pattern = shading.get(f"{W}val", "clear")
        if pattern == "solid":
            return self.colour(shading, plain="color") or BLACK
        if pattern not in ("clear", "nil"):
            return None
        if shading.get(f"{W}themeFill") or shading.get(f"{W}fill", "auto") not in ("auto", ""):
            return self.colour(shading, plain="fill")
        return TRANSPARENT


def page_colour(document: etree._Element, settings: etree._Element | None, theme: Theme) -> Colour | None:
    """The colour of the pages; None when it cannot be told: some programs show it only when the settings say so."""
    background = document.find(f"{W}background")
    if background is None or background.get(f"{W}color", "auto") == "auto":
        return WHITE
    if len(background):
        return None
    colour = Backgrounds(Cascade({}, lambda _: None), theme, None).colour(background, plain="color")
    shown = settings.find(f"{W}displayBackgroundShape") if settings is not None else None
    is_shown = shown is not None and shown.get(f"{W}val", "1") not in OFF
    return colour if is_shown or (colour and colour.is_close(WHITE)) else None


def page_pt(document: etree._Element) -> tuple[float, float]:
    """Width and height of the page."""
    size = document.find(f".//{W}sectPr/{W}pgSz")
    said = [size.get(f"{W}{name}", "") if size is not None else "" for name in "wh"]
    width, height = (int(value) / TWIPS if value.isdigit() else usual for value, usual in zip(said, A4_PT, strict=True))
    return width, height


def has_backdrop(part: etree._Element, page: tuple[float, float]) -> bool:
    """True for a part with a large picture or filled shape behind its text: it may be behind text of other paragraphs and parts."""
    least = BACKDROP * page[0] * page[1] * EMU**2
    return any(_extent(anchor) >= least and _is_filled(anchor) for anchor in part.iterfind(f".//{BEHIND}"))


def roles_of(settings: etree._Element | None) -> dict[str, str]:
    """Which colours of the theme are background and text, from the settings."""
    mapping = settings.find(f"{W}clrSchemeMapping") if settings is not None else None
    named = {role: mapping.get(f"{W}{name}", "") for name, role in MAPPED.items()} if mapping is not None else {}
    return {role: THEME_NAMES[name] for role, name in named.items() if name in THEME_NAMES}


def _is_filled(anchor: etree._Element) -> bool:
    """False for what has no surface, like writing across the page."""
    if next(anchor.iter(f"{A}blip", f"{A}gradFill", f"{A}pattFill"), None) is not None:
        return True
    properties = list(anchor.iter(f"{WPS}spPr"))
    fills = [fill_of(one) for one in properties]
    return any(fill is None or fill.tag != f"{A}noFill" for fill in fills) or not properties


def _extent(anchor: etree._Element) -> int:
    """Its area in square EMU."""
    extent = anchor.find("{*}extent")
    sides = [extent.get(name, "0") for name in ("cx", "cy")] if extent is not None else ["0", "0"]
    return int(sides[0]) * int(sides[1]) if all(side.isdigit() for side in sides) else 0


def _byte(digits: str | None) -> float:
    """Two hexadecimal digits as a part of one; one when there are none."""
    try:
        return int(digits, 16) / 255 if digits else 1.0
    except ValueError:
        return 1.0

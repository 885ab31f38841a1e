"""Runs of a Word document that nobody sees: marked as hidden, in the colour of what is behind them, or without size."""

from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

from parsing.visibility import MARKED, SAME_COLOUR, TINY

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OFF = ("0", "false", "off")
SMALLEST = 2  # half points
MOST_BASES = 20
CLOSE = 24
WHITE = (255, 255, 255)
BEHIND = "{*}anchor[@behindDoc='1']"  # a picture or a shape behind the text
THEME_WHITE = ("background1", "light1", "bg1", "lt1")

Colour = tuple[int, int, int]


class HiddenRuns:
    """Tells why a run is not seen.

    Args:
        styles: the part of this name; None when there is none.
        page: colour of the page; None when it cannot be told.
    """

    def __init__(self, styles: etree._Element | None, page: Colour | None = WHITE) -> None:
        found = styles.iter(f"{W}style") if styles is not None else ()
        self._styles = {style.get(f"{W}styleId", ""): style for style in found}
        self._defaults = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr") if styles is not None else None
        self.page = page
        self._may_hide = any(self._speaks(style) for style in self._styles.values())

    def how(self, run: etree._Element) -> str:
        """Why a run (``w:r``) is not seen; empty when it is."""
        own = run.find(f"{W}rPr")
        if own is None and not self._may_hide:
            return ""
        layers = list(self._layers(run, own))
        if _is_on(layers, "vanish"):
            return MARKED
        size = next((one.get(f"{W}val", "") for layer in layers if (one := layer.find(f"{W}sz")) is not None), "")
        if size.isdigit() and int(size) <= SMALLEST:
            return TINY
        colour = next((one for layer in layers if (one := layer.find(f"{W}color")) is not None), None)
        shown = _colour(colour) if colour is not None else None
        behind = self._behind(run, layers) if shown else None
        return SAME_COLOUR if shown and behind and _is_close(shown, behind) else ""

    def _layers(self, run: etree._Element, own: etree._Element | None) -> Iterator[etree._Element]:
        """Properties of a run, nearest first: its own, its style's, its paragraph's style's, the document's."""
        if own is not None:
            yield own
            yield from self._of_style(own.find(f"{W}rStyle"))
        paragraph = next(run.iterancestors(f"{W}p"), None)
        if paragraph is not None:
            yield from self._of_style(paragraph.find(f"{W}pPr/{W}pStyle"))
        if self._defaults is not None:
            yield self._defaults

    def _of_style(self, named: etree._Element | None) -> Iterator[etree._Element]:
        name = named.get(f"{W}val", "") if named is not None else ""
        for _ in range(MOST_BASES):
            style = self._styles.get(name)
            if style is None:
                return
            properties = style.find(f"{W}rPr")
            if properties is not None:
                yield properties
            base = style.find(f"{W}basedOn")
            name = base.get(f"{W}val", "") if base is not None else ""

    def _speaks(self, style: etree._Element) -> bool:
        """True for a style that could hide its text."""
        properties = style.find(f"{W}rPr")
        return properties is not None and any(
            properties.find(f"{W}{name}") is not None for name in ("vanish", "sz", "color")
        )

    def _behind(self, run: etree._Element, layers: list[etree._Element]) -> Colour | None:
        """The colour behind a run; None when a shape, a picture or the style of a table may be there."""
        if any(layer.find(f"{W}highlight") is not None for layer in layers[:1]):
            return None
        for layer in layers:
            if (shading := layer.find(f"{W}shd")) is not None and (said := _shade(shading)) != "none":
                return said if isinstance(said, tuple) else None
        for element in run.iterancestors():
            if element.tag == f"{W}p" and element.find(f".//{BEHIND}") is not None:
                return None
            if etree.QName(element).localname == "txbxContent":
                return None
            holder = {f"{W}p": "pPr", f"{W}tc": "tcPr", f"{W}tbl": "tblPr"}.get(element.tag)
            shading = element.find(f"{W}{holder}/{W}shd") if holder else None
            if shading is not None and (said := _shade(shading)) != "none":
                return said if isinstance(said, tuple) else None
            if element.tag == f"{W}tbl":
                style = element.find(f"{W}tblPr/{W}tblStyle")
                if style is not None and self._may_shade(style.get(f"{W}val", "")):
                    return None
        return self.page

    def _may_shade(self, name: str) -> bool:
        """True for a style of tables that gives cells a colour."""
        for _ in range(MOST_BASES):
            style = self._styles.get(name)
            if style is None:
                return False
            if any(_shade(shading) not in ("none", WHITE) for shading in style.iter(f"{W}shd")):
                return True
            base = style.find(f"{W}basedOn")
            name = base.get(f"{W}val", "") if base is not None else ""
        return True


def page_colour(document: etree._Element) -> Colour | None:
    """The colour of the pages of a main part; None when it cannot be told."""
    background = document.find(f"{W}background")
    if background is None:
        return WHITE
    return _hex(background.get(f"{W}color", "")) if len(background) == 0 else None


def _is_on(layers: list[etree._Element], name: str) -> bool:
    found = next((one for layer in layers if (one := layer.find(f"{W}{name}")) is not None), None)
    return found is not None and found.get(f"{W}val", "1").lower() not in OFF


def _colour(element: etree._Element) -> Colour | None:
    theme = element.get(f"{W}themeColor", "")
    if theme in THEME_WHITE and not element.get(f"{W}themeShade"):
        return WHITE
    return _hex(element.get(f"{W}val", "")) if not theme else None


def _shade(element: etree._Element) -> Colour | str:
    """Its colour, "none" when it has none, "some" when it cannot be told."""
    if element.get(f"{W}themeFill"):
        return "some"
    fill, pattern = element.get(f"{W}fill", "auto"), element.get(f"{W}val", "clear")
    if pattern not in ("clear", "nil", "solid"):
        return "some"
    if pattern == "solid":
        fill = element.get(f"{W}color", "auto")
    return _hex(fill) or ("none" if fill in ("auto", "") else "some")


def _hex(value: str) -> Colour | None:
    if len(value) != 6:
        return None
    try:
        return int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16)
    except ValueError:
        return None


def _is_close(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) <= CLOSE for a, b in zip(one, other, strict=True))

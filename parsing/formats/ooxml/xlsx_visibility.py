"""Cell styles of an Excel workbook under which nothing is seen: white without a background, tiny, or a format that shows nothing."""

from typing import TypeVar

from lxml import etree  # type: ignore[import-untyped]

from parsing.visibility import MARKED, SAME_COLOUR, TINY

T = TypeVar("T")
SHOWS_NOTHING = ";;;"
SMALLEST_PT = 1.0
WHITES = ("FFFFFFFF", "00FFFFFF", "FFFFFF")
THEME_WHITE = "0"  # themes count from light 1


def unseen_styles(styles: etree._Element | None) -> dict[str, str]:
    """Number of a cell style → how it hides what is in the cell."""
    formats = styles.find("{*}cellXfs") if styles is not None else None
    if styles is None or formats is None:
        return {}
    fonts = [_how(font) for font in styles.findall("{*}fonts/{*}font")]
    fills = [_is_empty(fill) for fill in styles.findall("{*}fills/{*}fill")]
    codes = {one.get("numFmtId"): one.get("formatCode", "") for one in styles.iter("{*}numFmt")}
    found = {}
    for number, one in enumerate(formats):
        how: str = _at(fonts, one.get("fontId"), "")
        if how == SAME_COLOUR and not _at(fills, one.get("fillId"), True):
            how = ""
        if codes.get(one.get("numFmtId"), "").replace(" ", "") == SHOWS_NOTHING:
            how = MARKED
        if how:
            found[str(number)] = how
    return found


def _how(font: etree._Element) -> str:
    size = font.find("{*}sz")
    try:
        if size is not None and float(size.get("val", "11")) <= SMALLEST_PT:
            return TINY
    except ValueError:
        return ""
    colour = font.find("{*}color")
    if colour is None or float(colour.get("tint") or 0):
        return ""
    is_white = colour.get("rgb", "").upper() in WHITES or colour.get("theme") == THEME_WHITE
    return SAME_COLOUR if is_white else ""


def _is_empty(fill: etree._Element) -> bool:
    """True for a background that leaves the paper white."""
    pattern = fill.find("{*}patternFill")
    if pattern is None:
        return len(fill) == 0
    kind, colour = pattern.get("patternType", "none"), pattern.find("{*}fgColor")
    if kind == "solid" and colour is not None:
        return colour.get("rgb", "").upper() in WHITES or (
            colour.get("theme") == THEME_WHITE and not colour.get("tint")
        )
    return bool(kind == "none")


def _at(values: list[T], index: str | None, default: T) -> T:
    return values[int(index)] if index and index.isdigit() and int(index) < len(values) else default

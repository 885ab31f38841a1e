"""What stands on a slide of PowerPoint and nobody sees: shapes that are hidden or beside the slide, text in the colour of the slide."""

from collections.abc import Sequence

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.package import Archive
from parsing.visibility import INVISIBLE, MARKED, OFF_PAGE, SAME_COLOUR, TINY

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
SMALLEST = 100  # hundredths of a point
CLOSE = 24
LEAST_ALPHA = 3000  # thousandths of a percent
FILLS = ("solidFill", "gradFill", "blipFill", "pattFill", "grpFill")
PAINTED = ("pic", "graphicFrame")
PAPER = ("bg1", "lt1")
ON = ("1", "true")
WHITE = (255, 255, 255)
MOST_PARTS = 3  # slide, layout, master

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]  # left, top, right, bottom, in EMU


class Slide:
    """Tells why shapes and runs of one slide are not seen.

    Args:
        size: width and height of the slide, in EMU; None when the file does not say.
        parts: the slide, its layout and its master, as far as they are there.
    """

    def __init__(self, size: tuple[int, int] | None, parts: Sequence[etree._Element]) -> None:
        self._size = size
        mapped = next(parts[-1].iter(f"{P}clrMap"), None)
        self._is_light = mapped is None or mapped.get("bg1") == "lt1"
        self._paper = self._colour_of_paper(parts)
        self._painted = [
            box
            for part in parts
            for shape in part.iter(f"{P}sp", f"{P}pic", f"{P}graphicFrame")
            if _is_painted(shape) and (box := box_of(shape))
        ]
        self._is_known = all(box_of(shape) for part in parts for shape in part.iter(f"{P}pic"))

    def how(self, shape: etree._Element) -> str:
        """Why a shape is not seen; empty when it is."""
        properties = next(shape.iter(f"{P}cNvPr"), None)
        if properties is not None and properties.get("hidden") in ON:
            return MARKED
        box = box_of(shape)
        if box and self._size and not _meet(box, (0, 0, *self._size)):
            return OFF_PAGE
        return ""

    def how_run(self, shape: etree._Element, run: etree._Element) -> str:
        """Why a run of text of a shape is not seen; empty when it is."""
        properties = run.find(f"{A}rPr")
        if properties is None:
            return ""
        if (size := properties.get("sz", "")).isdigit() and int(size) <= SMALLEST:
            return TINY
        fill = properties.find(f"{A}solidFill")
        if fill is None:
            return ""
        alpha = next(fill.iter(f"{A}alpha"), None)
        if alpha is not None and alpha.get("val", "").isdigit() and int(alpha.get("val", "")) <= LEAST_ALPHA:
            return INVISIBLE
        colour = self._colour(fill)
        behind = self._behind(shape) if colour else None
        return (
            SAME_COLOUR
            if colour and behind and all(abs(a - b) <= CLOSE for a, b in zip(colour, behind, strict=True))
            else ""
        )

    def _colour_of_paper(self, parts: Sequence[etree._Element]) -> Colour | None:
        """The colour of the slide itself; None when it cannot be told."""
        background = next((one for part in parts if (one := part.find(f"{P}cSld/{P}bg")) is not None), None)
        if background is None:
            return WHITE
        fill = background.find(f"{P}bgPr/{A}solidFill")
        fill = background.find(f"{P}bgRef") if fill is None else fill
        return self._colour(fill) if fill is not None else None

    def _colour(self, fill: etree._Element) -> Colour | None:
        """A plain colour; the theme's first is white, unless the theme is a dark one."""
        for child in fill:
            name = etree.QName(child).localname
            if name == "srgbClr":
                return _rgb(child.get("val", ""))
            if name == "schemeClr" and child.get("val") in PAPER and not len(child):
                return WHITE if self._is_light else None
        return None

    def _behind(self, shape: etree._Element) -> Colour | None:
        """The colour behind the text of a shape; None when it cannot be told."""
        if shape.tag != f"{P}sp":
            return None
        own = shape.find(f"{P}spPr")
        filled = (
            next((child for child in own if etree.QName(child).localname in FILLS), None) if own is not None else None
        )
        if filled is not None:
            return self._colour(filled) if filled.tag == f"{A}solidFill" else None
        if shape.find(f"{P}style") is not None and (own is None or own.find(f"{A}noFill") is None):
            return None
        box = box_of(shape)
        if box is None or not self._is_known or any(_meet(box, other) and other != box for other in self._painted):
            return None
        return self._paper


def slide_of(opened: Archive, name: str, tree: etree._Element, size: tuple[int, int] | None) -> Slide:
    """What is needed of a slide's part, its layout and its master."""
    parts = [tree]
    for kind in ("slideLayout", "slideMaster"):
        target = next((target for _, one, target in opened.related(name) if one == kind), "")
        part = opened.xml_or_none(target) if target else None
        if part is None:
            break
        parts.append(part)
        name = target
    return Slide(size, parts[:MOST_PARTS])


def size_of_slides(main: etree._Element | None) -> tuple[int, int] | None:
    """Width and height in EMU, from the main part."""
    found = main.find(f"{P}sldSz") if main is not None else None
    try:
        return (int(found.get("cx", "")), int(found.get("cy", ""))) if found is not None else None
    except ValueError:
        return None


def box_of(shape: etree._Element) -> Box | None:
    """Where a shape stands on its slide, the groups around it counted in; None when it does not say."""
    placed = _placed(shape)
    for group in shape.iterancestors(f"{P}grpSp") if placed else ():
        placed = _in_group(placed, group)
    return placed


def _placed(shape: etree._Element) -> Box | None:
    transform = next(
        iter(
            [
                *shape.iterchildren(f"{P}xfrm"),
                *(
                    one
                    for properties in shape.iterchildren(f"{P}spPr", f"{P}grpSpPr")
                    for one in properties.iterchildren(f"{A}xfrm")
                ),
            ]
        ),
        None,
    )
    if transform is None:
        return None
    return _box(transform.find(f"{A}off"), transform.find(f"{A}ext"))


def _box(corner: etree._Element | None, extent: etree._Element | None) -> Box | None:
    if corner is None or extent is None:
        return None
    try:
        x, y, width, height = (
            int(one.get(name, "0")) for one, name in ((corner, "x"), (corner, "y"), (extent, "cx"), (extent, "cy"))
        )
    except ValueError:
        return None
    return x, y, x + width, y + height


def _in_group(box: Box | None, group: etree._Element) -> Box | None:
    """A box in the units of a group as one in the units around it."""
    transform = group.find(f"{P}grpSpPr/{A}xfrm")
    if box is None or transform is None:
        return box
    outer = _box(transform.find(f"{A}off"), transform.find(f"{A}ext"))
    inner = _box(transform.find(f"{A}chOff"), transform.find(f"{A}chExt"))
    if not outer or not inner or inner[2] == inner[0] or inner[3] == inner[1]:
        return box
    across, down = (outer[2] - outer[0]) / (inner[2] - inner[0]), (outer[3] - outer[1]) / (inner[3] - inner[1])
    left, right = (outer[0] + (x - inner[0]) * across for x in (box[0], box[2]))
    top, bottom = (outer[1] + (y - inner[1]) * down for y in (box[1], box[3]))
    return left, top, right, bottom


def _is_painted(shape: etree._Element) -> bool:
    """True for what may give a text on it another colour behind."""
    if etree.QName(shape).localname in PAINTED:
        return True
    own = shape.find(f"{P}spPr")
    if own is not None and any(etree.QName(child).localname in FILLS for child in own):
        return True
    return shape.find(f"{P}style") is not None and (own is None or own.find(f"{A}noFill") is None)


def _rgb(value: str) -> Colour | None:
    try:
        return (int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16)) if len(value) == 6 else None
    except ValueError:
        return None


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

"""Shapes of a slide: where they stand, how they are filled, and the placeholders of layout and master that they take both from."""

import math
from collections.abc import Iterator, Sequence

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.namespaces import A, P
from parsing.formats.ooxml.theme import Theme, fill_of
from parsing.visibility.colour import TRANSPARENT, Colour
from parsing.visibility.geometry import Box, Painted

DRAWN = (f"{P}sp", f"{P}pic", f"{P}graphicFrame")
RECTANGLES = ("rect", "roundRect", "")
OFF = ("0", "false")
SAME_KIND = {"ctrTitle": "title", "subTitle": "body", "obj": "body", "": "body"}  # as the master calls them


class Parts:
    """A slide, its layout and its master, as far as they are there, and the placeholders that shapes fill."""

    def __init__(self, parts: Sequence[etree._Element]) -> None:
        self.parts = parts
        self._placeholders = [_placeholders(part, is_layout=number == 1) for number, part in enumerate(parts)]

    def line_of(self, shape: etree._Element) -> Iterator[etree._Element]:
        """A shape, then the placeholders of the layout and of the master that it fills."""
        yield shape
        mark = _placeholder(shape)
        for number in range(1, len(self.parts)) if mark is not None else ():
            found = self._placeholders[number].get(_key(mark, is_layout=number == 1))
            if found is not None:
                yield found
                mark = _placeholder(found)


def kind_of(shape: etree._Element) -> str | None:
    """The kind of placeholder that a shape fills, as the master calls it; None for none."""
    mark = _placeholder(shape)
    return SAME_KIND.get(mark.get("type", ""), mark.get("type", "")) if mark is not None else None


def box_of(shape: etree._Element, parts: Parts) -> Box | None:
    """Where a shape stands on its slide, the groups around it counted in; None when it does not say. In EMU."""
    for one in parts.line_of(shape):
        if placed := _placed(one):
            for group in one.iterancestors(f"{P}grpSp"):
                placed = _in_group(placed, group)
            return placed
    return None


def painted(parts: Parts, theme: Theme) -> list[tuple[etree._Element, Painted | None]]:
    """The shapes that a slide shows, those of its master first, each in front of those before it; None for those without a surface."""
    found: list[tuple[etree._Element, Painted | None]] = []
    for part in reversed(_shown(parts.parts)):
        for shape in part.iter(*DRAWN):
            if part is parts.parts[0] or _placeholder(shape) is None:
                colour = surface(shape, parts, theme)
                is_plain = colour is not None and colour.alpha == 1 and _is_rectangle(shape)
                is_seen = colour is None or colour.is_seen
                found.append((shape, Painted(_around(shape, parts), colour if is_plain else None) if is_seen else None))
    return found


def surface(shape: etree._Element, parts: Parts, theme: Theme) -> Colour | None:
    """The colour of a shape, transparent when it has none; None when it cannot be told."""
    if shape.tag != f"{P}sp":
        return None
    for one in parts.line_of(shape):
        if (fill := fill_of(one.find(f"{P}spPr"))) is not None:
            return TRANSPARENT if fill.tag == f"{A}noFill" else theme.colour(fill)
        reference = one.find(f"{P}style/{A}fillRef")
        if reference is not None and reference.get("idx") != "0":
            return None
    return TRANSPARENT


def _shown(parts: Sequence[etree._Element]) -> Sequence[etree._Element]:
    """A slide, and its layout and master unless it or its layout wants nothing of them."""
    alone = next((number for number, part in enumerate(parts) if part.get("showMasterSp") in OFF), len(parts))
    return parts[: alone + 1]


def _placeholder(shape: etree._Element) -> etree._Element | None:
    return shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")


def _placeholders(part: etree._Element, *, is_layout: bool) -> dict[str, etree._Element]:
    """The placeholders of a part, the first of each kind."""
    found: dict[str, etree._Element] = {}
    for shape in part.iter(f"{P}sp"):
        if (mark := _placeholder(shape)) is not None:
            found.setdefault(_key(mark, is_layout=is_layout), shape)
    return found


def _key(mark: etree._Element, *, is_layout: bool) -> str:
    """What a placeholder is found by: in a layout its number, if it has one, else its kind."""
    number, kind = str(mark.get("idx", "0")), str(mark.get("type", ""))
    return number if is_layout and number != "0" else SAME_KIND.get(kind, kind)


def _is_rectangle(shape: etree._Element) -> bool:
    geometry = shape.find(f"{P}spPr/{A}prstGeom")
    is_plain = geometry is None or geometry.get("prst", "") in RECTANGLES
    return is_plain and shape.find(f"{P}spPr/{A}custGeom") is None and not _turn(shape)


def _turn(shape: etree._Element) -> bool:
    return any(one.get("rot", "0") != "0" for one in shape.iterfind(f"{P}spPr/{A}xfrm"))


def _around(shape: etree._Element, parts: Parts) -> Box | None:
    """The box of a shape, or the one that it turns in."""
    box = box_of(shape, parts)
    if box is None or not _turn(shape):
        return box
    reach = math.dist(box[:2], box[2:]) / 2
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return x - reach, y - reach, x + reach, y + reach


def _placed(shape: etree._Element) -> Box | None:
    transforms = (
        *shape.iterfind(f"{P}xfrm"),
        *shape.iterfind(f"{P}spPr/{A}xfrm"),
        *shape.iterfind(f"{P}grpSpPr/{A}xfrm"),
    )
    return _box(transforms[0].find(f"{A}off"), transforms[0].find(f"{A}ext")) if transforms else None


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


def _in_group(box: Box, group: etree._Element) -> Box:
    """A box in the units of a group as one in the units around it."""
    transform = group.find(f"{P}grpSpPr/{A}xfrm")
    if transform is None:
        return box
    outer = _box(transform.find(f"{A}off"), transform.find(f"{A}ext"))
    inner = _box(transform.find(f"{A}chOff"), transform.find(f"{A}chExt"))
    if not outer or not inner or inner[2] == inner[0] or inner[3] == inner[1]:
        return box
    across, down = (outer[2] - outer[0]) / (inner[2] - inner[0]), (outer[3] - outer[1]) / (inner[3] - inner[1])
    left, right = (outer[0] + (x - inner[0]) * across for x in (box[0], box[2]))
    top, bottom = (outer[1] + (y - inner[1]) * down for y in (box[1], box[3]))
    return left, top, right, bottom

"""Rectangles on a page or a slide, and what is painted behind them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from parsing.visibility.colour import Colour

Box = tuple[
    float, float, float, float
]  # left, top, right, bottom; left, bottom, right, top where the page counts upwards
Point = tuple[float, float]
UNITS_PT = {"pt": 1.0, "px": 0.75, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4, "q": 72 / 101.6, "pc": 12.0}
LENGTH = re.compile(r"([-+]?(?:\d++(?:\.\d*+)?|\.\d++))\s*+([a-z]*+)", re.IGNORECASE)


class Painted(NamedTuple):
    """A shape that is filled. ``colour`` is None for a picture, a gradient, or what cannot be told; ``box`` when it may be anywhere."""

    box: Box | None
    colour: Colour | None


def behind(box: Box | None, painted: Sequence[Painted | None], paper: Colour | None) -> Colour | None:
    """The colour behind a rectangle: that of the last shape painted there, or the paper's. Shapes without a surface are None.

    Returns:
        None when it cannot be told, or is not the same all over the rectangle.
    """
    for shape in reversed(painted):
        if shape is None:
            continue
        if box is None or shape.box is None:
            return None
        if meet(shape.box, box):
            return shape.colour if holds(shape.box, box) else None
    return paper


def points(text: str) -> float | None:
    """A length with its unit (``1.5cm``) in points; None when it is no length, or a relative one."""
    found = LENGTH.fullmatch(text.strip())
    unit = UNITS_PT.get(found[2].lower()) if found else None
    return float(found[1]) * unit if found and unit else None


def meet(one: Box, other: Box) -> bool:
    """True when two rectangles share a part."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def middle(box: Box) -> Point:
    """The point in the middle."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def is_in(point: Point, box: Box) -> bool:
    """True for a point of a rectangle, its edge included."""
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def holds(outer: Box, inner: Box, slack: float = 0.0) -> bool:
    """True when a rectangle lies in another, or stands out by no more than the slack."""
    return is_in((inner[0] + slack, inner[1] + slack), outer) and is_in((inner[2] - slack, inner[3] - slack), outer)

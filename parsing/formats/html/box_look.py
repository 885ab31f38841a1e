"""Boxes of CSS that show nothing of what is in them: not displayed, transparent, moved away, cut off."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from parsing.formats.html.cascade import Look
from parsing.formats.html.declarations import SIDES
from parsing.visibility.colour import LEAST_ALPHA
from parsing.visibility.geometry import UNITS_PT
from parsing.visibility.verdict import COVERED, INVISIBLE, MARKED, OFF_PAGE

FAR_PX, CLOSED_PX = -900.0, 1.0
PX = {unit: size / UNITS_PT["px"] for unit, size in UNITS_PT.items()}
ROUGH_PX = PX | {"": 1.0, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "vw": 10.0, "vh": 10.0}
LENGTH = re.compile(r"([-+]?(?:\d++(?:\.\d*+)?|\.\d++))([a-z]*+)")
ALPHA = re.compile(r"([-+]?(?:\d++(?:\.\d*+)?|\.\d++))(%?)")
FILTER = re.compile(r"opacity\(([^()]*+)\)")
MOVED = re.compile(r"translate(?:x|y|3d)?\(([^()]*+)\)")
SHRUNK = re.compile(r"scale(?:x|y|3d)?\(\s*+0(?:\.0*+)?\s*+[,)]")
CUT_OFF = re.compile(r"inset\(\s*(?:[5-9]\d|100)(?:\.\d*)?%\s*\)|circle\(\s*0(?:px|%)?\s*(?:\)|at\b)")
CLIP = re.compile(r"rect\(([^()]*+)\)")
SEPARATOR = re.compile(r"[\s,]+")
OUT_OF_FLOW = ("absolute", "fixed")
SIZES = (("height", "min-height"), ("width", "min-width"), ("max-height", "min-height"), ("max-width", "min-width"))
STILL = ("", "none", "initial")


class Box(NamedTuple):
    """How a box hides what is in it, and the properties by which it does."""

    how: str
    names: tuple[str, ...]


def hiding_box(look: Look) -> Box | None:
    """Why a box shows nothing; None when it may show something. What moves may show it later."""
    if not look:
        return None
    if look.get("display") == "none" or look.get("content-visibility") == "hidden":
        return Box(MARKED, ("display", "content-visibility"))
    if look.get("animation", "") not in STILL:
        return None
    return next((Box(how, names) for how, names in _hows(look)), None)


def length_px(value: str) -> float | None:
    """A length in pixels, roughly where it depends on type or window; None when it cannot be told."""
    found = LENGTH.fullmatch(value)
    return float(found[1]) * ROUGH_PX[found[2]] if found and found[2] in ROUGH_PX else None


def _hows(look: Look) -> Iterator[tuple[str, tuple[str, ...]]]:
    faded = FILTER.search(look.get("filter", ""))
    if _is_transparent(look.get("opacity", "")) or (faded and _is_transparent(faded[1].strip())):
        yield INVISIBLE, ("opacity", "filter")
    if _is_far(look.get("text-indent", "")):
        yield OFF_PAGE, ("text-indent",)
    if look.get("position") in OUT_OF_FLOW and any(_is_far(look.get(side, "")) for side in SIDES):
        yield OFF_PAGE, ("position", *SIDES)
    if any(_is_far(look.get(name, "")) for name in ("margin-left", "margin-top")):
        yield OFF_PAGE, ("margin-left", "margin-top")
    moves = [part.strip() for found in MOVED.findall(look.get("transform", "")) for part in found.split(",")]
    if any(map(_is_far, (*moves, *look.get("translate", "").split()))):
        yield OFF_PAGE, ("transform", "translate")
    if SHRUNK.search(look.get("transform", "")) or look.get("scale") == "0":
        yield COVERED, ("transform", "scale")
    if CUT_OFF.match(look.get("clip-path", "")) or (
        look.get("position") in OUT_OF_FLOW and _is_clip(look.get("clip", ""))
    ):
        yield COVERED, ("clip-path", "clip", "position")
    if _is_closed(look):
        yield COVERED, ("overflow", "padding", *(name for pair in SIZES for name in pair))


def _is_closed(look: Look) -> bool:
    """True for a box of no size that cuts off what does not fit."""
    if look.get("overflow", "").split(" ")[0] not in ("hidden", "clip") or not _is_none(look.get("padding", "")):
        return False
    for size, least in SIZES:
        length = length_px(look.get(size, ""))
        if length is not None and length <= CLOSED_PX and _is_none(look.get(least, "")):
            return True
    return False


def _is_none(value: str) -> bool:
    """True for a length of nothing, or when none is given."""
    return all(length_px(part) == 0 for part in value.split()) or value in ("initial", "auto")


def _is_far(value: str) -> bool:
    length = length_px(value)
    return length is not None and length <= FAR_PX


def _is_transparent(value: str) -> bool:
    found = ALPHA.fullmatch(value)
    return found is not None and float(found[1]) / (100 if found[2] else 1) <= LEAST_ALPHA


def _is_clip(value: str) -> bool:
    """True for a rectangle without a surface."""
    found = CLIP.fullmatch(value)
    sides = [length_px(part) for part in SEPARATOR.split(found[1].strip())] if found else []
    if len(sides) != 4 or any(side is None for side in sides):
        return False
    top, right, bottom, left = (side or 0.0 for side in sides)
    return bottom - top <= CLOSED_PX or right - left <= CLOSED_PX

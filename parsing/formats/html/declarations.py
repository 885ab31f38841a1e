"""Declarations of CSS (``color: #fff``), those by which text may be hidden, or be seen in spite of another. Shorthands are taken apart."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import tinycss2  # type: ignore[import-untyped]

from parsing.visibility.colour import Colour

SIDES = ("top", "right", "bottom", "left")
COLOUR, IMAGE = "background-color", "background-image"
INHERITED = (
    "color",
    "visibility",
    "font-size",
    "text-indent",
    "text-shadow",
    "-webkit-text-fill-color",
    "-webkit-text-stroke",
)
BOXES = (
    *(
        "display",
        "visibility",
        "opacity",
        "content-visibility",
        "filter",
        "clip",
        "clip-path",
        "transform",
        "scale",
        "translate",
    ),
    *(
        "position",
        *SIDES,
        "margin-top",
        "margin-left",
        "text-indent",
        "overflow",
        "width",
        "height",
        "max-width",
        "max-height",
    ),
    *("min-width", "min-height", "padding", "animation"),
)
LETTERS = (
    *(
        "color",
        COLOUR,
        IMAGE,
        "font-size",
        "-webkit-text-fill-color",
        "text-shadow",
        "-webkit-text-stroke",
        "background-clip",
    ),
    *("color-scheme", "mix-blend-mode", "box-shadow", "z-index", "grid-area"),
)
KNOWN = frozenset((*BOXES, *LETTERS))
SAME = {  # other names for one of these
    **dict.fromkeys(("grid-row", "grid-column", "grid-row-start", "grid-column-start"), "grid-area"),
    **{f"padding-{side}": "padding" for side in (*SIDES, "block", "inline", "block-start", "block-end")},
    **{f"{start}animation{end}": "animation" for start in ("", "-webkit-") for end in ("", "-name")},
    **{"overflow-x": "overflow", "overflow-y": "overflow", "-webkit-background-clip": "background-clip"},
    **{
        "-webkit-text-stroke-width": "-webkit-text-stroke",
        "-webkit-clip-path": "clip-path",
        "-webkit-transform": "transform",
    },
    **{
        "inset-inline-start": "left",
        "inset-block-start": "top",
        "margin-inline-start": "margin-left",
        "margin-block-start": "margin-top",
    },
    **{"block-size": "height", "inline-size": "width", "max-block-size": "max-height", "max-inline-size": "max-width"},
}
SHORTHANDS = ("background", "font", "inset", "margin", "all")
SAME_SIDE = {"inset": "{}", "margin": "margin-{}"}
COLOURS = ("ident", "hash", "function")  # kinds of tokens
UNKNOWN = "?"  # a value that cannot be known
INHERIT = "inherit"
OPEN = re.compile(r"(?:^|[^\w-])(?:var|env|attr|if|revert|revert-layer)(?![\w-])")
PICTURE = re.compile(r"url\(|gradient\(|image|element\(|paint\(|cross-fade\(")
SIZE = re.compile(r"(?:^|\s)((?:[\d.]++(?:[a-z]++|%)|0|(?:xx?-)?(?:small|large)|medium|smaller|larger)(?=[\s/]|$))")


class Declaration(NamedTuple):
    """One property and its value in small letters."""

    name: str
    value: str
    is_important: bool = False


@lru_cache(maxsize=4096)  # a page has the same again and again
def of_style(text: str) -> tuple[Declaration, ...]:
    """Those of a ``style`` attribute."""
    return tuple(of_nodes(tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True)))


def of_nodes(nodes: Iterable[Any]) -> Iterator[Declaration]:
    """Those among the contents of a rule, as tinycss2 reads them."""
    for node in nodes:
        if node.type == "declaration":
            name = SAME.get(node.lower_name, node.lower_name)
            for one, value in _parts(name, node.value):
                yield Declaration(one, value, bool(node.important))


def _parts(name: str, tokens: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """A declaration as those of single properties."""
    if name not in KNOWN and name not in SHORTHANDS:
        return
    value = _text(tokens)
    if name == "all":
        yield from ((one, UNKNOWN) for one in KNOWN)
    elif name == "background":
        yield from _background(value, tokens)
    elif name == "font":
        found = SIZE.search(value)
        yield "font-size", INHERIT if value == INHERIT else found[1] if found else UNKNOWN
    elif name in ("inset", "margin"):
        yield from ((SAME_SIDE[name].format(side), one) for side, one in zip(SIDES, _of_sides(value), strict=True))
    else:
        yield name, _settled(name, value)


def _background(value: str, tokens: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """The colour and the picture of a background. Both are reset, whether it names them or not."""
    if OPEN.search(value) or value == INHERIT:
        yield from ((COLOUR, UNKNOWN), (IMAGE, UNKNOWN))
        return
    colour = next((token for token in tokens if token.type in COLOURS and Colour.from_css(token)), None)
    yield COLOUR, _text([colour]) if colour else "transparent"
    yield IMAGE, UNKNOWN if PICTURE.search(value) else "none"


def _of_sides(value: str) -> list[str]:
    """One to four values as those of top, right, bottom and left."""
    values = [UNKNOWN] if OPEN.search(value) or "(" in value else value.split() or [UNKNOWN]
    top, right = values[0], values[1] if len(values) > 1 else values[0]
    return [top, right, values[2] if len(values) > 2 else top, values[3] if len(values) > 3 else right]


def _settled(name: str, value: str) -> str:
    """A value as far as the rest of the page is not needed for it."""
    if OPEN.search(value):
        return UNKNOWN
    if value == "unset":
        return INHERIT if name in INHERITED else "initial"
    return UNKNOWN if value == INHERIT and name not in INHERITED else value


def _text(tokens: Iterable[Any]) -> str:
    try:
        return " ".join(str(tinycss2.serialize(tokens)).lower().split())
    except RecursionError:
        return "var()"  # as little known as that

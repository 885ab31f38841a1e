"""Style sheets of a page as rules: what they declare, for which elements, and whether that is certain.

A rule is certain when its conditions and its selector can be judged by what is in the file. One in ``@media (min-width: 600px)`` or with
``:hover`` may hold or not.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import tinycss2  # type: ignore[import-untyped]

from parsing.formats.html.declarations import Declaration, of_nodes
from parsing.formats.html.selector import Selector, read_selectors, serialized

MOST_CHARS = 1_000_000  # of one sheet
MOST_DEPTH = 6  # of rules in rules
CERTAIN_MEDIA = ("", "all", "screen", "only screen")
PAINTED = ("before", "after")  # pseudo-elements that may lie behind the text of their element
GROUPS = ("supports", "container", "scope", "starting-style", "document", "-moz-document", "media", "layer")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a sheet declares for one selector.

    Attributes:
        is_certain: False when it may not hold.
        layer: the cascade layer that it stands in; empty for none.
    """

    selector: Selector
    declarations: tuple[Declaration, ...]
    is_certain: bool
    layer: str


@dataclass(slots=True)
class Sheet:
    """The rules of one sheet, in order. ``is_whole`` is False when it imports others, or has more than is read."""

    rules: list[Rule] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)
    is_whole: bool = True


@lru_cache(maxsize=8)  # the chapters of a book share them
def read_sheet(text: str, media: str = "") -> Sheet:
    """The rules of a sheet that is for these media."""
    sheet = Sheet(is_whole=len(text) <= MOST_CHARS)
    nodes = tinycss2.parse_stylesheet(text[:MOST_CHARS], skip_comments=True, skip_whitespace=True)
    _read(sheet, nodes, _Context(is_certain=_is_certain("media", media)))
    return sheet


@dataclass(frozen=True, slots=True)
class _Context:
    """Where a rule stands. ``parent`` is the selector of the rule around it."""

    is_certain: bool = True
    layer: str = ""
    parent: str = ""
    depth: int = 0


def _read(sheet: Sheet, nodes: Iterable[Any], context: _Context) -> None:
    for node in nodes if context.depth <= MOST_DEPTH else ():
        if node.type == "qualified-rule":
            _read_rule(sheet, node, context)
        elif node.type == "at-rule":
            _read_group(sheet, node, context)


def _read_group(sheet: Sheet, node: Any, context: _Context) -> None:
    name, said = node.lower_at_keyword, serialized(node.prelude).strip().lower()
    if name == "import":
        sheet.is_whole = False
    elif name == "layer" and node.content is None:
        sheet.layers += (one.strip() for one in said.split(","))
    elif name in GROUPS and node.content is not None:
        layer = context.layer
        if name == "layer":
            layer = ".".join(one for one in (context.layer, said or f"{len(sheet.layers)}") if one)
            sheet.layers.append(layer)
        inner = _Context(context.is_certain and _is_certain(name, said), layer, context.parent, context.depth + 1)
        read = tinycss2.parse_blocks_contents if context.parent else tinycss2.parse_rule_list
        contents = read(node.content, skip_comments=True, skip_whitespace=True)
        if context.parent and (declared := tuple(of_nodes(contents))):  # a condition within a rule
            _add(sheet, context.parent, declared, inner)
        _read(sheet, contents, inner)


def _read_rule(sheet: Sheet, node: Any, context: _Context) -> None:
    contents = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
    declared = tuple(of_nodes(contents))
    nested = any(one.type in ("qualified-rule", "at-rule") for one in contents)
    if not declared and not nested:
        return
    selector = serialized(node.prelude).strip()
    if context.parent:
        around = f":is({context.parent})"
        selector = selector.replace("&", around) if "&" in selector else f"{around} {selector}"
    if declared:
        _add(sheet, selector, declared, context)
    if nested:
        inner = _Context(context.is_certain, context.layer, selector, context.depth + 1)
        _read(sheet, contents, inner)


def _add(sheet: Sheet, text: str, declared: tuple[Declaration, ...], context: _Context) -> None:
    """A rule for each selector of a list. Where one of them is none, or one of a certain browser, the others may not hold either."""
    listed = read_selectors(text)
    is_certain = context.is_certain and all(one is not None and one.is_standard for one in listed)
    for one in listed:
        if one is not None and one.pseudo in ("", *PAINTED):
            sheet.rules.append(Rule(one, declared, is_certain and one.is_certain, context.layer))


def _is_certain(group: str, said: str) -> bool:
    """True for a condition that holds wherever the page is read on a screen."""
    return group == "layer" or (group == "media" and said.strip().lower() in CERTAIN_MEDIA)
